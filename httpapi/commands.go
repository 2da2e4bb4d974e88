package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/timeline"
)

// spoken is a command in the body of a request: its fields and who gives it.
type spoken struct {
	by     timeline.By
	admin  bool // it is an administrator's key or login
	fields map[string]json.RawMessage
	nobody *Problem                    // why it is not known who gives it; nil: it is
	unread []FieldError                // times that make no sense, which are not among the fields any more
	user   watchbill.UserID            // who gives it; empty: not known
	org    func() (*oncall.Org, error) // the configuration in force
	now    time.Time
}

// No command has more than some ten fields, and nobody reads more about one than this.
const (
	maxFields   = 200
	maxProblems = 20
)

// spokenIn reads a command. The field by names the person who gives it, whatever the command. What is wrong with it is
// said by [spoken.into], with everything else that is.
func (h *Handler) spokenIn(w http.ResponseWriter, r *http.Request) (spoken, error) {
	s := spoken{fields: map[string]json.RawMessage{}, admin: principal(r).Role == catalog.RoleAdmin}
	if err := h.decode(w, r, &s.fields); err != nil {
		return s, err
	}
	if n := len(s.fields); n > maxFields {
		return s, problem(http.StatusBadRequest, "the body has %d fields; no request has more than %d", n, maxFields)
	}
	var named watchbill.UserID
	if raw, ok := s.fields["by"]; ok {
		if json.Unmarshal(raw, &named) != nil {
			s.nobody = invalid(http.StatusBadRequest, FieldError{"by", "must be the ID of a user, as text"})
		}
		delete(s.fields, "by")
	}
	by, via, err := speaker(r, named)
	if err != nil {
		return s, err
	}
	if by == "" && s.nobody == nil {
		s.nobody = invalid(http.StatusUnprocessableEntity, FieldError{"by", `is missing; say who acts, as in {"by": "ada"}`})
	}
	s.by, s.user, s.now = timeline.By{Actor: timeline.User(by), Via: via}, by, h.now()
	s.org = func() (*oncall.Org, error) { return h.cfg.Engine.Org(r.Context()) }
	return s, nil
}

// into reads the fields into the struct that c points to, and reports every field that is wrong, up
// to maxProblems.
func (s spoken) into(c any) error {
	data, err := json.Marshal(s.fields)
	if err != nil {
		return err
	}
	whole := decodeObject(data, c)
	switch {
	case whole == nil && len(s.unread) == 0 && s.nobody != nil:
		return s.nobody
	case whole == nil && len(s.unread) == 0:
		return nil
	}
	problems, err := s.wrong(c)
	if err != nil {
		return err
	}
	problems = append(slices.Clone(s.unread), problems...)
	if len(problems) == 0 { // it is about what is not there
		problems = []FieldError{fieldOf("", whole)}
	}
	if s.nobody != nil {
		problems = append(slices.Clone(s.nobody.Errors), problems...)
	}
	if len(problems) > maxProblems {
		problems = problems[:maxProblems]
		problems[maxProblems-1].Reason += "; and more fields are wrong"
	}
	return invalid(http.StatusBadRequest, problems...)
}

// wrong reads the fields one by one, until more of them are wrong than are reported.
func (s spoken) wrong(c any) (problems []FieldError, err error) {
	for _, name := range slices.Sorted(maps.Keys(s.fields)) {
		one, err := json.Marshal(map[string]json.RawMessage{name: s.fields[name]})
		if err != nil {
			return nil, err
		}
		if err := decodeObject(one, c); err != nil {
			f := fieldOf(name, err)
			if _, given := s.fields[f.Field]; given && f.Field != name || slices.Contains(problems, f) {
				continue // about a field that has a turn of its own
			}
			problems = append(problems, f)
		}
		if len(problems) > maxProblems {
			break
		}
	}
	return problems, nil
}

// fieldOf says what is wrong with one field.
func fieldOf(name string, err error) FieldError {
	var p *Problem
	if !errors.As(err, &p) {
		return FieldError{name, err.Error()}
	}
	if len(p.Errors) > 0 {
		f := p.Errors[0]
		if f.Reason == unknownField && f.Field != name {
			return FieldError{name, fmt.Sprintf("%q is not a field of it", f.Field)}
		}
		return f
	}
	text := strings.TrimPrefix(p.Detail, "the body is not JSON: ")
	switch {
	case strings.HasPrefix(text, "parsing time"), strings.HasPrefix(text, "Time.UnmarshalJSON"):
		text = "must be a time such as 2026-01-05T09:00:00Z"
	case strings.HasPrefix(text, "watchbill: unknown severity"):
		text = "must be critical, error, warning or info"
	}
	return FieldError{name, reasonOf(text)}
}

// reasonOf takes the name of the package off a message of the domain.
func reasonOf(message string) string {
	for _, room := range []string{"watchbill: ", "incident: ", "postmortem: ", "statuspage: ", "report: ", "calendar: ", "cover: ", "mute: "} {
		message = strings.TrimPrefix(message, room)
	}
	return message
}

// commandOf reads the fields into a C and hands it to done, which notes who gives it.
func commandOf[C, Command any](done func(C, timeline.By) Command) func(spoken) (Command, error) {
	return func(s spoken) (Command, error) {
		var c C
		err := s.into(&c)
		return done(c, s.by), err
	}
}

// commandRoutes lets responders post commands under a path: one for each that read knows. The engine's method do carries
// them out on what {id} in the path names, and returns what that is then.
func commandRoutes[ID ~string, C, Made any](h *Handler, path string, read map[string]func(spoken) (C, error),
	do func(context.Context, time.Time, ID, C) (Made, error)) {
	for word, read := range read {
		h.handle(path+"/"+word, methods{"POST": h.needs(func(w http.ResponseWriter, r *http.Request) error {
			s, err := h.spokenIn(w, r)
			if err != nil {
				return err
			}
			c, err := read(s)
			if err != nil {
				return err
			}
			made, err := do(r.Context(), h.now(), ID(r.PathValue("id")), c)
			if err != nil {
				return err
			}
			return answer(w, http.StatusOK, made)
		}, catalog.RoleResponder)})
	}
}
