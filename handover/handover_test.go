package handover_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/handover"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/timeline"
)

var (
	monday = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	ada    = timeline.By{Actor: timeline.User("ada")}
	ben    = timeline.By{Actor: timeline.User("ben"), Via: "key:ops"}
)

func begin() handover.Begin {
	return handover.Begin{By: ada, Schedule: "primary", At: monday, From: monday.AddDate(0, 0, -7),
		Outgoing: []watchbill.UserID{"ada"}, Incoming: []watchbill.UserID{"ben"}}
}

// do carries out commands a minute apart, beginning an hour before the hand-off.
func do(t *testing.T, commands ...handover.Command) (h handover.Handover, record []timeline.Entry) {
	t.Helper()
	for i, c := range commands {
		next, entries, err := handover.Apply(h, monday.Add(time.Duration(i-60)*time.Minute), c)
		require.NoError(t, err)
		h, record = next, append(record, entries...)
	}
	return h, record
}

func TestLife(t *testing.T) {
	work := handover.Work{Alerts: []handover.Alert{{ID: "a1", Summary: "disk full", Severity: watchbill.SeverityError, State: alert.Triggered, Service: "shop", Since: monday}},
		Happened: handover.Happened{From: monday.AddDate(0, 0, -7), To: monday, Alerts: 4, Resolved: 3, Pages: 9}}
	changed := begin()
	changed.Incoming = []watchbill.UserID{"ben", "cem"}
	h, record := do(t, begin(), begin(), handover.AddNote{By: ada, Text: "  The disk of db2 is nearly full. \n"}, changed,
		handover.Acknowledge{By: ben, Text: "thanks", Work: work}, handover.Acknowledge{By: ben}, begin())

	require.Equal(t, "20260105T090000.000000Z-primary", h.ID)
	require.Equal(t, timeline.Owner("handover:"+h.ID), h.Owner())
	require.Equal(t, []watchbill.UserID{"ben", "cem"}, h.Incoming, "an edit changes who comes, until somebody has acknowledged")
	require.Equal(t, []handover.Note{{At: monday.Add(-58 * time.Minute), By: "ada", Text: "The disk of db2 is nearly full."}}, h.Notes)
	require.Equal(t, []handover.Ack{{At: monday.Add(-56 * time.Minute), User: "ben", Text: "thanks"}}, h.Acks, "the second is the first")
	require.Equal(t, work, h.Work)
	require.Equal(t, monday.Add(-56*time.Minute), h.ClosedAt())

	var words []string
	for _, e := range record {
		words = append(words, fmt.Sprintf("%d %s: %s", e.Seq, e.Kind, handover.Describe(e)))
	}
	require.Equal(t, []string{
		"1 handover_begun: ada began the hand-over of primary at 2026-01-05 09:00 UTC, from ada to ben",
		"2 handover_noted: ada noted: The disk of db2 is nearly full.",
		"3 handover_begun: ada began the hand-over of primary at 2026-01-05 09:00 UTC, from ada to ben or cem",
		"4 handover_acknowledged: ben (via key:ops) acknowledged the hand-over: thanks",
	}, words)

	folded, err := handover.Fold(record)
	require.NoError(t, err)
	require.Equal(t, h, folded)
	data, err := handover.Encode(h)
	require.NoError(t, err)
	back, err := handover.Decode(data)
	require.NoError(t, err)
	require.Equal(t, h, back)
}

// Whoever has acknowledged does so again only where something was noted since.
func TestAcknowledgedAgain(t *testing.T) {
	cem := timeline.By{Actor: timeline.User("cem")}
	both := begin()
	both.Incoming = []watchbill.UserID{"ben", "cem"}
	note := handover.AddNote{By: ada, Text: "one more thing"}
	h, _ := do(t, both, note, handover.Acknowledge{By: ben}, handover.Acknowledge{By: ben}, note, note)
	require.Len(t, h.Acks, 1)
	require.Equal(t, 2, h.Later())
	h, record := do(t, both, note, handover.Acknowledge{By: ben}, note, handover.Acknowledge{By: cem}, handover.Acknowledge{By: cem}, handover.Acknowledge{By: ben})
	require.Len(t, h.Acks, 3)
	require.Zero(t, h.Later())
	folded, err := handover.Fold(record)
	require.NoError(t, err)
	require.Equal(t, h, folded)
}

func TestRefusals(t *testing.T) {
	h, _ := do(t, begin())
	other := begin()
	other.At = monday.Add(time.Hour)
	for want, c := range map[string]handover.Command{
		"handover: text: is missing":                                                         handover.AddNote{By: ada, Text: " \n"},
		"handover: text: has 20001 characters; at most 20000 are allowed":                    handover.AddNote{By: ada, Text: strings.Repeat("ä", 20001)},
		`handover: by: "ada" does not come on call by this hand-off; ben can acknowledge it`: handover.Acknowledge{By: ada},
		`handover: by: "" does not come on call by this hand-off; ben can acknowledge it`:    handover.Acknowledge{},
		"handover: at: the document is about another hand-off":                               other,
		"handover: schedule: is missing\nhandover: at: is missing; it is the instant of the hand-off\nhandover: at: the document is about another hand-off": handover.Begin{},
	} {
		after, entries, err := handover.Apply(h, monday, c)
		require.EqualError(t, err, want)
		var field *handover.FieldError
		require.True(t, errors.As(err, &field))
		require.Equal(t, h, after)
		require.Empty(t, entries)
	}
	_, _, err := handover.Apply(handover.Handover{}, monday, handover.AddNote{By: ada, Text: "x"})
	require.ErrorIs(t, err, handover.ErrMissing)

	for len(h.Notes) < handover.MaxNotes {
		h, _, err = handover.Apply(h, monday, handover.AddNote{By: ada, Text: "x"})
		require.NoError(t, err)
	}
	_, _, err = handover.Apply(h, monday, handover.AddNote{By: ada, Text: "x"})
	require.EqualError(t, err, "handover: text: there are 200 notes; no document takes more")
}

func TestUnreadableRecords(t *testing.T) {
	_, err := handover.Decode([]byte(`{"v":2,"id":"x"}`))
	require.EqualError(t, err, "handover: stored document x has the form 2, this release reads 1")
	_, err = handover.Decode([]byte(`{`))
	require.ErrorContains(t, err, "handover: stored document: ")
	_, err = handover.Fold([]timeline.Entry{{Seq: 3, Kind: "sung"}})
	require.EqualError(t, err, `handover: entry 3: unknown kind "sung"`)
	_, err = handover.Fold([]timeline.Entry{{Seq: 1, Kind: handover.KindNoted, Data: json.RawMessage(`[]`)}})
	require.ErrorContains(t, err, "handover: entry 1, handover_noted: ")
	require.Contains(t, handover.Describe(timeline.Entry{Kind: "sung"}), "sung (unreadable: ")
}

func TestAClockSetBackDoesNotTurnTheRecordAround(t *testing.T) {
	h, _ := do(t, begin())
	h, entries, err := handover.Apply(h, monday.AddDate(-1, 0, 0), handover.AddNote{By: ada, Text: "x"})
	require.NoError(t, err)
	require.Equal(t, monday.Add(-time.Hour), entries[0].At)
	require.Equal(t, monday.Add(-time.Hour), h.Updated)
}

func TestMarkdown(t *testing.T) {
	h, _ := do(t, begin(), handover.AddNote{By: ada, Text: "1. see <b>https://x</b>\n- [db2](javascript:x) *is* full"})
	h.Work = handover.Work{
		Alerts: []handover.Alert{
			{ID: "a1", Summary: "disk_full | db2", Severity: watchbill.SeverityError, State: alert.Acknowledged, Service: "shop", Since: monday, AcknowledgedBy: "ada", Link: "https://x/a 1>"},
			{ID: "a2", Summary: "slow", Severity: watchbill.SeverityWarning, State: alert.Triggered, Service: "shop", Since: monday}},
		MoreAlerts: true,
		Incidents:  []handover.Incident{{ID: "i1", Title: "Shop is slow", Severity: watchbill.SeverityCritical, Status: incident.Identified, Since: monday}},
		Happened:   handover.Happened{From: monday.AddDate(0, 0, -7), To: monday, Alerts: 1, Pages: 2},
	}
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	name := func(u watchbill.UserID) string { return "The " + string(u) }
	require.Equal(t, `# Hand-over of primary

- **When:** Mon, 5 Jan 2026 10:00 CET
- **From:** The ada
- **To:** The ben
- **Acknowledged:** not yet

## Notes

**The ada**, Mon, 5 Jan 2026 09:01 CET:

> 1\. see &lt;b\>https\://x&lt;/b\>
> \- \[db2\](javascript:x) \*is\* full


## Open incidents: 1 incident

- Shop is slow: critical, identified, since Mon, 5 Jan 2026 10:00 CET, nobody leads it

## Open alerts: more than 2 alerts

- [disk\_full \| db2](<https://x/a%201%3E>): error, shop, acknowledged by The ada, since Mon, 5 Jan 2026 10:00 CET
- slow: warning, shop, triggered, since Mon, 5 Jan 2026 10:00 CET

## During the shift

Mon, 29 Dec 2025 10:00 CET to Mon, 5 Jan 2026 10:00 CET: 1 alert opened, 0 of them resolved; 2 pages.
`, string(h.Markdown(berlin, name)))
	require.Equal(t, `Open: more than 2 alerts, 1 incident.
- error, acknowledged: disk_full | db2
- warning, triggered: slow
- incident, identified: Shop is slow
The ada: 1. see <b>https://x</b>
- [db2](javascript:x) *is* full
`, h.Brief(name))
	require.Contains(t, string(handover.Handover{Schedule: "x"}.Markdown(nil, nil)), "**To:** nobody")
}

// TestChanges finds hand-offs in schedules of several shapes.
func TestChanges(t *testing.T) {
	week := func(id schedule.LayerID, users ...watchbill.UserID) schedule.Layer {
		return schedule.Layer{ID: id, Users: users, Start: calendar.CivilMoment(calendar.NewCivil(2026, 1, 5, 9, 0, 0)), Rotation: schedule.Rotation{Unit: calendar.Week}}
	}
	office := week("office", "ada", "ben")
	office.Coverage = []calendar.Window{{Days: []calendar.Weekday{calendar.Monday, calendar.Tuesday, calendar.Wednesday, calendar.Thursday, calendar.Friday},
		From: calendar.NewTimeOfDay(9, 0), To: calendar.NewTimeOfDay(17, 0)}}
	for name, c := range map[string]struct {
		spec schedule.Spec
		want []string
	}{
		"weekly":          {schedule.Spec{ID: "s", Layers: []schedule.Layer{week("w", "ada", "ben")}}, []string{"12 09:00 [ada]>[ben] since 05", "19 09:00 [ben]>[ada] since 12"}},
		"the same person": {schedule.Spec{ID: "s", Layers: []schedule.Layer{week("w", "ada", "ada", "ben")}}, []string{"19 09:00 [ada]>[ben] since 05"}},
		"office hours":    {schedule.Spec{ID: "s", Layers: []schedule.Layer{office}}, []string{"12 09:00 [ada]>[ben] since 05", "19 09:00 [ben]>[ada] since 12"}},
		"two at a time": {schedule.Spec{ID: "s", Combine: schedule.Union, Layers: []schedule.Layer{week("w", "ada", "ben"), week("v", "cem")}},
			[]string{"12 09:00 [ada]>[ben] since 05", "19 09:00 [ben]>[ada] since 12"}},
		"one more comes": {schedule.Spec{ID: "s", Combine: schedule.Union, Layers: []schedule.Layer{week("w", "ada"), week("v", "ada", "cem")}},
			[]string{"12 09:00 []>[cem] since 12"}},
		"nobody": {schedule.Spec{ID: "s"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := schedule.New(c.spec)
			require.NoError(t, err)
			var got []string
			for _, h := range handover.Changes(s, monday, monday.AddDate(0, 0, 15)) {
				got = append(got, fmt.Sprint(h.At.Format("02 15:04 "), h.Outgoing, ">", h.Incoming, h.From.Format(" since 02")))
			}
			require.Equal(t, c.want, got)
			for _, at := range []time.Time{monday.AddDate(0, 0, 7), monday.AddDate(0, 0, 7).Add(-1), monday.AddDate(0, 0, 9)} {
				last, next := handover.Around(s, at)
				require.True(t, last == nil || !last.At.After(at))
				require.True(t, next == nil || next.At.After(at))
				if len(c.want) == 2 {
					require.NotNil(t, last)
					require.NotNil(t, next)
					require.Equal(t, 7*24*time.Hour, next.At.Sub(last.At))
				}
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	h, _, err := handover.Apply(handover.Handover{}, monday, begin())
	require.NoError(f, err)
	data, err := handover.Encode(h)
	require.NoError(f, err)
	f.Add(data)
	f.Add([]byte(`{"v":1,"at":"2026-01-05T09:00:00Z","acknowledgements":[{}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := handover.Decode(data)
		if err != nil {
			return
		}
		again, err := handover.Encode(h)
		require.NoError(t, err)
		back, err := handover.Decode(again)
		require.NoError(t, err)
		require.Equal(t, h, back)
		_, _ = h.Markdown(nil, nil), h.ClosedAt()
		_, _, _ = handover.Apply(h, monday, handover.AddNote{By: ada, Text: "x"})
	})
}

// Who has which seat may change; the document is about people.
func TestAnotherOrderChangesNothing(t *testing.T) {
	two, other := begin(), begin()
	two.Outgoing, other.Outgoing = []watchbill.UserID{"ada", "dan"}, []watchbill.UserID{"dan", "ada"}
	two.Incoming, other.Incoming = []watchbill.UserID{"ben", "cem"}, []watchbill.UserID{"cem", "ben"}
	h, record := do(t, two, other)
	require.Len(t, record, 1)
	require.Equal(t, two.Incoming, h.Incoming)
}
