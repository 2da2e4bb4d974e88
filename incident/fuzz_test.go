package incident_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/timeline"
)

// source turns a fuzzer's bytes into choices; when they are used up, every choice is the first.
type source struct{ data []byte }

func (s *source) below(n int) int {
	if len(s.data) == 0 {
		return 0
	}
	b := s.data[0]
	s.data = s.data[1:]
	return int(b) % n
}

var texts = []string{"x", "y", "x", "y", "x", "y", "", " ", "a\xffb", "two\nlines ", "\u2028<&>\x00", strings.Repeat("é", incident.MaxTitle+1)}

func (s *source) text() string { return texts[s.below(len(texts))] }

// few picks some of a list, perhaps one twice.
func few[T any](s *source, list ...T) []T {
	var all []T
	for range s.below(4) {
		all = append(all, list[s.below(len(list))])
	}
	return all
}

var ids = []string{"a", "b", "c", "d", "a", "b", "c", "d", "a\xff", "a\xfe", ""}

func id[T ~string](s *source) T { return T(ids[s.below(len(ids))]) }

func some[T ~string](s *source) []T {
	var all []T
	for _, id := range few(s, ids...) {
		all = append(all, T(id))
	}
	return all
}

// at is near to now, or not given, or far away.
func (s *source) at(now time.Time) time.Time {
	switch n := s.below(256); {
	case n < 100:
		return time.Time{}
	case n == 100:
		return now.AddDate(9000, 0, 0)
	case n == 101:
		return now.AddDate(-3000, 0, 0)
	case n == 102:
		return time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC)
	default:
		return now.Add(time.Duration(n-240) * 10 * time.Second).In(time.FixedZone("", n))
	}
}

func (s *source) services(now time.Time) []incident.Affected {
	var all []incident.Affected
	for _, service := range some[watchbill.ServiceID](s) {
		all = append(all, incident.Affected{Service: service, Effect: incident.Effect(s.below(5)), Since: s.at(now)})
	}
	return all
}

func (s *source) links() []alert.Link {
	return few(s, alert.Link{Href: "https://a"}, alert.Link{Text: "a\xff", Href: "https://a"}, alert.Link{Text: " a\n"})
}

// maybe returns nil for every other value.
func maybe[T any](s *source, v T) *T {
	if s.below(2) == 0 {
		return nil
	}
	return &v
}

func (s *source) command(now time.Time) incident.Command {
	by := []timeline.By{{}, {Actor: "user:ada"}, {Actor: "user:\xff", Via: "\xff"}}[s.below(3)]
	switch s.below(16) {
	case 0:
		return incident.Declare{By: by, ID: id[watchbill.IncidentID](s), Title: s.text(), Severity: watchbill.Severity(s.below(6)), StartedAt: s.at(now), DetectedAt: s.at(now),
			Services: s.services(now), Customers: some[watchbill.CustomerID](s), Alerts: some[watchbill.AlertID](s), Links: s.links()}
	case 1, 2:
		return incident.SetStatus{By: by, Status: incident.Status(s.below(6)), Note: s.text(), EndedAt: s.at(now)}
	case 3, 14:
		return incident.Reopen{By: by, Reason: s.text()}
	case 4:
		return incident.Edit{By: by, Title: maybe(s, s.text()), Severity: maybe(s, watchbill.Severity(s.below(6))), DetectedAt: s.at(now)}
	case 5:
		return incident.Assign{By: by, Role: incident.Role(s.below(5)), User: id[watchbill.UserID](s), Note: s.text()}
	case 6, 7:
		return incident.SetImpact{By: by, StartedAt: s.at(now), Services: s.services(now), Customers: maybe(s, some[watchbill.CustomerID](s)),
			Reported: maybe(s, s.below(4)-1), Metric: maybe(s, s.text())}
	case 8:
		return incident.Attach{By: by, Alert: id[watchbill.AlertID](s), OpenedAt: s.at(now), Service: id[watchbill.ServiceID](s), Links: s.links()}
	case 9:
		return incident.Detach{By: by, Alert: id[watchbill.AlertID](s)}
	case 10:
		return incident.AddTask{By: by, Title: s.text(), Owner: id[watchbill.UserID](s), DueAt: s.at(now)}
	case 11:
		return incident.FinishTask{By: by, Task: []string{"t1", "t2", "\xff"}[s.below(3)]}
	case 12:
		return []incident.Command{incident.Comment{By: by, Text: s.text()}, incident.Decide{By: by, Text: s.text()}}[s.below(2)]
	}
	return incident.Publish{By: by, Status: incident.Status(s.below(6)), Title: s.text(), Text: s.text(), ExpectedAt: s.at(now), Pages: some[watchbill.PageID](s)}
}

// FuzzApply gives one incident a history of commands. What must hold after each is in world.apply.
func FuzzApply(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte(strings.Repeat("\x01\x06\x02\x01\x00\x01\x03\x00\x2b", 12)))
	f.Add([]byte("declared, affected, resolved, reopened and told once more, while the clock goes back and forth"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &source{data[:min(len(data), 300)]}
		w := newWorld(t)
		w.now = nine.Add(999)
		if s.below(8) > 0 {
			w.must(incident.Declare{ID: "i1", Title: "x", StartedAt: w.now.Add(-time.Hour), Services: []incident.Affected{{Service: "a", Effect: incident.EffectMajor}}})
		}
		for len(s.data) > 0 {
			w.now = w.now.Add(time.Duration(s.below(256)-60) * time.Second)
			w.apply(s.command(w.now))
		}
	})
}

// FuzzRead reads what no history leads to, as a broken store might give: nothing panics.
func FuzzRead(f *testing.F) {
	for _, data := range goldenFiles(f, "*.timeline.json") {
		f.Add([]byte(data), []byte(`{"v":1}`))
	}
	for _, data := range goldenFiles(f, "*.incident.json") {
		f.Add([]byte(`[{"kind":"declared","data":{}},{"kind":"declared","data":null},{"kind":"reopened","data":{}},{"kind":"commented"}]`), []byte(data))
	}
	f.Fuzz(func(t *testing.T, record, state []byte) {
		var entries []timeline.Entry
		if json.Unmarshal(record, &entries) == nil {
			for _, e := range entries {
				_ = incident.Describe(e)
			}
			if i, err := incident.Fold(entries); err == nil {
				use(t, i)
			}
		}
		if i, err := incident.Decode(state); err == nil {
			use(t, i)
			for _, e := range entries {
				next, entries, err := incident.Apply(i, nine, incident.Comment{Text: string(e.Actor)})
				if err != nil {
					require.Empty(t, entries)
				}
				use(t, next)
			}
		}
	})
}

// use asks an incident all that it can answer.
func use(t *testing.T, i incident.Incident) {
	_, _, _, _ = i.Figures(nine), i.Impact.Worst(), i.EndedAt(), i.Owner()
	for s := range incident.Effect(4) {
		services := []incident.Affected{{Service: "a", Effect: s}}
		for _, c := range []incident.Command{incident.SetImpact{StartedAt: nine.Add(-time.Hour), Services: services}, incident.SetStatus{Status: incident.Resolved}, incident.Reopen{}} {
			i, _, _ = incident.Apply(i, nine, c)
		}
	}
	if data, err := incident.Encode(i); err == nil {
		_, err = incident.Decode(data)
		require.NoError(t, err)
	}
}
