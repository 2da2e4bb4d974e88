package postmortem_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/postmortem"
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

// text is a word, or bytes of the fuzzer.
func (s *source) text() string {
	if n := s.below(12); n > 3 {
		n = min(n, len(s.data))
		text := string(s.data[:n])
		s.data = s.data[n:]
		return text
	}
	return [...]string{"x", "", "y\n| z", "\xff"}[s.below(4)]
}

func (s *source) user() watchbill.UserID {
	return [...]watchbill.UserID{"ada", "ben", "", "c\xff"}[s.below(4)]
}

func (s *source) time() time.Time {
	far := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	return [...]time.Time{nine, {}, at("9:30").Add(7), far, nine.In(time.FixedZone("x", 3600))}[s.below(5)]
}

func (s *source) texts() []string {
	return [...][]string{{"x"}, nil, {}, {s.text(), s.text()}}[s.below(4)]
}

func (s *source) people() []watchbill.UserID {
	return [...][]watchbill.UserID{{"ada"}, nil, {}, {s.user(), s.user()}}[s.below(4)]
}

func (s *source) actor() timeline.Actor {
	return [...]timeline.Actor{"user:ada", "", "engine", "source:prom", timeline.Actor(s.text())}[s.below(5)]
}

func (s *source) by() timeline.By {
	return timeline.By{Actor: s.actor(), Via: [...]string{"", "chat", "\xff"}[s.below(3)]}
}

// some is a pointer to a value, or none.
func some[V any](s *source, v func() V) *V {
	if s.below(3) == 0 {
		return nil
	}
	return to(v())
}

func (s *source) material() postmortem.Material {
	m := material()
	if s.below(3) == 0 {
		m = unnoticed()
		m.Incident.ID = "06nf"
	}
	if s.below(2) == 0 {
		return m
	}
	i := &m.Incident
	i.Status, i.Severity, i.Title = incident.Status(s.below(6)), watchbill.Severity(s.below(6)), s.text()
	i.DeclaredBy, i.ResolvedAt, i.DetectedAt, i.Reopened = s.actor(), s.time(), s.time(), s.below(3)
	i.Impact.Customers, i.Impact.Metric, i.Impact.StartedAt = []watchbill.CustomerID{watchbill.CustomerID(s.text())}, s.text(), s.time()
	i.Impact.Services = []incident.Affected{{Service: watchbill.ServiceID(s.text()), Effect: incident.Effect(s.below(5))}}
	i.Impact.Spans = []incident.Span{{Service: i.Impact.Services[0].Service, Effect: incident.Effect(s.below(5)), From: s.time(), To: s.time()}}
	i.Links = []alert.Link{{Text: s.text(), Href: s.text()}}
	m.Before = []postmortem.Event{{At: s.time(), Actor: s.actor(), Text: s.text(), Times: s.below(3), Until: s.time()}}
	m.Moments = []incident.Moment{{At: s.time(), Of: "01", Actor: s.actor(), Via: s.text(), Text: s.text()}, {At: s.time(), Actor: s.actor(), Text: s.text()}}
	m.Figures, m.Owner, m.DueAt, m.Participants = i.Figures(s.time()), s.user(), s.time(), s.people()
	return m
}

func (s *source) command() postmortem.Command {
	state := func() postmortem.ItemState { return postmortem.ItemState(s.below(6)) }
	item := [...]string{"a1", "a2", "a3", "a1\xff"}[s.below(4)]
	switch s.below(14) {
	case 0:
		return postmortem.Draft{By: s.by(), Material: s.material()}
	case 1:
		return postmortem.Refresh{By: s.by(), Material: s.material()}
	case 2:
		return postmortem.Edit{By: s.by(), Title: some(s, s.text), Summary: some(s, s.text), Process: some(s, s.text), Detection: some(s, s.text),
			ImpactNote: some(s, s.text), ItemsNote: some(s, s.text)}
	case 3:
		return postmortem.Edit{By: s.by(), Factors: some(s, s.texts), Unknown: some(s, s.texts), Strengths: some(s, s.texts), Lessons: some(s, s.texts),
			Evidence: some(s, func() []postmortem.Link { return []postmortem.Link{{Text: s.text(), Href: s.text()}} })}
	case 4:
		return postmortem.Edit{Factors: &[]string{"x"}}
	case 5:
		return postmortem.Assign{By: s.by(), Owner: s.user(), DueAt: s.time(), MeetingAt: s.time(), Participants: some(s, s.people)}
	case 6:
		return postmortem.AddItem{By: s.by(), Title: s.text(), Detail: s.text(), Kind: postmortem.ItemKind(s.below(5)), Owner: s.user(), DueAt: s.time(), State: state(), Ticket: s.text()}
	case 7:
		return postmortem.AddItem{Title: "x", Kind: postmortem.Detect, Owner: "ada", DueAt: nine}
	case 8:
		return postmortem.SetItem{By: s.by(), Item: item, State: some(s, state), Owner: some(s, s.user), DueAt: some(s, s.time), Title: some(s, s.text), Detail: some(s, s.text), Ticket: some(s, s.text)}
	case 9:
		return postmortem.SetItem{Item: item, State: to(state())}
	case 10:
		return postmortem.Submit{By: s.by(), Note: s.text()}
	case 11:
		return postmortem.Return{By: s.by(), Reason: s.text()}
	case 12:
		return postmortem.Publish{By: s.by()}
	default:
		return postmortem.Revise{By: s.by(), Reason: s.text()}
	}
}

// holds checks what is true of every postmortem that Apply leads to.
func holds(t *testing.T, p postmortem.Postmortem) {
	if p.State == postmortem.StateNone {
		return
	}
	require.NotEmpty(t, p.Incident)
	require.Equal(t, p.State != postmortem.StateDraft, !p.ReviewAt.IsZero())
	for i := range p.Timeline[min(1, len(p.Timeline)):] {
		require.False(t, p.Timeline[i+1].At.Before(p.Timeline[i].At))
	}
	for _, a := range p.Items {
		require.Equal(t, a.State == postmortem.ItemDone || a.State == postmortem.ItemDropped, !a.ClosedAt.IsZero())
		if p.State == postmortem.StatePublished {
			require.NotEqual(t, postmortem.ItemDiscuss, a.State)
			require.True(t, a.State != postmortem.ItemOpen || a.Owner != "" && !a.DueAt.IsZero())
		}
	}
	if p.State == postmortem.StatePublished {
		require.False(t, p.PublishedAt.IsZero() || p.Owner == "" || p.Summary == "" || len(p.Factors) == 0 || p.Figures.ResolvedAt.IsZero())
	}
	if p.State != postmortem.StatePublished {
		require.Equal(t, p.Revised > 0, !p.PublishedAt.IsZero())
	}
}

// FuzzApply gives commands in any order. What must hold after every one of them is in world.do.
func FuzzApply(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("some text is as good a history as any, since it makes choices of all kinds; and the longer it is, the better"))
	f.Add([]byte{0, 0, 1, 1, 4, 0, 7, 0, 10, 0, 0, 12, 0, 0, 13, 0, 0})
	f.Add([]byte{0, 0, 0, 0, 1, 0, 1, 0, 4, 0, 7, 0, 10, 0, 12, 0, 9, 3, 0, 13, 0, 1, 1, 1, 1, 0, 10, 0, 12})
	f.Fuzz(func(t *testing.T, data []byte) {
		s := &source{data[:min(len(data), 300)]}
		w := newWorld(t)
		w.must(postmortem.Draft{Material: material()})
		if s.below(2) == 0 {
			w = newWorld(t)
		}
		for len(s.data) > 0 {
			_ = w.do(s.command())
			if s.below(8) == 0 {
				w.now = w.now.Add(-5 * time.Minute) // a clock that was wrong
			}
			holds(t, w.p)
		}
		w.checkFold()
		checkMarkdown(t, w.p)
	})
}

// FuzzDecode: whatever Decode lets in, no command panics on it.
func FuzzDecode(f *testing.F) {
	for _, data := range goldenNamed(f, "*.postmortem.json") {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := postmortem.Decode(data)
		if err != nil {
			return
		}
		checkMarkdown(t, p)
		_, _ = p.Overdue(nine), p.Late()
		s := &source{data[len(data)/2:]}
		for range 8 {
			p, _, _ = postmortem.Apply(p, nine, s.command())
		}
	})
}

// FuzzFold: no record makes Fold panic.
func FuzzFold(f *testing.F) {
	for _, data := range goldenNamed(f, "*.timeline.json") {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var entries []timeline.Entry
		if json.Unmarshal(data, &entries) != nil {
			return
		}
		for _, e := range entries {
			_ = postmortem.Describe(e)
		}
		if p, err := postmortem.Fold(entries); err == nil {
			checkMarkdown(t, p)
		}
	})
}

// FuzzMarkdown puts hostile text everywhere.
func FuzzMarkdown(f *testing.F) {
	for _, text := range hostile {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { checkMarkdown(t, everywhere(text)) })
}

// everywhere is a document in which a text stands wherever people can write one.
func everywhere(text string) postmortem.Postmortem {
	list := []string{text, text}
	return postmortem.Postmortem{
		Incident: watchbill.IncidentID(text), State: postmortem.StateDraft, Title: text, Owner: watchbill.UserID(text), Participants: []watchbill.UserID{"x", watchbill.UserID(text)},
		Summary: text, Detection: text, Process: text, Factors: list, Unknown: list, Strengths: list, Lessons: list, ItemsNote: text,
		Timeline: []postmortem.Event{{At: nine, Actor: timeline.User(text), Text: text}, {At: nine, Actor: timeline.Actor(text), Text: text, Times: 2, Until: nine}},
		Impact: postmortem.Impact{StartedAt: nine, Services: []postmortem.Affected{{Service: watchbill.ServiceID(text)}},
			Customers: []watchbill.CustomerID{watchbill.CustomerID(text)}, Metric: text, Note: text},
		Evidence: []postmortem.Link{{Text: text, Href: text}, {Text: text, Href: "https://e.com/" + text}},
		Items:    []postmortem.ActionItem{{ID: "a1", Title: text, Detail: text, Kind: postmortem.Detect, State: postmortem.ItemOpen, Owner: watchbill.UserID(text), Ticket: text}},
	}
}

var (
	tableBars   = regexp.MustCompile(`\|`)
	headingLine = regexp.MustCompile(`(?m)^#+ `)
	danger      = regexp.MustCompile("(?m)^[ ]*(>|```|~~~|={2,}|-{2,}|[+*] |\\d+[.)] |<)|^ {4}|^\t")
)

// checkMarkdown checks that nothing has broken out of its place: twelve sections, rows with as many cells as their head, no
// HTML but line breaks in cells, nothing at the start of a line that would mean something.
func checkMarkdown(t *testing.T, p postmortem.Postmortem) {
	t.Helper()
	text := string(p.Markdown(nil, nil, nil))
	require.Len(t, headingLine.FindAllString(text, -1), 13, text)
	require.NotContains(t, strings.ReplaceAll(text, "<br>", ""), "<")
	require.NotRegexp(t, "[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2028\u2029]", text)
	require.NotRegexp(t, danger, text)
	bars, tables := 0, 0
	for line := range strings.SplitSeq(text, "\n") {
		n := len(tableBars.FindAllString(line, -1))
		switch {
		case !strings.HasPrefix(line, "| "):
			require.Zero(t, n, line)
			bars = 0
			require.NotContains(t, line, "<")
		case bars == 0:
			bars = n
			tables++
		default:
			require.Equal(t, bars, n, line)
		}
	}
	want := 2
	for _, has := range []bool{len(p.Impact.Services) > 0, len(p.Timeline) > 0, len(p.Items) > 0} {
		if has {
			want++
		}
	}
	require.Equal(t, want, tables)
}
