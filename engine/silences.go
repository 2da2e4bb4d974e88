package engine

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"time"

	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/timeline"
)

// ErrInFile is returned for a silence or maintenance window of the configuration file, which only an edit of it changes.
var ErrInFile = errors.New("engine: it is in the configuration file; change it there")

// Silence puts a silence in force that somebody makes, under an ID of the engine's, or changes the one that s.ID names, by
// the rules of Alertmanager. In place change of one that has begun its end and what is said about it; of one that has not,
// its start too. For any other change, and for one that is over, the old one ends now, and a new one begins with another
// ID, so that what was muted when can be told for ever. A start that lies in the past, or is not given, is now. The error
// is a [*MissingError], [ErrInFile], or joins a [*mute.FieldError] or [*incident.FieldError] for everything that is wrong.
func (e *Engine) Silence(ctx context.Context, now time.Time, s mute.Silence, by timeline.By) (made mute.Silence, err error) {
	err = e.mutes(ctx, now, func(d *desk, m *oncall.Made, fresh string) error {
		at := slices.IndexFunc(m.Silences, func(old mute.Silence) bool { return old.ID == s.ID })
		if err := d.editable(SilenceKind, s.ID, at >= 0); err != nil {
			return err
		}
		made = s
		made.UpdatedAt = d.now
		if at >= 0 && d.inPlace(m.Silences[at], &made) {
			m.Silences[at] = made
			return errors.Join(d.checkSilence(made, m), d.audit(SilenceKind, made.ID, made.Span, by, KindMuteChanged, made))
		}
		if at >= 0 {
			if err := d.endSilence(&m.Silences[at], by); err != nil {
				return err
			}
		}
		made.ID, made.Span = fresh, d.fromNow(s.Span)
		m.Silences = append(m.Silences, made)
		return errors.Join(d.checkSilence(made, m), d.audit(SilenceKind, made.ID, made.Span, by, KindMuteMade, made))
	})
	return made, err
}

// Unsilence ends a silence that somebody made. To end one that is over changes nothing.
func (e *Engine) Unsilence(ctx context.Context, now time.Time, id string, by timeline.By) error {
	return e.mutes(ctx, now, func(d *desk, m *oncall.Made, _ string) error {
		at := slices.IndexFunc(m.Silences, func(s mute.Silence) bool { return s.ID == id })
		if err := d.editable(SilenceKind, id, at >= 0); err != nil {
			return err
		}
		return d.endSilence(&m.Silences[at], by)
	})
}

// Maintain puts a maintenance window in force, or changes the one that m.ID names in place; one that is over stays as it
// is, and a new one is made. The error is as that of [Engine.Silence].
func (e *Engine) Maintain(ctx context.Context, now time.Time, w mute.Maintenance, by timeline.By) (made mute.Maintenance, err error) {
	err = e.mutes(ctx, now, func(d *desk, m *oncall.Made, fresh string) error {
		at := slices.IndexFunc(m.Maintenance, func(old mute.Maintenance) bool { return old.ID == w.ID })
		if err := d.editable(MaintenanceKind, w.ID, at >= 0); err != nil {
			return err
		}
		made = w
		if at >= 0 && MuteStateOf(m.Maintenance[at].Span, d.now) != MuteExpired {
			m.Maintenance[at] = made
			return errors.Join(d.checkMaintenance(made, m), d.audit(MaintenanceKind, made.ID, made.Span, by, KindMuteChanged, made))
		}
		made.ID, made.Span = fresh, d.fromNow(w.Span)
		m.Maintenance = append(m.Maintenance, made)
		return errors.Join(d.checkMaintenance(made, m), d.audit(MaintenanceKind, made.ID, made.Span, by, KindMuteMade, made))
	})
	return made, err
}

// EndMaintenance ends a maintenance window that somebody made. To end one that is over changes nothing.
func (e *Engine) EndMaintenance(ctx context.Context, now time.Time, id string, by timeline.By) error {
	return e.mutes(ctx, now, func(d *desk, m *oncall.Made, _ string) error {
		at := slices.IndexFunc(m.Maintenance, func(w mute.Maintenance) bool { return w.ID == id })
		if err := d.editable(MaintenanceKind, id, at >= 0); err != nil {
			return err
		}
		w := &m.Maintenance[at]
		if MuteStateOf(w.Span, d.now) == MuteExpired {
			return nil
		}
		w.Span = d.untilNow(w.Span)
		return d.audit(MaintenanceKind, id, w.Span, by, KindMuteEnded, *w)
	})
}

// MuteState says how far a silence or a maintenance window is.
type MuteState string

// The states. One that comes again and again is pending between its windows.
const (
	MutePending MuteState = "pending"
	MuteActive  MuteState = "active"
	MuteExpired MuteState = "expired" // it never holds again
)

// MuteStateOf returns the state at an instant.
func MuteStateOf(s mute.Span, at time.Time) MuteState {
	active, until := s.At(at)
	switch {
	case active:
		return MuteActive
	case until.IsZero():
		return MuteExpired
	}
	return MutePending
}

// inPlace reports whether a silence may be changed to next without a new ID. Then next has the start that counts.
func (d *desk) inPlace(old mute.Silence, next *mute.Silence) bool {
	again := len(old.Span.Windows) > 0
	if !sameMatchers(old.Matchers, next.Matchers) || old.Source != next.Source || !reflect.DeepEqual(old.Span.Windows, next.Span.Windows) ||
		again && old.Span.Zone != next.Span.Zone {
		return false
	}
	was, is := instant(old.Span.From, old.Span), instant(next.Span.From, next.Span)
	same := next.Span.From.IsZero() || was.Unix() == is.Unix() // clients cut off what is less than a second
	switch MuteStateOf(old.Span, d.now) {
	case MuteActive:
		next.Span.From = old.Span.From
		if !again {
			next.Span.Zone = old.Span.Zone
		}
		return same
	case MutePending:
		return same || !again && !is.Before(d.now)
	}
	return false
}

func sameMatchers(a, b mute.Matchers) bool {
	texts := func(list mute.Matchers) (all []string) {
		for _, m := range list {
			all = append(all, m.String())
		}
		slices.Sort(all)
		return all
	}
	return slices.Equal(texts(a), texts(b))
}

// fromNow returns a span that begins now if it began before. One that comes again and again is counted from its start.
func (d *desk) fromNow(s mute.Span) mute.Span {
	if len(s.Windows) == 0 && instant(s.From, s).Before(d.now) {
		s.From = calendar.InstantMoment(d.now)
	}
	return s
}

// untilNow returns a span that is over now.
func (d *desk) untilNow(s mute.Span) mute.Span {
	s.To = calendar.InstantMoment(d.now)
	if instant(s.From, s).After(d.now) {
		s.From = s.To
	}
	return s
}

// instant returns a time of a span; zero if it is not given.
func instant(m calendar.Moment, s mute.Span) time.Time {
	if m.IsZero() {
		return time.Time{}
	}
	zone, err := calendar.LoadZone(s.Zone)
	if err != nil {
		zone = time.UTC
	}
	return m.In(zone)
}
