package alert

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
)

// Clean returns the signal as it reads after being stored and loaded: times stamped, text in valid UTF-8, details in the
// form in which they are stored, what is empty nil. Without it a stored alert would differ from every repeat of the
// signal that opened it. A start or end that no store can hold counts as not given; details that are no JSON become a
// JSON string.
func (s Signal) Clean() Signal {
	s.StartsAt, s.EndsAt = storable(s.StartsAt), storable(s.EndsAt)
	for _, text := range []*string{(*string)(&s.Source), (*string)(&s.Key), &s.Summary, &s.Sender,
		(*string)(&s.Service), (*string)(&s.Policy), (*string)(&s.User), (*string)(&s.By), &s.Via} {
		*text = valid(*text)
	}
	s.Labels = each(s.Labels, func(l Label) Label { return Label{valid(l.Name), valid(l.Value)} })
	s.Links = each(s.Links, func(l Link) Link { return Link{valid(l.Text), valid(l.Href)} })
	s.Notes = each(s.Notes, valid)
	s.Details = compact(s.Details)
	return s
}

func storable(t time.Time) time.Time {
	t = watchbill.Stamp(t)
	if year := t.Year(); year < 1 || year > 9999 {
		return time.Time{}
	}
	return t
}

func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// each returns a new slice, since slices in a signal are never written to; nil if there is nothing.
func each[T any](list []T, clean func(T) T) []T {
	var cleaned []T
	for _, v := range list {
		cleaned = append(cleaned, clean(v))
	}
	return cleaned
}

// compact returns details as encoding/json writes them.
func compact(details json.RawMessage) json.RawMessage {
	if len(details) == 0 {
		return nil
	}
	data, err := json.Marshal(details)
	if err != nil {
		data, _ = json.Marshal(string(details)) // strings always marshal
	}
	return data
}
