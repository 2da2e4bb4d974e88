package postmortem_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/postmortem"
	"github.com/watchbill/watchbill/timeline"
)

var draft = postmortem.Draft{Material: material()}

// stages lead to a document in each state.
func drafts(t testing.TB) *world    { return newWorld(t).must(draft).must(written()...) }
func reviewed(t testing.TB) *world  { return drafts(t).must(postmortem.Submit{By: ada}) }
func published(t testing.TB) *world { return reviewed(t).must(dropA2, postmortem.Publish{By: ada}) }

var dropA2 = postmortem.SetItem{By: ada, Item: "a2", State: to(postmortem.ItemDropped)}

// reasons are what is wrong, each without the package's name, as people read it.
func reasons(err error) []string {
	var all []string
	for line := range strings.SplitSeq(err.Error(), "\n") {
		all = append(all, strings.TrimPrefix(line, "postmortem: "))
	}
	return all
}

func TestRefusals(t *testing.T) {
	nobody := func(t testing.TB) *world { return newWorld(t) }
	fresh := func(t testing.TB) *world { return newWorld(t).must(draft) }
	bare := func(t testing.TB) *world { return newWorld(t).must(postmortem.Draft{Material: unnoticed()}) }
	long, many := strings.Repeat("ä", postmortem.MaxText+1), slices.Repeat([]string{"x"}, postmortem.MaxItems+1)
	late := time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		from    func(testing.TB) *world
		command postmortem.Command
		want    string
	}{
		"before it exists":       {nobody, postmortem.Submit{}, "it does not exist yet; draft it first"},
		"drafted twice":          {fresh, draft, "it is drafted already; refresh it to take the record in again"},
		"of nothing":             {nobody, postmortem.Draft{}, "incident: is missing; a postmortem is made of an incident"},
		"of another incident":    {fresh, postmortem.Refresh{Material: unnoticed()}, `incident: is "07aa", but this is the postmortem of "06nf"`},
		"edits nothing":          {fresh, postmortem.Edit{By: ada}, "title: nothing is given; give title, summary, process, detection, impact_note, items_note, factors, unknown, strengths, lessons or evidence"},
		"without a title":        {fresh, postmortem.Edit{Title: to(" \n ")}, "title: is missing; say in one line what it is about"},
		"long title":             {fresh, postmortem.Edit{Title: to(long[:402])}, "title: has 201 characters; at most 200 are allowed"},
		"long texts":             {fresh, postmortem.Edit{Summary: &long, Process: &long}, "summary: has 20001 characters; at most 20000 are allowed\nprocess: has 20001 characters; at most 20000 are allowed"},
		"long texts, more":       {fresh, postmortem.Edit{Detection: &long, ImpactNote: &long, ItemsNote: &long}, "detection: has 20001 characters; at most 20000 are allowed\nimpact_note: has 20001 characters; at most 20000 are allowed\nitems_note: has 20001 characters; at most 20000 are allowed"},
		"long factor":            {fresh, postmortem.Edit{Factors: &[]string{long}}, "factors: has 20001 characters; at most 20000 are allowed"},
		"many items":             {fresh, postmortem.Edit{Factors: &many, Unknown: &many}, "factors: has 1001 items; at most 1000 are allowed\nunknown: has 1001 items; at most 1000 are allowed"},
		"many items, more":       {fresh, postmortem.Edit{Strengths: &many, Lessons: &many}, "strengths: has 1001 items; at most 1000 are allowed\nlessons: has 1001 items; at most 1000 are allowed"},
		"link to nowhere":        {fresh, postmortem.Edit{Evidence: &[]postmortem.Link{{Href: "https://e.com"}, {Text: "x"}}}, "evidence: link 2 has no address"},
		"long link":              {fresh, postmortem.Edit{Evidence: &[]postmortem.Link{{Text: "x", Href: long}}}, "evidence: has 20001 characters; at most 20000 are allowed"},
		"assigns nothing":        {fresh, postmortem.Assign{}, "owner: nothing is given; give owner, due_at, meeting_at or participants"},
		"named twice":            {fresh, postmortem.Assign{Participants: &[]watchbill.UserID{"ada", "ben", "ada"}}, `participants: names "ada" twice`},
		"years that JSON lacks":  {fresh, postmortem.Assign{DueAt: late, MeetingAt: late}, "due_at: the year 10000 is not between 1 and 9999\nmeeting_at: the year 10000 is not between 1 and 9999"},
		"item of nothing":        {fresh, postmortem.AddItem{}, "title: is missing; say in one line what it is about\nkind: is missing; use prevent, detect or contain"},
		"item of a wrong kind":   {fresh, postmortem.AddItem{Title: "x", Kind: 4, State: 5}, "kind: is missing; use prevent, detect or contain\nstate: is unknown; a new item is discuss or open"},
		"item done already":      {fresh, postmortem.AddItem{Title: "x", Kind: postmortem.Detect, State: postmortem.ItemDone, DueAt: late}, "state: is done; a new item is discuss or open\ndue_at: the year 10000 is not between 1 and 9999"},
		"long item":              {fresh, postmortem.AddItem{Title: "x", Kind: postmortem.Detect, Detail: long, Ticket: long}, "detail: has 20001 characters; at most 20000 are allowed\nticket: has 20001 characters; at most 20000 are allowed"},
		"sets nothing":           {drafts, postmortem.SetItem{Item: "a1"}, "state: nothing is given; give state, owner, due_at, title, detail or ticket"},
		"no such item":           {drafts, postmortem.SetItem{Item: "a9", Owner: to[watchbill.UserID]("ada")}, `item: there is no action item "a9"`},
		"item of no state":       {drafts, postmortem.SetItem{Item: "a1", State: to(postmortem.NoItemState), DueAt: &late}, "state: is missing; use discuss, open, done or dropped\ndue_at: the year 10000 is not between 1 and 9999"},
		"item loses its title":   {drafts, postmortem.SetItem{Item: "a1", Title: to(""), Detail: &long, Ticket: &long}, "title: is missing; say in one line what it is about\ndetail: has 20001 characters; at most 20000 are allowed\nticket: has 20001 characters; at most 20000 are allowed"},
		"long reasons, returned": {reviewed, postmortem.Return{Reason: long}, "reason: has 20001 characters; at most 20000 are allowed"},
		"long reasons, revised":  {published, postmortem.Revise{Reason: long}, "reason: has 20001 characters; at most 20000 are allowed"},
		"long note":              {drafts, postmortem.Submit{Note: long}, "note: has 20001 characters; at most 20000 are allowed"},

		"submitted too early": {bare, postmortem.Submit{}, strings.Join([]string{
			"incident: was not resolved when the record was taken in; resolve it, then refresh the draft",
			"owner: is missing; assign the one person who answers for it",
			"factors: are missing; name at least one contributing factor, and better several that came together"}, "\n")},
		"submitted as drafted": {fresh, postmortem.Submit{}, strings.Join([]string{
			"factors: are missing; name at least one contributing factor, and better several that came together",
			"items: are missing; add at least one action item, or a note why there is none"}, "\n")},
		"open items": {func(t testing.TB) *world {
			return drafts(t).must(postmortem.Edit{Summary: to("")}, postmortem.AddItem{Title: "x", Kind: postmortem.Prevent}, postmortem.SetItem{Item: "a3", DueAt: &time.Time{}})
		}, postmortem.Submit{}, strings.Join([]string{
			"summary: is missing; say in a paragraph what happened",
			"items.a3.due_at: is missing; an open item needs a date",
			"items.a4.owner: is missing; an open item needs one person who sees to it",
			"items.a4.due_at: is missing; an open item needs a date"}, "\n")},
		"only dropped items": {func(t testing.TB) *world {
			w := fresh(t).must(postmortem.Edit{Factors: &[]string{"x"}}, postmortem.AddItem{Title: "x", Kind: postmortem.Prevent})
			return w.must(postmortem.SetItem{Item: "a1", State: to(postmortem.ItemDropped)})
		}, postmortem.Submit{}, "items: are missing; add at least one action item, or a note why there is none"},

		"published unreviewed": {drafts, postmortem.Publish{}, "it has not been reviewed; submit it first"},
		"left to discuss":      {reviewed, postmortem.Publish{}, "items.a2.state: is still discuss; make it open, or drop it"},
		"lost in review":       {func(t testing.TB) *world { return reviewed(t).must(dropA2, postmortem.Edit{Factors: &[]string{" "}}) }, postmortem.Publish{}, "factors: are missing; name at least one contributing factor, and better several that came together"},
		"revised in review":    {reviewed, postmortem.Revise{}, "it is not published yet; edit it as it is, or return it"},

		"edited when published":     {published, postmortem.Edit{Summary: to("x")}, "it is published; revise it first"},
		"assigned when published":   {published, postmortem.Assign{Owner: "cem"}, "it is published; revise it first"},
		"refreshed when published":  {published, postmortem.Refresh{Material: material()}, "it is published; revise it first"},
		"submitted when published":  {published, postmortem.Submit{}, "it is published; revise it first"},
		"returned when published":   {published, postmortem.Return{}, "it is published; revise it first"},
		"item added when published": {published, postmortem.AddItem{Title: "x", Kind: postmortem.Detect}, "it is published; revise it first"},
		"item's text, published":    {published, postmortem.SetItem{Item: "a1", Detail: to("x")}, "it is published; revise it first"},
		"item undone, published":    {published, postmortem.SetItem{Item: "a1", State: to(postmortem.ItemDiscuss)}, "items.a1.state: is still discuss; make it open, or drop it"},
		"item orphaned, published":  {published, postmortem.SetItem{Item: "a1", Owner: to[watchbill.UserID](""), DueAt: &time.Time{}}, "items.a1.owner: is missing; an open item needs one person who sees to it\nitems.a1.due_at: is missing; an open item needs a date"},
	} {
		t.Run(name, func(t *testing.T) {
			err := c.from(t).do(c.command)
			require.Error(t, err)
			require.Equal(t, strings.Split(c.want, "\n"), reasons(err))
		})
	}
}

func TestErrorsAreTyped(t *testing.T) {
	require.ErrorIs(t, newWorld(t).do(postmortem.Edit{}), postmortem.ErrMissing)
	require.ErrorIs(t, drafts(t).do(draft), postmortem.ErrExists)
	require.ErrorIs(t, drafts(t).do(postmortem.Publish{}), postmortem.ErrUnreviewed)
	require.ErrorIs(t, reviewed(t).do(postmortem.Revise{}), postmortem.ErrUnpublished)
	require.ErrorIs(t, published(t).do(postmortem.Edit{Title: to("x")}), postmortem.ErrPublished)
	var field *postmortem.FieldError
	require.ErrorAs(t, newWorld(t).do(postmortem.Draft{}), &field)
	require.Equal(t, "incident", field.Field)
	require.True(t, errors.As(drafts(t).do(postmortem.Edit{Title: to("")}), &field))
}

// What is asked for a second time, or is so already, leaves no entry.
func TestNothingToDo(t *testing.T) {
	for name, c := range map[string]struct {
		from    func(testing.TB) *world
		command postmortem.Command
	}{
		"same text":        {drafts, written()[1]},
		"same people":      {drafts, written()[0]},
		"same item":        {drafts, postmortem.SetItem{Item: "a1", State: to(postmortem.ItemOpen), Ticket: to("https://tickets.example.com/browse/OPS-12")}},
		"same record":      {drafts, postmortem.Refresh{Material: material()}},
		"returned, draft":  {drafts, postmortem.Return{}},
		"revised, draft":   {drafts, postmortem.Revise{Reason: "x"}},
		"submitted again":  {reviewed, postmortem.Submit{}},
		"published again":  {published, postmortem.Publish{}},
		"done again":       {published, postmortem.SetItem{Item: "a2", State: to(postmortem.ItemDropped)}},
		"cleared, cleared": {func(t testing.TB) *world { return newWorld(t).must(draft) }, postmortem.Edit{Factors: &[]string{"", " "}, Lessons: to[[]string](nil)}},
	} {
		t.Run(name, func(t *testing.T) {
			w := c.from(t)
			n := len(w.entries)
			require.NoError(t, w.do(c.command))
			require.Len(t, w.entries, n)
		})
	}
}

func TestLife(t *testing.T) {
	w := drafts(t)
	require.Equal(t, postmortem.StateDraft, w.p.State)
	require.Equal(t, at("10:00"), w.p.CreatedAt)
	require.Zero(t, w.p.ReviewAt)

	w.must(postmortem.Submit{By: ada})
	require.Equal(t, postmortem.StateReview, w.p.State)
	require.Equal(t, at("10:06"), w.p.ReviewAt)
	w.must(postmortem.Return{By: ben, Reason: "factors are vague"})
	require.Equal(t, postmortem.StateDraft, w.p.State)
	require.Zero(t, w.p.ReviewAt)

	w.must(postmortem.Submit{By: ada}, dropA2, postmortem.Publish{By: ben})
	require.Equal(t, postmortem.StatePublished, w.p.State)
	require.Equal(t, at("10:10"), w.p.PublishedAt)
	w.must(postmortem.SetItem{By: ada, Item: "a1", State: to(postmortem.ItemDone)}, postmortem.SetItem{By: ada, Item: "a3", Owner: to[watchbill.UserID]("ben"), DueAt: to(at("12:00"))})
	done, _ := w.p.Item("a1")
	require.Equal(t, at("10:11"), done.ClosedAt)
	dropped, _ := w.p.Item("a2")
	require.Equal(t, at("10:09"), dropped.ClosedAt)

	w.must(postmortem.Revise{By: ben, Reason: "a factor was missing"}, postmortem.Edit{By: ben, Factors: &[]string{"x", "y"}},
		postmortem.SetItem{By: ada, Item: "a1", State: to(postmortem.ItemOpen)}, postmortem.Submit{By: ben}, postmortem.Publish{By: ben})
	require.Equal(t, 1, w.p.Revised)
	require.Equal(t, at("10:10"), w.p.PublishedAt, "the first time counts")
	require.Equal(t, at("10:17"), w.p.RevisedAt)
	undone, _ := w.p.Item("a1")
	require.Zero(t, undone.ClosedAt)
	w.checkFold()
	require.Contains(t, string(w.p.Markdown(nil, nil, nil)), "- **State:** published, first published on 2026-01-05 10:10 UTC, revised once\n")
}

func TestSubmittedWithoutItems(t *testing.T) {
	w := newWorld(t).must(draft, postmortem.Edit{Factors: &[]string{"x"}}, postmortem.Submit{Note: " the pool goes away on Friday "}, postmortem.Publish{})
	require.Equal(t, "the pool goes away on Friday", w.p.ItemsNote)
	require.Contains(t, string(w.p.Markdown(nil, nil, nil)), "## Action items\n\nNone: the pool goes away on Friday\n")
	w.checkFold()
}

func TestDelayIsTracked(t *testing.T) {
	due := at("10:30")
	w := drafts(t).must(postmortem.Assign{DueAt: due}, dropA2, postmortem.Submit{})
	require.False(t, postmortem.Postmortem{}.Overdue(due.AddDate(1, 0, 0)), "what does not exist")
	require.False(t, w.p.Overdue(due), "the instant itself is in time")
	require.True(t, w.p.Overdue(due.Add(time.Second)))
	require.Zero(t, w.p.Late(), "not published yet")

	w.now = due.Add(90 * time.Minute)
	w.must(postmortem.Publish{})
	require.Equal(t, 90*time.Minute, w.p.Late())
	require.False(t, w.p.Overdue(due.AddDate(1, 0, 0)))
	require.Contains(t, string(w.p.Markdown(nil, nil, nil)), "- **State:** published on 2026-01-05 12:00 UTC, 1 h 30 min after it was due\n")
	w.must(postmortem.Revise{})
	require.False(t, w.p.Overdue(due.AddDate(1, 0, 0)), "it was published once")
	require.Equal(t, 90*time.Minute, w.p.Late())
	require.Zero(t, published(t).p.Late())
	require.Zero(t, newWorld(t).must(postmortem.Draft{Material: unnoticed()}).p.Late(), "no date")
}

func TestRefreshKeepsWhatPeopleWrote(t *testing.T) {
	m := material()
	m.Incident.Title, m.Incident.Severity, m.Incident.Reopened = "Checkout and search fail", watchbill.SeverityError, 1
	m.Incident.ResolvedAt = at("11:00")
	m.Figures, m.Owner, m.DueAt, m.Participants = m.Incident.Figures(at("9:04")), "cem", at("20:00"), []watchbill.UserID{"cem"}
	m.Moments = m.Moments[:1]

	w := newWorld(t).must(draft, postmortem.Refresh{Material: m})
	require.Equal(t, "Checkout and search fail", w.p.Title)
	require.Contains(t, w.p.Summary, "It was resolved at 11:00:00 UTC, 2 h after it began. It was reopened once.")
	require.Equal(t, watchbill.Duration(2*time.Minute), w.p.Figures.ToAcknowledge)
	require.Equal(t, []watchbill.UserID{"cem"}, w.p.Participants)
	require.Equal(t, watchbill.UserID("ben"), w.p.Owner, "that has been settled")
	require.Equal(t, at("9:45").AddDate(0, 0, 5), w.p.DueAt)

	w = drafts(t).must(postmortem.Edit{By: ada, Title: to("The pool"), Summary: to("Too few connections."), Detection: to("By luck.")})
	before := w.p
	w.must(postmortem.Refresh{By: ada, Material: m})
	require.Equal(t, []string{"evidence", "participants", "title", "summary", "detection"}, sorted(w.p.Edited, "evidence", "participants", "title", "summary", "detection"))
	require.Equal(t, watchbill.SeverityError, w.p.Severity)
	require.Equal(t, at("11:00"), w.p.Figures.ResolvedAt)
	require.Len(t, w.p.Timeline, 5)
	after := w.p
	after.Severity, after.Timeline, after.Impact, after.Figures = before.Severity, before.Timeline, before.Impact, before.Figures
	after.Seq, after.UpdatedAt = before.Seq, before.UpdatedAt
	require.Equal(t, before, after, "everything else is as people wrote it")
	require.Equal(t, "Orders were refused, none was lost.", w.p.Impact.Note)
	w.checkFold()
}

func sorted(list []string, order ...string) []string {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
	return list
}

// A draft without date and owner takes those that the rules propose later.
func TestRefreshProposes(t *testing.T) {
	m := unnoticed()
	w := newWorld(t).must(postmortem.Draft{Material: m})
	m.Required, m.DueAt, m.Owner = true, at("20:00"), "ada"
	w.must(postmortem.Refresh{Material: m})
	require.Equal(t, [3]any{true, at("20:00"), watchbill.UserID("ada")}, [3]any{w.p.Required, w.p.DueAt, w.p.Owner})
	m.Required = false
	w.must(postmortem.Refresh{Material: m})
	require.True(t, w.p.Required, "once required, it stays so")
	require.Len(t, w.p.Items, 1, "monitoring is proposed once")
	w.checkFold()
}

// Nobody can change a postmortem through what they gave to Apply, or through another postmortem.
func TestNothingIsShared(t *testing.T) {
	m := material()
	people, factors, links := []watchbill.UserID{"ada"}, []string{"x"}, []postmortem.Link{{Href: "https://e.com"}}
	w := newWorld(t).must(postmortem.Draft{Material: m}, postmortem.Assign{Participants: &people},
		postmortem.Edit{Factors: &factors, Evidence: &links}, postmortem.AddItem{Title: "x", Kind: postmortem.Detect})
	before, kept := w.p, encode(t, w.p)
	people[0], factors[0], links[0].Href = "eve", "eve", "eve"
	m.Participants[0], m.Before[0].Text, m.Moments[0].Text = "eve", "eve", "eve"
	m.Incident.Impact.Customers[0], m.Incident.Impact.Services[0].Service, m.Incident.Links[0].Href = "eve", "eve", "eve"
	require.Equal(t, kept, encode(t, before))

	w.must(postmortem.Edit{Title: to("y")})
	p := w.p
	p.Participants[0], p.Timeline[0].Text, p.Factors[0], p.Evidence[0].Href, p.Items[0].Title, p.Edited[0] = "eve", "eve", "eve", "eve", "eve", "eve"
	p.Impact.Services[0].Service, p.Impact.Customers[0] = "eve", "eve"
	require.Equal(t, kept, encode(t, before))
}

func TestDescribe(t *testing.T) {
	w := published(t).must(
		postmortem.SetItem{By: ben, Item: "a3", Owner: to[watchbill.UserID]("ben"), DueAt: to(at("12:00")), Ticket: to("OPS-14")},
		postmortem.Revise{By: ada, Reason: "a factor was missing"}, postmortem.Edit{By: ada, Title: to("Pool"), Summary: to("x"), Detection: to("x"), ItemsNote: to("x")},
		postmortem.SetItem{By: ben, Item: "a2", State: to(postmortem.ItemDiscuss), Title: to("t"), Detail: to("d")},
		postmortem.SetItem{By: ben, Item: "a3", Owner: to[watchbill.UserID](""), DueAt: &time.Time{}, Ticket: to("")},
		postmortem.Assign{DueAt: at("18:00")}, postmortem.SetItem{By: ada, Item: "a3", State: to(postmortem.ItemDropped)},
		postmortem.Refresh{By: ada, Material: func() postmortem.Material { m := material(); m.Before = nil; return m }()},
		postmortem.Submit{By: ada, Note: "enough"}, postmortem.Return{By: ben}, postmortem.Edit{By: timeline.By{Actor: "source:x"}, Factors: &[]string{"y"}},
	)
	var got []string
	for _, e := range w.entries {
		got = append(got, postmortem.Describe(e))
	}
	assert.Equal(t, []string{
		`engine drafted the postmortem of "Checkout fails", which the rules require; owner ben; due 2026-01-10 09:45 UTC`,
		"ben (via chat) made ada the owner, fixed the meeting for 2026-01-06 14:00 UTC, named 3 participants",
		"ada edited how people worked together, the note on the impact, the contributing factors, what was not known, what went well, the lessons, the evidence",
		`ada added the action item "Page when connections wait" (detect), for ada, due 2026-01-19 12:00 UTC`,
		`ben (via chat) added the action item "Limits of the pool | a test of them" (prevent), to be discussed`,
		`ben (via chat) added the action item "Say beforehand who writes to customers" (contain), for cem, due 2026-01-12 12:00 UTC`,
		"ada submitted it for review",
		"ada changed action item a2: made it dropped",
		"ada published it",
		"ben (via chat) changed action item a3: gave it to ben, made it due 2026-01-05 12:00 UTC, noted the ticket OPS-14",
		"ada took it up again for revision: a factor was missing",
		"ada edited the title, the summary, how it was detected, the note on the action items",
		`ben (via chat) changed action item a2: made it discuss, named it "t", changed the detail`,
		"ben (via chat) changed action item a3: gave it to nobody, took its date away, took its ticket away",
		"engine made it due 2026-01-05 18:00 UTC",
		"ada changed action item a3: made it dropped",
		"ada took the record in again",
		"ada submitted it for review; no action items: enough",
		"ben (via chat) returned it to draft",
		"source:x edited the contributing factors",
	}, got)
	assert.Equal(t, "acknowledged (unreadable: postmortem: entry 3: unknown kind \"acknowledged\")", postmortem.Describe(timeline.Entry{Seq: 3, Kind: "acknowledged"}))
	assert.Contains(t, postmortem.Describe(timeline.Entry{Seq: 3, Kind: postmortem.KindEdited, Data: []byte("[")}), "edited (unreadable: postmortem: entry 3, edited: ")
}

func TestRecord(t *testing.T) {
	require.Equal(t, timeline.Owner("postmortem:06nf"), newWorld(t).must(draft).p.Record())
	_, found := postmortem.Postmortem{}.Item("a1")
	require.False(t, found)
}

func TestFoldNamesTheEntry(t *testing.T) {
	_, err := postmortem.Fold([]timeline.Entry{{Seq: 1, Kind: postmortem.KindDrafted, Data: []byte("{}")}, {Seq: 2, Kind: "sung"}})
	require.EqualError(t, err, `postmortem: entry 2: unknown kind "sung"`)
}

func TestDecodeRefuses(t *testing.T) {
	_, err := postmortem.Decode([]byte(`{"v":2,"incident":"06nf"}`))
	require.EqualError(t, err, "postmortem: stored postmortem 06nf has the form 2, this release reads 1")
	_, err = postmortem.Decode([]byte(`{"v":1,"state":"finished"}`))
	require.ErrorContains(t, err, `postmortem: stored postmortem: `)
	require.ErrorContains(t, err, `unknown state "finished"; use one of [none draft review published]`)
}

func TestWords(t *testing.T) {
	require.Equal(t, "unknown", postmortem.State(9).String())
	_, err := postmortem.ItemKind(9).MarshalText()
	require.EqualError(t, err, "postmortem: kind 9 does not exist")
	var s postmortem.ItemState
	require.EqualError(t, s.UnmarshalText([]byte("Open")), `postmortem: unknown item state "Open"; use one of [none discuss open done dropped]`)
	var k postmortem.ItemKind
	require.NoError(t, k.UnmarshalText([]byte("contain")))
	require.Equal(t, postmortem.Contain, k)
}
