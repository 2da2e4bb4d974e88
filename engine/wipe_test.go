package engine_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/handover"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/postmortem"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/timeline"
)

// staffed is an organisation in which somebody is everywhere.
func staffed(with bool) func(*oncall.Config) {
	return func(c *oncall.Config) {
		*c = rota()
		c.Catalog.Services = append(c.Catalog.Services, catalog.Service{ID: "zoe", Name: "a service of that name"})
		c.Catalog.Incidents = catalog.IncidentRules{Postmortem: catalog.PostmortemRules{Severities: []watchbill.Severity{watchbill.SeverityCritical}}}
		if !with {
			return
		}
		c.Catalog.Users = append(c.Catalog.Users, catalog.User{ID: "zoe", Name: "Zoe Quist", Email: "zoe@example.com", Zone: "Europe/Berlin",
			Contacts: []notify.Contact{{ID: "phone", Channel: "sms", Address: "+4915112345", Secret: "s3cret-of-zoe"}, {ID: "hook", Channel: "test", Address: "http://zoe.example/"}},
			Absences: []catalog.Absence{{From: moment(t0), To: moment(t0.Add(time.Hour)), Reason: "an operation"}},
			Notices:  catalog.Notices{Start: true}})
		c.Catalog.Teams = append(c.Catalog.Teams, catalog.Team{ID: "crew", Members: []watchbill.UserID{"ada", "zoe"}})
		for i := range c.Schedules {
			c.Schedules[i].Layers[0].Users = append(c.Schedules[i].Layers[0].Users, "zoe")
		}
		c.Policies = append(c.Policies, escalation.Policy{ID: "zoes", Levels: []escalation.Level{{Targets: []escalation.Target{escalation.User("zoe"), escalation.User("ada")}, Repeat: escalation.Repeat{Attempts: 1}}}})
		c.Catalog.Services[0].Policy = "zoes"
	}
}

// export returns everything that a store holds, in one text, and each item of it.
func export(t *testing.T, s store.Archiver) (text string, items []store.Item) {
	t.Helper()
	var b strings.Builder
	require.NoError(t, s.Export(t.Context(), func(i store.Item) error {
		items = append(items, i)
		if i.Value != nil && strings.HasPrefix(i.Value.Name, "engine.part.") {
			fmt.Fprintf(&b, "%s: %s\n", i.Value.Name, gunzipped(t, i.Value.Value))
			return nil
		}
		switch {
		case i.Revision != nil:
			fmt.Fprintf(&b, "%s\n", i.Revision.Config)
		case i.Value != nil:
			fmt.Fprintf(&b, "%s %s\n", i.Value.Name, i.Value.Value)
		case i.Episode != nil:
			fmt.Fprintf(&b, "%+v %s\n", i.Episode.Key, i.Episode.Body)
		case i.Record != nil:
			fmt.Fprintf(&b, "record %s/%s %s\n", i.Record.Kind, i.Record.ID, i.Record.Body)
		case i.Entries != nil:
			for _, e := range i.Entries.Entries {
				data, err := json.Marshal(e)
				require.NoError(t, err)
				fmt.Fprintf(&b, "entry %s %s\n", i.Entries.Of, data)
			}
		case i.Message != nil:
			fmt.Fprintf(&b, "message %s %s\n", i.Message.Key, i.Message.Lane)
		}
		return nil
	}))
	return strings.ReplaceAll(b.String(), named, "NAMED"), items
}

// named is a service whose ID is that of the person.
const named = `{"id":"zoe","name":"a service of that name"}`

func gunzipped(t *testing.T, data []byte) []byte {
	if data[0] != 0x1f {
		return data
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	require.NoError(t, err)
	data, err = io.ReadAll(r)
	require.NoError(t, err)
	return data
}

// names is how a person shows: by ID as a JSON string, a target, an actor or the owner of a record, or by anything that is
// the person's own.
var names = regexp.MustCompile(`"zoe"|user:zoe|(record|entry) \w+[:/]zoe|(?i)zoe quist|zoe@example|zoe\.example|15112345|s3cret-of|an operation|own-zoe`)

// lived returns an engine in whose store somebody has left traces everywhere.
func lived(t *testing.T) *postman {
	p := posting(t, staffed(true))
	as := func(u watchbill.UserID) episode.Command { return episode.Command{By: u} }
	_, err := p.AddContact(t.Context(), p.now, "zoe", timeline.By{Actor: "user:zoe"}, notify.Contact{ID: "own", Channel: "email", Address: "own-zoe@example.org"})
	require.NoError(t, err)
	quiet := []calendar.Window{}
	_, err = p.Personalize(t.Context(), p.now, "zoe", timeline.By{Actor: "user:zoe"}, engine.Wishes{Quiet: &quiet})
	require.NoError(t, err)
	ids := p.fire(watchbill.SeverityCritical, "a", "b", "c", "d", "e", "f")
	p.at(0)
	act := func(id watchbill.AlertID, in episode.Input) {
		t.Helper()
		_, err := p.Act(t.Context(), p.now, id, in)
		require.NoError(t, err)
	}
	act(ids[0], episode.Acknowledge{By: "zoe", Via: "zoe"})
	act(ids[0], episode.Comment{Command: as("ada"), Text: "Zoe Quist was called at +4915112345, zoe has it; zoe@example.com"})
	act(ids[1], episode.Decline{By: "zoe"})
	act(ids[2], episode.Summon{Command: as("ada"), User: "zoe"})
	act(ids[2], episode.Resolve{By: "zoe"})
	act(ids[3], episode.Reassign{Command: as("ada"), Target: escalation.User("zoe")})
	_, err = p.Silence(t.Context(), p.now, mute.Silence{Matchers: matchers(t, `service="none"`), Span: between(t0, t0.Add(time.Hour)), By: "zoe", Comment: "ask Zoe Quist"}, timeline.By{Actor: "user:zoe"})
	require.NoError(t, err)
	i := declared(t, p.Engine, incident.Declare{By: timeline.By{Actor: "user:zoe"}, Title: "Zoe Quist saw it", Severity: watchbill.SeverityCritical, Alerts: ids[:2]})
	told(t, p.Engine, i.ID, p.now, incident.Assign{By: byAda, Role: incident.Commander, User: "zoe"})
	told(t, p.Engine, i.ID, p.now, incident.SetStatus{By: byAda, Status: incident.Resolved})
	require.NoError(t, p.FollowUp(t.Context(), p.now))
	review(t, p.Engine, i.ID, p.now, postmortem.Assign{By: byAda, Owner: "zoe"})
	c := covered(t, p.Engine, t0, "", cover.Ask{Voice: voice("ada"), Schedules: []watchbill.ScheduleID{"primary"}, From: t0.Add(time.Hour), To: t0.Add(2 * time.Hour), Of: []watchbill.UserID{"zoe"}})
	covered(t, p.Engine, t0, c.ID, cover.Accept{Voice: voice("zoe")})
	_, err = p.HandOver(t.Context(), t0, "primary", time.Time{}, handover.AddNote{By: timeline.By{Actor: "user:zoe"}, Text: "zoe and Zoe Quist"})
	require.NoError(t, err)
	_, err = p.Remind(t.Context(), p.now)
	require.NoError(t, err)
	p.at(10 * time.Minute)
	p.fire(watchbill.SeverityCritical, "open")
	return p
}

// done wipes somebody, however many calls it takes.
func (p *postman) wipe(user watchbill.UserID) engine.Wiped {
	p.Helper()
	for {
		did, err := p.Wipe(p.Context(), p.now, user, timeline.By{Actor: "user:ada", Via: "key:zoe"})
		require.NoError(p, err)
		if did.Done {
			return did
		}
	}
}

func TestAPersonWhoIsWipedIsNowhere(t *testing.T) {
	p := lived(t)
	db := p.store.(*memory.Store)
	before, _ := export(t, db)
	require.Greater(t, len(names.FindAllString(before, -1)), 100)
	_, err := p.Wipe(t.Context(), p.now, "zoe", timeline.By{Actor: "user:ada"})
	require.ErrorIs(t, err, engine.ErrInForce)
	p.configure(staffed(false))

	did := p.wipe("zoe")
	t.Logf("%+v", did)
	require.Regexp(t, "^removed-[0-9a-f]{8}$", did.As)
	require.Zero(t, did.Unreadable)
	require.Positive(t, min(did.Alerts, did.Records, did.Removed, did.Revisions, did.Messages))
	after, items := export(t, db)
	for _, line := range strings.Split(after, "\n") {
		if m := names.FindString(line); m != "" {
			t.Errorf("%s in %.300s", m, line)
		}
	}
	require.Contains(t, after, string(did.As))
	require.Contains(t, after, "NAMED", "what only has the same name stays")
	wellFormed(t, p, items)

	did, err = p.Wipe(t.Context(), p.now, "zoe", timeline.By{Actor: "user:ada"})
	require.ErrorIs(t, err, store.ErrNotFound, "there is nobody left: %+v", did)
	p.at(time.Hour) // whoever is left is paged
}

// wellFormed checks that everything can still be read, and that the alerts' timelines give the alerts.
func wellFormed(t *testing.T, p *postman, items []store.Item) {
	t.Helper()
	entries := map[timeline.Owner][]timeline.Entry{}
	for _, i := range items {
		if i.Entries != nil {
			entries[i.Entries.Of] = i.Entries.Entries
		}
	}
	for _, i := range items {
		switch {
		case i.Episode != nil:
			ep, err := episode.Decode(i.Episode.Body)
			require.NoError(t, err)
			folded, err := episode.Fold(entries[timeline.Alert(ep.Alert.ID)])
			require.NoError(t, err)
			ep.Repeats, folded.Repeats = 0, 0
			require.Equal(t, ep, folded)
			require.Empty(t, entries[timeline.Alert(ep.Alert.ID)][0].Seq-1)
		case i.Revision != nil:
			_, err := p.OrgAt(t.Context(), p.now.Add(time.Hour), i.Revision.EffectiveAt)
			require.NoError(t, err)
		case i.Record != nil && i.Record.Kind == incident.RecordKind:
			_, err := incident.Decode(i.Record.Body)
			require.NoError(t, err)
		case i.Record != nil && i.Record.Kind == postmortem.RecordKind:
			_, err := postmortem.Decode(i.Record.Body)
			require.NoError(t, err)
		case i.Record != nil && i.Record.Kind == cover.RecordKind:
			_, err := cover.Decode(i.Record.Body)
			require.NoError(t, err)
		case i.Record != nil && i.Record.Kind == handover.RecordKind:
			_, err := handover.Decode(i.Record.Body)
			require.NoError(t, err)
		}
	}
}

// A wipe that ends in the middle goes on where it was, under the same pseudonym.
func TestAWipeGoesOnAfterACrash(t *testing.T) {
	p := lived(t)
	p.configure(staffed(false))
	db := p.store.(*memory.Store)
	left := 0
	p.store = &crashing{db, &left}
	p.start()
	as := watchbill.UserID("")
	for calls := 0; ; calls++ {
		left = 5
		did, err := p.Wipe(t.Context(), p.now, "zoe", timeline.By{})
		if err == nil && did.Done {
			break
		}
		require.Less(t, calls, 100)
		if did.As != "" {
			require.Contains(t, []watchbill.UserID{"", did.As}, as)
			as = did.As
		}
		p.start()
	}
	after, _ := export(t, db)
	require.Empty(t, names.FindAllString(after, -1))
}

// crashing is a store that fails after so many transactions that write.
type crashing struct {
	store.Store
	left *int
}

func (c *crashing) Update(ctx context.Context, fn func(store.Tx) error) error {
	if *c.left--; *c.left < 0 {
		return store.ErrClosed
	}
	return c.Store.Update(ctx, fn)
}

func TestWhoIsUnderALegalHoldIsNotWiped(t *testing.T) {
	for name, hold := range map[string]oncall.LegalHold{"the person": {User: "zoe"}, "an alert of theirs": {Service: "shop"}} {
		t.Run(name, func(t *testing.T) {
			hold.ID, hold.Reason = "case", "a claim"
			p := lived(t)
			p.configure(func(c *oncall.Config) { staffed(false)(c); c.Holds = []oncall.LegalHold{hold} })
			_, err := p.Wipe(t.Context(), p.now, "zoe", timeline.By{})
			var held *engine.HeldError
			require.ErrorAs(t, err, &held)
			require.Equal(t, "case", held.Hold)
			p.configure(staffed(false))
			require.Equal(t, watchbill.UserID("removed-"), p.wipe("zoe").As[:8])
		})
	}
}
