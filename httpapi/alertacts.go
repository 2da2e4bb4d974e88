package httpapi

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/store"
)

// alertRoutes is what people do with alerts beyond the three buttons.
func (h *Handler) alertRoutes() {
	commandRoutes(h, "/api/v1/alerts/{id}", map[string]func(spoken) (episode.Input, error){
		"snooze":   readSnooze,
		"decline":  alertCommand(func(_ struct{}, c episode.Command) episode.Input { return episode.Decline(c) }),
		"reassign": readReassign,
		"respond": alertCommand(func(in userField, c episode.Command) episode.Input {
			return episode.Summon{Command: c, User: in.User}
		}),
		"dismiss": alertCommand(func(in userField, c episode.Command) episode.Input {
			return episode.Dismiss{Command: c, User: in.User}
		}),
		"comment": alertCommand(func(in struct {
			Text string `json:"text"`
		}, c episode.Command) episode.Input {
			return episode.Comment{Command: c, Text: in.Text}
		}),
		"link": alertCommand(func(in alert.Link, c episode.Command) episode.Input {
			return episode.AddLink{Command: c, Link: in}
		}),
		"merge": alertCommand(func(in struct {
			Into watchbill.AlertID `json:"into"`
		}, c episode.Command) episode.Input {
			return episode.Join{Command: c, Parent: in.Into}
		}),
		"split": alertCommand(func(_ struct{}, c episode.Command) episode.Input { return episode.Leave(c) }),
	}, h.actOn)
	h.handle("/api/v1/alerts/bulk", methods{"POST": h.needs(h.bulk, catalog.RoleResponder)})
}

// actOn carries out a command on an alert.
func (h *Handler) actOn(ctx context.Context, now time.Time, id watchbill.AlertID, in episode.Input) (Alert, error) {
	view, err := h.cfg.Engine.Act(ctx, now, id, in)
	return Alert{View: view}, err
}

type userField struct {
	User watchbill.UserID `json:"user"`
}

// alertCommand reads the fields into an F, of which done makes a command.
func alertCommand[F any](done func(F, episode.Command) episode.Input) func(spoken) (episode.Input, error) {
	return func(s spoken) (episode.Input, error) {
		var fields F
		err := s.into(&fields)
		return done(fields, s.command()), err
	}
}

func (s spoken) command() episode.Command { return episode.Command{By: s.user, Via: s.by.Via} }

// readSnooze reads {"until"} or {"for"}: a time, or a length of time from now.
func readSnooze(s spoken) (episode.Input, error) {
	var in struct {
		Until time.Time          `json:"until"`
		For   watchbill.Duration `json:"for"`
	}
	zone, err := s.zone()
	if err != nil {
		return nil, err
	}
	s.instants(clock{s.now, zone}, "until")
	if err := s.into(&in); err != nil {
		return nil, err
	}
	if in.Until.IsZero() == (in.For == 0) {
		return nil, invalid(http.StatusUnprocessableEntity, FieldError{"for", `give one of for, such as "4h", and until, such as "2026-01-05T09:00:00Z"`})
	}
	if in.For != 0 {
		in.Until = s.now.Add(time.Duration(in.For))
	}
	return episode.Snooze{Command: s.command(), Until: in.Until}, nil
}

// readReassign reads {"target": "schedule:primary"}, or one of {"user"}, {"schedule"}, {"team"}, {"policy"}.
func readReassign(s spoken) (episode.Input, error) {
	var in struct {
		Target   string `json:"target"`
		User     string `json:"user"`
		Schedule string `json:"schedule"`
		Team     string `json:"team"`
		Policy   string `json:"policy"`
	}
	if err := s.into(&in); err != nil {
		return nil, err
	}
	var given []string
	for _, t := range [][2]string{{"", in.Target}, {"user:", in.User}, {"schedule:", in.Schedule}, {"team:", in.Team}, {"policy:", in.Policy}} {
		if t[1] != "" {
			given = append(given, t[0]+t[1])
		}
	}
	if len(given) != 1 {
		return nil, invalid(http.StatusUnprocessableEntity, FieldError{"target", `name one target, as in {"target": "schedule:primary"} or {"user": "ada"}`})
	}
	var target escalation.Target
	if err := target.UnmarshalText([]byte(given[0])); err != nil {
		return nil, invalid(http.StatusUnprocessableEntity, FieldError{"target", strings.TrimPrefix(err.Error(), "escalation: ")})
	}
	return episode.Reassign{Command: s.command(), Target: target}, nil
}

// maxBulk is how many alerts one request acts on.
const maxBulk = 1_000

// BulkResult is what became of one alert of a bulk request.
type BulkResult struct {
	Alert watchbill.AlertID `json:"alert"`
	State alert.State       `json:"state"`           // that it is in now; none if it could not be acted on
	Error string            `json:"error,omitempty"` // why not
}

// bulk acts on many alerts, each for itself: one that cannot be acted on keeps no other.
func (h *Handler) bulk(w http.ResponseWriter, r *http.Request) error {
	s, err := h.spokenIn(w, r)
	if err != nil {
		return err
	}
	var in struct {
		IDs    []watchbill.AlertID `json:"ids"`
		Action string              `json:"action"`
	}
	if err := s.into(&in); err != nil {
		return err
	}
	act := command(in.Action, s.command())
	switch {
	case act == nil:
		return invalid(http.StatusUnprocessableEntity, FieldError{"action", "use one of " + strings.Join(actions(), ", ")})
	case len(in.IDs) == 0 || len(in.IDs) > maxBulk:
		return invalid(http.StatusUnprocessableEntity, FieldError{"ids", "name from 1 to 1000 alerts"})
	}
	results := make([]BulkResult, 0, len(in.IDs))
	for i, id := range in.IDs {
		if slices.Contains(in.IDs[:i], id) {
			continue
		}
		view, err := h.cfg.Engine.Act(r.Context(), h.now(), id, act)
		switch p := problemOf(err); {
		case err == nil:
			results = append(results, BulkResult{Alert: id, State: view.State})
		case errors.Is(err, store.ErrNotFound) || p.Status < 500:
			results = append(results, BulkResult{Alert: id, Error: p.Detail})
		default:
			return err
		}
	}
	return answer(w, http.StatusOK, struct {
		Results []BulkResult `json:"results"`
	}{results})
}
