package httpapi

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/mute"
)

// muteTimes is when something is to be muted, in a request.
type muteTimes struct {
	StartsAt *time.Time          `json:"starts_at"`
	EndsAt   *time.Time          `json:"ends_at"`
	For      *watchbill.Duration `json:"for"` // instead of ends_at: so long from the start, or from now if that has been
	Timezone *string             `json:"timezone"`
	Windows  *[]calendar.Window  `json:"windows"`
}

// silenceRequest is what can be said of a silence.
type silenceRequest struct {
	muteTimes
	Matchers *mute.Matchers      `json:"matchers"`
	Source   *watchbill.SourceID `json:"source"`
	Comment  *string             `json:"comment"`
}

// maintenanceRequest is what can be said of a maintenance window.
type maintenanceRequest struct {
	muteTimes
	Name     *string                `json:"name"`
	Services *[]watchbill.ServiceID `json:"services"`
	Sources  *[]watchbill.SourceID  `json:"sources"`
	Matchers *mute.Matchers         `json:"matchers"`
	Mode     *string                `json:"mode"`
}

// silence reads a silence: what the request leaves out is as it was.
func (s spoken) silence(was mute.Silence) (mute.Silence, error) {
	var in silenceRequest
	zone, err := s.times(&in, was.Span)
	if err != nil {
		return was, err
	}
	set(&was.Matchers, in.Matchers)
	set(&was.Source, in.Source)
	set(&was.Comment, in.Comment)
	if was.By == "" {
		was.By = s.user
	}
	was.Span, err = in.over(was.Span, s.now, zone)
	return was, err
}

// maintenance reads a maintenance window: what the request leaves out is as it was.
func (s spoken) maintenance(was mute.Maintenance) (mute.Maintenance, error) {
	var in maintenanceRequest
	zone, err := s.times(&in, was.Span)
	if err != nil {
		return was, err
	}
	set(&was.Name, in.Name)
	set(&was.Services, in.Services)
	set(&was.Sources, in.Sources)
	set(&was.Matchers, in.Matchers)
	if in.Mode != nil {
		was.Mode = mute.Mode(*in.Mode)
		if was.Mode == "hold" {
			was.Mode = mute.Hold
		}
	}
	if was.By == "" {
		was.By = s.user
	}
	was.Span, err = in.over(was.Span, s.now, zone)
	return was, err
}

func set[T any](to *T, v *T) {
	if v != nil {
		*to = *v
	}
}

// times reads the fields into in, with times as people write them: in the zone that the request names, or there was, or
// else in that of who makes it.
func (s spoken) times(in any, was mute.Span) (*time.Location, error) {
	zone, err := s.muteZone(was)
	if err != nil {
		return nil, err
	}
	s.instants(clock{s.now, zone}, "starts_at", "ends_at")
	return zone, s.into(in)
}

func (s spoken) muteZone(was mute.Span) (*time.Location, error) {
	name := was.Zone
	var text string
	if json.Unmarshal(s.fields["timezone"], &text) == nil {
		name = text
	}
	if zone, err := calendar.LoadZone(name); err == nil {
		return zone, nil
	}
	org, err := s.org()
	if err != nil {
		return nil, err
	}
	return zoneOr(zoneOf(org, s.user, "")), nil // a zone that makes no sense is refused with everything else
}

// over returns a span with what the request says of it, in the zone of who makes it unless another is named.
func (in muteTimes) over(span mute.Span, now time.Time, zone *time.Location) (mute.Span, error) {
	set(&span.Zone, in.Timezone)
	set(&span.Windows, in.Windows)
	if span.Zone == "" {
		span.Zone = zone.String()
	}
	if in.StartsAt != nil {
		span.From = calendar.InstantMoment(*in.StartsAt)
	}
	switch {
	case in.For != nil && in.EndsAt != nil:
		return span, invalid(http.StatusUnprocessableEntity, FieldError{"for", "goes without ends_at; say one of them"})
	case in.EndsAt != nil:
		span.To = calendar.InstantMoment(*in.EndsAt)
	case in.For != nil:
		from := now
		if start := instantOf(span.From, span); start != nil && start.After(now) {
			from = *start
		}
		span.To = calendar.InstantMoment(watchbill.Stamp(from.Add(time.Duration(*in.For))))
	}
	return span, nil
}

// previewDays is of how many days a preview is, and may be.
const previewDays, maxPreviewDays = 30, 365

// previewSilence says what a silence would have muted.
func (h *Handler) previewSilence(w http.ResponseWriter, r *http.Request) error {
	in := struct {
		Matchers mute.Matchers `json:"matchers"`
		Days     int           `json:"days"`

		By watchbill.UserID `json:"by"` // as every command may have it
	}{Days: previewDays}
	if err := h.decode(w, r, &in); err != nil {
		return err
	}
	if in.Days < 1 || in.Days > maxPreviewDays {
		return invalid(http.StatusUnprocessableEntity, FieldError{"days", "must be from 1 to 365"})
	}
	p, err := h.cfg.Engine.Preview(r.Context(), h.now(), in.Matchers, in.Days)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, p)
}
