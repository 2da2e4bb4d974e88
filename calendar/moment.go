package calendar

import (
	"fmt"
	"slices"
	"time"
)

// Moment is a point in time as people write it: either civil, to be read in a zone that is known from elsewhere, or
// an instant with its offset from UTC. The zero value is "not given".
type Moment struct {
	civil   Civil
	instant time.Time // wins if not zero; in a fixed offset, the one it was written with
}

// CivilMoment returns the moment at which the wall clock of a zone to be given reads c or later for the first time.
func CivilMoment(c Civil) Moment { return Moment{civil: c} }

// InstantMoment returns the moment t, which needs no zone. It keeps t's offset, but not the name of its zone.
func InstantMoment(t time.Time) Moment {
	_, offset := t.Zone()
	if offset == 0 {
		return Moment{instant: t.Round(0).UTC()}
	}
	return Moment{instant: t.Round(0).In(time.FixedZone("", offset))}
}

// IsZero reports whether m is the zero value.
func (m Moment) IsZero() bool { return m.civil.IsZero() && m.instant.IsZero() }

// IsCivil reports whether m is civil: it needs a zone to be an instant. The zero value is.
func (m Moment) IsCivil() bool { return m.instant.IsZero() }

// In returns the instant of m, in loc. A civil moment happens by the boundary rule, [FirstAt].
func (m Moment) In(loc *time.Location) time.Time {
	if m.instant.IsZero() {
		return FirstAt(loc, m.civil)
	}
	return m.instant.In(loc)
}

// Civil returns the civil time of m: as written, or what the wall clock in loc reads at the instant.
func (m Moment) Civil(loc *time.Location) Civil {
	if m.instant.IsZero() {
		return m.civil
	}
	return CivilOf(m.instant.In(loc))
}

// String returns m as MarshalText writes it.
func (m Moment) String() string {
	if m.instant.IsZero() {
		return m.civil.String()
	}
	return m.instant.Format(time.RFC3339Nano)
}

// MarshalText writes a civil moment as [Civil] does, an instant as RFC 3339.
func (m Moment) MarshalText() ([]byte, error) {
	if m.instant.IsZero() {
		return m.civil.MarshalText()
	}
	return m.instant.MarshalText()
}

// UnmarshalText reads what [Civil] reads, or an RFC 3339 time such as 2026-01-05T09:00:00+01:00, whose seconds may be
// left out.
func (m *Moment) UnmarshalText(text []byte) error {
	var c Civil
	if c.UnmarshalText(text) == nil {
		*m = CivilMoment(c)
		return nil
	}
	full := text
	if len(text) > 16 && text[16] != ':' { // no seconds
		full = slices.Concat(text[:16], []byte(":00"), text[16:])
	}
	var t time.Time
	err := t.UnmarshalText(full)
	if err != nil {
		return fmt.Errorf("calendar: %q is not a time; write 2026-01-05T09:00, or 2026-01-05T09:00:00+01:00 with an offset", text)
	}
	*m = InstantMoment(t)
	return nil
}
