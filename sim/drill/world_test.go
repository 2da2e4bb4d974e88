package drill_test

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/postmortem"
	"github.com/watchbill/watchbill/sim/drill"
	"github.com/watchbill/watchbill/store/archive"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/timeline"
)

var update = flag.Bool("update", false, "write the files in testdata anew")

// golden compares with a file in testdata, or writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		require.NoError(t, os.WriteFile(path, got, 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
}

func organisation(t *testing.T) (oncall.Config, *oncall.Org) {
	t.Helper()
	file, _, err := config.Reader{}.Load("testdata/watchbill.yaml")
	require.NoError(t, err)
	org, err := oncall.New(file.Org, 0)
	require.NoError(t, err)
	return file.Org, org
}

// past is the real one: it was acknowledged after 14 minutes, by the second level.
type past struct {
	t     *testing.T
	store *memory.Store
	e     *engine.Engine
	now   time.Time
}

func (p *past) at(clock string) {
	p.t.Helper()
	at, err := time.Parse("2006-01-02 15:04:05", "2026-02-10 "+clock)
	require.NoError(p.t, err)
	for { // what is due until then
		pass, err := p.e.RunOnce(context.Background(), p.now, func(notify.Lane) int { return 100 })
		require.NoError(p.t, err)
		var list []engine.Outcome
		for _, d := range pass.Deliveries {
			list = append(list, engine.Outcome{Delivery: d, Result: p.e.Send(context.Background(), d)})
		}
		require.NoError(p.t, p.e.Report(context.Background(), p.now, list))
		require.NoError(p.t, p.e.FollowUp(context.Background(), p.now))
		if len(list) > 0 || pass.More {
			continue
		}
		if pass.Next.IsZero() || pass.Next.After(at) {
			break
		}
		p.now = pass.Next
	}
	p.now = at
}

func (p *past) signal(s alert.Signal) watchbill.AlertID {
	s.Source = "prom"
	v := p.e.Accept(context.Background(), p.now, []alert.Signal{s})[0]
	require.NoError(p.t, v.Err)
	return v.Alert
}

func (p *past) act(id watchbill.AlertID, in episode.Input) {
	_, err := p.e.Act(context.Background(), p.now, id, in)
	require.NoError(p.t, err)
}

func (p *past) command(id watchbill.IncidentID, c incident.Command) {
	_, err := p.e.Command(context.Background(), p.now, id, c)
	require.NoError(p.t, err)
}

func (p *past) review(id watchbill.IncidentID, c postmortem.Command) {
	_, err := p.e.Review(context.Background(), p.now, id, c)
	require.NoError(p.t, err)
}

// theRealOne lives the past and returns its store, the incident, and an alert of it.
func theRealOne(t *testing.T) (*memory.Store, watchbill.IncidentID, watchbill.AlertID) {
	t.Helper()
	p := &past{t: t, store: memory.New(), now: time.Date(2026, 2, 10, 2, 0, 0, 0, time.UTC)}
	var err error
	p.e, err = engine.New(engine.Config{Store: p.store, Rand: rand.NewChaCha8([32]byte{7}),
		Notifiers: map[notify.Channel]notify.Notifier{"webhook": notify.Func(func(context.Context, notify.Message) (notify.Receipt, error) { return notify.Receipt{}, nil })}})
	require.NoError(t, err)
	c, _ := organisation(t)
	c.Heartbeats = nil // nobody sends them here
	_, err = p.e.Configure(context.Background(), p.now, c)
	require.NoError(t, err)
	by := timeline.By{Actor: "user:ben"}
	p.at("02:11:05")
	labels := []alert.Label{{Name: "cluster", Value: "shop"}}
	down := p.signal(alert.Signal{Key: "CheckoutDown", Severity: watchbill.SeverityCritical, Summary: "Checkout answers 500 to every request", Labels: labels})
	p.at("02:13:00")
	queue := p.signal(alert.Signal{Key: "QueueFull", Severity: watchbill.SeverityError, Summary: "Orders wait in the queue", Labels: labels})
	p.at("02:25:08")
	p.act(down, episode.Acknowledge{By: "ben"})
	p.at("02:26:00")
	p.act(queue, episode.Acknowledge{By: "ben"})
	p.at("02:30:00")
	made, err := p.e.Declare(context.Background(), p.now, incident.Declare{By: by, Title: "Orders cannot be placed", Alerts: []watchbill.AlertID{down, queue}})
	require.NoError(t, err)
	p.at("02:31:00")
	p.command(made.ID, incident.Assign{By: by, Role: incident.Commander, User: "ben"})
	p.at("02:40:00")
	p.act(down, episode.Summon{Command: episode.Command{By: "ben"}, User: "cem"})
	p.at("02:45:00")
	p.command(made.ID, incident.Decide{By: by, Text: "Cem rolls the deployment of 01:50 back, ada@shop.example told acme"})
	p.command(made.ID, incident.SetStatus{By: by, Status: incident.Identified})
	p.at("03:05:00")
	p.command(made.ID, incident.Publish{By: by, Title: "Orders cannot be placed", Text: "We see that orders fail, and are mending it."})
	p.at("03:20:00")
	p.signal(alert.Signal{Key: "CheckoutDown", Action: alert.Resolve})
	p.signal(alert.Signal{Key: "QueueFull", Action: alert.Resolve})
	p.at("03:25:00")
	p.command(made.ID, incident.SetStatus{By: by, Status: incident.Resolved})
	p.at("09:00:00")
	p.review(made.ID, postmortem.Edit{By: by, Factors: &[]string{"The deployment changed a time-out that no test covers.", "Ada Okafor's phone was on silent."},
		Unknown: &[]string{"That a deployment was under way."}, Lessons: &[]string{"A canary would have shown it to one shop."}})
	return p.store, made.ID, down
}

// pastAt is when the archive of the real one was written.
var pastAt = time.Date(2026, 2, 11, 0, 0, 0, 0, time.UTC)

// TestTheArchive: what cmd/refserver makes its drills of is what happened here.
func TestTheArchive(t *testing.T) {
	s, _, _ := theRealOne(t)
	var b bytes.Buffer
	_, err := archive.Write(context.Background(), &b, s, pastAt)
	require.NoError(t, err)
	golden(t, "past.jsonl", b.Bytes())
}

func realRecords(t *testing.T) drill.Records {
	t.Helper()
	s, id, _ := theRealOne(t)
	r, err := drill.ThePast(context.Background(), s, id)
	require.NoError(t, err)
	return r
}

func lines(err error) (all []string) {
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return nil
	}
	for _, e := range joined.Unwrap() {
		all = append(all, e.Error())
	}
	return all
}
