package alert_test

import (
	"encoding"
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/timeline"
)

var nine = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

func TestDecide(t *testing.T) {
	began := func(s alert.State, minutes int) alert.Alert {
		return alert.Alert{State: s, StartsAt: nine.Add(time.Duration(minutes) * time.Minute)}
	}
	expired := began(alert.Resolved, 0)
	expired.ResolvedBy = timeline.Engine
	signal := func(a alert.Action, at time.Time) alert.Signal { return alert.Signal{Action: a, StartsAt: at} }
	var unknown time.Time
	for name, c := range map[string]struct {
		newest alert.Alert
		signal alert.Signal
		want   alert.Decision
	}{
		"the first":                              {alert.Alert{}, signal(alert.Trigger, nine), alert.Opens},
		"an acknowledgement of nothing":          {alert.Alert{}, signal(alert.Acknowledge, nine), alert.Nothing},
		"a resolve of nothing":                   {alert.Alert{}, signal(alert.Resolve, nine), alert.Nothing},
		"triggered":                              {began(alert.Triggered, 0), signal(alert.Trigger, nine), alert.Applies},
		"acknowledged":                           {began(alert.Acknowledged, 0), signal(alert.Resolve, nine), alert.Applies},
		"open, and the signal is older":          {began(alert.Triggered, 9), signal(alert.Trigger, nine), alert.Applies},
		"open, and a resolve of the same start":  {began(alert.Triggered, 0), signal(alert.Resolve, nine.Add(999)), alert.Applies},
		"open, and a resolve that is behind":     {began(alert.Triggered, 1), signal(alert.Resolve, nine), alert.Stale},
		"acknowledged, and a resolve behind":     {began(alert.Acknowledged, 1), signal(alert.Resolve, nine), alert.Stale},
		"open, and an acknowledgement behind":    {began(alert.Triggered, 1), signal(alert.Acknowledge, nine), alert.Stale},
		"open, and a resolve that does not say":  {began(alert.Triggered, 1), signal(alert.Resolve, unknown), alert.Applies},
		"open, the alert did not say":            {alert.Alert{State: alert.Triggered}, signal(alert.Resolve, nine), alert.Applies},
		"expired, and fires on":                  {expired, signal(alert.Trigger, nine), alert.Opens},
		"expired, and a resolve":                 {expired, signal(alert.Resolve, nine), alert.Nothing},
		"resolved, began later":                  {began(alert.Resolved, -1), signal(alert.Trigger, nine), alert.Opens},
		"resolved, began at the same time":       {began(alert.Resolved, 0), signal(alert.Trigger, nine), alert.Stale},
		"resolved, within the stored precision":  {began(alert.Resolved, 0), signal(alert.Trigger, nine.Add(999)), alert.Stale},
		"resolved, in another zone":              {began(alert.Resolved, 0), signal(alert.Trigger, nine.In(time.FixedZone("", 3600))), alert.Stale},
		"resolved, began earlier":                {began(alert.Resolved, 1), signal(alert.Trigger, nine), alert.Stale},
		"resolved, the signal does not say":      {began(alert.Resolved, 0), signal(alert.Trigger, unknown), alert.Opens},
		"resolved, the alert did not say":        {alert.Alert{State: alert.Resolved}, signal(alert.Trigger, nine), alert.Opens},
		"resolved, and an acknowledgement":       {began(alert.Resolved, 0), signal(alert.Acknowledge, nine), alert.Nothing},
		"resolved, and a resolve that is behind": {began(alert.Resolved, 0), signal(alert.Resolve, nine.Add(-time.Hour)), alert.Nothing},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, c.want, alert.Decide(c.newest, c.signal)) })
	}
}

func TestOpen(t *testing.T) {
	low := watchbill.UrgencyLow
	s := alert.Signal{Source: "prom", Key: "disk", Summary: "full", StartsAt: nine.Add(-time.Minute)}
	a := alert.Open("01", nine, s, alert.Terms{Service: "shop", Urgency: &low, AutoResolve: time.Hour})
	assert.Equal(t, alert.Alert{
		ID: "01", Source: "prom", Key: "disk", Service: "shop", State: alert.Triggered, Summary: "full",
		Severity: watchbill.SeverityError, Urgency: watchbill.UrgencyLow, Count: 1,
		CreatedAt: nine, StartsAt: nine.Add(-time.Minute), LastSeenAt: nine, AutoResolve: time.Hour,
	}, a)
	assert.Equal(t, alert.Ref{Source: "prom", Key: "disk"}, a.Ref())
	assert.Equal(t, s.Ref(), a.Ref())
}

func TestAgain(t *testing.T) {
	base := alert.Signal{Source: "prom", Key: "disk", Summary: "full", Severity: watchbill.SeverityWarning}
	high := watchbill.UrgencyHigh
	for name, c := range map[string]struct {
		state  alert.State
		change func(*alert.Again)
		want   alert.Change
		check  func(t *testing.T, a alert.Alert)
	}{
		"unchanged": {alert.Triggered, func(*alert.Again) {}, 0, nil},
		"a new summary": {alert.Triggered, func(in *alert.Again) { in.Signal.Summary = "fuller" }, alert.Updated,
			func(t *testing.T, a alert.Alert) { assert.Equal(t, "fuller", a.Summary) }},
		"no summary keeps the old one": {alert.Triggered, func(in *alert.Again) { in.Signal.Summary = "" }, 0,
			func(t *testing.T, a alert.Alert) { assert.Equal(t, "full", a.Summary) }},
		"labels": {alert.Triggered, func(in *alert.Again) { in.Signal.Labels = []alert.Label{{Name: "a", Value: "b"}} }, alert.Updated, nil},
		"links":  {alert.Triggered, func(in *alert.Again) { in.Signal.Links = []alert.Link{{Href: "x"}} }, alert.Updated, nil},
		"details": {alert.Triggered, func(in *alert.Again) { in.Signal.Details = json.RawMessage("1") }, alert.Updated,
			func(t *testing.T, a alert.Alert) { assert.Equal(t, "1", string(a.Details)) }},
		"less severe": {alert.Triggered, func(in *alert.Again) { in.Signal.Severity = watchbill.SeverityInfo }, 0,
			func(t *testing.T, a alert.Alert) { assert.Equal(t, watchbill.SeverityWarning, a.Severity) }},
		"no severity": {alert.Triggered, func(in *alert.Again) { in.Signal.Severity = watchbill.SeverityUnset }, 0, nil},
		"more severe, high": {alert.Triggered, func(in *alert.Again) { in.Signal.Severity = watchbill.SeverityError }, alert.Updated | alert.Raised,
			func(t *testing.T, a alert.Alert) { assert.Equal(t, watchbill.UrgencyHigh, a.Urgency) }},
		"the service is high now": {alert.Triggered, func(in *alert.Again) { in.Terms.Urgency = &high }, alert.Raised, nil},
		"raised while acknowledged": {alert.Acknowledged, func(in *alert.Again) { in.Signal.Severity = watchbill.SeverityCritical },
			alert.Updated | alert.Raised | alert.Reopened,
			func(t *testing.T, a alert.Alert) {
				assert.Equal(t, alert.Triggered, a.State)
				assert.Zero(t, a.AcknowledgedAt)
				assert.Zero(t, a.AcknowledgedBy)
			}},
		"repeated while acknowledged": {alert.Acknowledged, func(*alert.Again) {}, 0,
			func(t *testing.T, a alert.Alert) { assert.Equal(t, alert.Acknowledged, a.State) }},
	} {
		t.Run(name, func(t *testing.T) {
			a := alert.Open("01", nine, base, alert.Terms{})
			if c.state == alert.Acknowledged {
				a, _ = alert.Step(a, nine, alert.Ack{By: "ada"})
			}
			in := alert.Again{Signal: base}
			c.change(&in)
			got, change := alert.Step(a, nine.Add(time.Minute), in)
			assert.Equal(t, c.want, change)
			assert.Equal(t, 2, got.Count)
			assert.Equal(t, nine.Add(time.Minute), got.LastSeenAt)
			if c.check != nil {
				c.check(t, got)
			}
		})
	}
}

func TestLastSeenNeverGoesBack(t *testing.T) {
	a := alert.Open("01", nine, alert.Signal{}, alert.Terms{})
	a, _ = alert.Step(a, nine.Add(-time.Hour), alert.Again{})
	assert.Equal(t, nine, a.LastSeenAt)
}

// every input, in every state
func TestLife(t *testing.T) {
	triggered := alert.Open("01", nine, alert.Signal{}, alert.Terms{})
	later := nine.Add(time.Hour)

	acked, change := alert.Step(triggered, later, alert.Ack{By: "ada"})
	require.Equal(t, alert.Acked, change)
	assert.Equal(t, later, acked.AcknowledgedAt)
	assert.Equal(t, watchbill.UserID("ada"), acked.AcknowledgedBy)

	again, change := alert.Step(acked, later.Add(time.Hour), alert.Ack{By: "ben"})
	assert.Zero(t, change)
	assert.Equal(t, acked, again, "the first acknowledgement stays")

	reopened, change := alert.Step(acked, later, alert.Reopen{})
	assert.Equal(t, alert.Reopened, change)
	assert.Equal(t, triggered, reopened)
	_, change = alert.Step(triggered, later, alert.Reopen{})
	assert.Zero(t, change)

	resolved, change := alert.Step(acked, later, alert.Close{By: timeline.Source("prom")})
	assert.Equal(t, alert.Closed, change)
	assert.Equal(t, timeline.Actor("source:prom"), resolved.ResolvedBy)
	assert.Equal(t, later, resolved.ResolvedAt)
	assert.Equal(t, later, resolved.AcknowledgedAt, "who acknowledged stays known")

	for _, in := range []alert.Input{alert.Again{}, alert.Ack{}, alert.Close{}, alert.Reopen{}, alert.Tick{}, nil} {
		for _, a := range []alert.Alert{resolved, {}} {
			got, change := alert.Step(a, later, in)
			assert.Zero(t, change, "%T", in)
			assert.Equal(t, a, got, "%T", in)
		}
	}
	_, change = alert.Step(triggered, later, nil)
	assert.Zero(t, change)
}

func TestExpiry(t *testing.T) {
	a := alert.Open("01", nine, alert.Signal{}, alert.Terms{AutoResolve: 10 * time.Minute})
	tick := func(a alert.Alert, after, upSince time.Duration) (alert.Alert, alert.Change) {
		return alert.Step(a, nine.Add(after), alert.Tick{UpSince: nine.Add(upSince)})
	}
	assert.Equal(t, nine.Add(10*time.Minute), a.ExpiresAt())
	same, change := tick(a, 10*time.Minute-1, -time.Hour)
	assert.Zero(t, change)
	assert.Equal(t, a, same)

	closed, change := tick(a, 10*time.Minute, -time.Hour)
	assert.True(t, change.Has(alert.Closed|alert.Expired))
	assert.Equal(t, timeline.Engine, closed.ResolvedBy)
	assert.Zero(t, closed.ExpiresAt())

	// Nobody listened from five minutes on; somebody does from 20 minutes on.
	graced, change := tick(a, 20*time.Minute, 20*time.Minute)
	assert.Zero(t, change)
	assert.Equal(t, nine.Add(30*time.Minute), graced.ExpiresAt())
	_, change = tick(graced, 30*time.Minute, 20*time.Minute)
	assert.True(t, change.Has(alert.Expired))

	// Somebody has been listening for so long that the grace is over already.
	_, change = tick(a, time.Hour, 30*time.Minute)
	assert.True(t, change.Has(alert.Expired))

	// A signal after the downtime counts from itself.
	seen, _ := alert.Step(graced, nine.Add(25*time.Minute), alert.Again{})
	assert.Equal(t, nine.Add(35*time.Minute), seen.ExpiresAt())

	// Whoever was heard since somebody listens needs no grace.
	short := alert.Open("01", nine, alert.Signal{}, alert.Terms{AutoResolve: 30 * time.Second})
	_, change = tick(short, 30*time.Second, -time.Second)
	assert.True(t, change.Has(alert.Expired))

	// A clock that is set back by a day bounds what was noted in the future.
	back, change := tick(graced, -24*time.Hour, -48*time.Hour)
	assert.Zero(t, change)
	assert.Equal(t, nine.Add(-24*time.Hour+10*time.Minute), back.ExpiresAt())

	// So is what the engine says of itself.
	graced, _ = tick(a, 20*time.Minute, 9*time.Hour)
	assert.Equal(t, nine.Add(30*time.Minute), graced.ExpiresAt())

	never := alert.Open("01", nine, alert.Signal{}, alert.Terms{})
	_, change = tick(never, 9000*time.Hour, 0)
	assert.Zero(t, change)
	assert.Zero(t, never.ExpiresAt())
}

func TestPermits(t *testing.T) {
	open := alert.Open("01", nine, alert.Signal{}, alert.Terms{})
	resolved, _ := alert.Step(open, nine, alert.Close{})
	for _, in := range []alert.Input{alert.Ack{}, alert.Reopen{}, alert.Close{}} {
		assert.NoError(t, alert.Permits(open, in))
	}
	assert.NoError(t, alert.Permits(resolved, alert.Close{}))
	err := alert.Permits(resolved, alert.Ack{})
	require.ErrorIs(t, err, alert.ErrResolved)
	assert.ErrorContains(t, err, "2026-01-05T09:00:00Z")
}

func TestClean(t *testing.T) {
	s := alert.Signal{
		Source: "p\xff", Key: "k\xff\xfe", Summary: "s\xff", Service: "v", By: "b\xff", Via: "\xff",
		StartsAt: nine.Add(1234 * time.Nanosecond).In(time.FixedZone("", 7200)),
		Labels:   []alert.Label{{Name: "\xff", Value: "v"}}, Links: []alert.Link{}, Notes: []string{"\xff"},
		Details: json.RawMessage("{ \"a\": \"<\" }"),
	}
	labels := s.Labels
	c := s.Clean()
	assert.Equal(t, alert.Signal{
		Source: "p\uFFFD", Key: "k\uFFFD", Summary: "s\uFFFD", Service: "v", By: "b\uFFFD", Via: "\uFFFD",
		StartsAt: nine.Add(time.Microsecond),
		Labels:   []alert.Label{{Name: "\uFFFD", Value: "v"}}, Notes: []string{"\uFFFD"},
		Details: json.RawMessage(`{"a":"\u003c"}`),
	}, c)
	assert.Equal(t, "\xff", labels[0].Name, "slices in a signal are never written to")
	assert.Equal(t, c, c.Clean())

	data, err := json.Marshal(c)
	require.NoError(t, err)
	var back alert.Signal
	require.NoError(t, json.Unmarshal(data, &back))
	assert.Equal(t, c, back)
	assert.Zero(t, alert.Signal{}.Clean())
}

func TestCleanOfWhatNoStoreCanHold(t *testing.T) {
	c := alert.Signal{StartsAt: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC), Details: json.RawMessage("no json")}.Clean()
	assert.Zero(t, c.StartsAt)
	assert.Equal(t, `"no json"`, string(c.Details))
	_, err := json.Marshal(c)
	assert.NoError(t, err)
}

func TestActor(t *testing.T) {
	assert.Equal(t, timeline.Actor("user:ada"), alert.Signal{Source: "api", By: "ada"}.Actor())
	assert.Equal(t, timeline.Actor("source:api"), alert.Signal{Source: "api"}.Actor())
}

// codec is what every enum has.
type codec interface {
	encoding.TextMarshaler
	String() string
}

func TestTexts(t *testing.T) {
	for want, value := range map[string]codec{
		"trigger": alert.Trigger, "ack": alert.Acknowledge, "resolve": alert.Resolve,
		"none": alert.None, "triggered": alert.Triggered, "acknowledged": alert.Acknowledged, "resolved": alert.Resolved,
	} {
		text, err := value.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, want, string(text))
		assert.Equal(t, want, value.String())
		switch value := value.(type) {
		case alert.Action:
			var back alert.Action
			require.NoError(t, back.UnmarshalText(text))
			assert.Equal(t, value, back)
		case alert.State:
			var back alert.State
			require.NoError(t, back.UnmarshalText(text))
			assert.Equal(t, value, back)
		}
	}
	for _, unknown := range []codec{alert.Action(9), alert.State(9)} {
		_, err := unknown.MarshalText()
		assert.Error(t, err)
		assert.Equal(t, "unknown", unknown.String())
	}
	assert.ErrorContains(t, new(alert.Action).UnmarshalText([]byte("Trigger")), "use trigger, ack or resolve")
	assert.ErrorContains(t, new(alert.State).UnmarshalText([]byte("")), "use triggered, acknowledged or resolved")
	assert.Equal(t, "opened", alert.Opens.String())
	assert.Equal(t, "applied", alert.Applies.String())
	assert.Equal(t, "unknown", alert.Decision(9).String())
}
