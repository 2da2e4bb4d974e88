package incident_test

import (
	"encoding"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/timeline"
)

func minutes(n int) time.Time { return nine.Add(time.Duration(n) * time.Minute) }

// long is so many minutes.
func long(n int) watchbill.Duration { return watchbill.Duration(time.Duration(n) * time.Minute) }

// began is an incident at nine, detected after ten minutes, declared after eleven and taken after twelve.
func began() incident.Incident {
	return incident.Incident{Status: incident.Investigating, DetectedAt: minutes(10), DeclaredAt: minutes(11), TakenAt: minutes(12),
		Impact: incident.Impact{StartedAt: nine}}
}

func TestFigures(t *testing.T) {
	var none time.Time
	for name, c := range map[string]struct {
		change       func(i *incident.Incident)
		acknowledged []time.Time
		want         incident.Figures // what is left zero is not looked at, except durations
	}{
		"open": {func(*incident.Incident) {}, nil,
			incident.Figures{AcknowledgedAt: minutes(12), ToDetect: long(10), ToAcknowledge: long(2)}},
		"an alert was acknowledged first": {func(*incident.Incident) {}, []time.Time{minutes(13), minutes(11), none, minutes(15)},
			incident.Figures{AcknowledgedAt: minutes(11), ToDetect: long(10), ToAcknowledge: long(1)}},
		"acknowledged before it was detected": {func(*incident.Incident) {}, []time.Time{minutes(9)},
			incident.Figures{AcknowledgedAt: minutes(9), ToDetect: long(10)}},
		"taken by nobody": {func(i *incident.Incident) { i.TakenAt = none }, nil,
			incident.Figures{ToDetect: long(10)}},
		"taken by nobody, but an alert was acknowledged": {func(i *incident.Incident) { i.TakenAt = none }, []time.Time{minutes(20)},
			incident.Figures{AcknowledgedAt: minutes(20), ToDetect: long(10), ToAcknowledge: long(10)}},
		"detected before anybody noticed": {func(i *incident.Incident) { i.DetectedAt = minutes(-5) }, nil,
			incident.Figures{AcknowledgedAt: minutes(12), ToAcknowledge: long(17)}},
		"resolved, no effect known": {func(i *incident.Incident) { i.Status, i.ResolvedAt = incident.Resolved, minutes(60) }, nil,
			incident.Figures{AcknowledgedAt: minutes(12), EndedAt: minutes(60), ResolvedAt: minutes(60), ToDetect: long(10), ToAcknowledge: long(2), ToResolve: long(60), Visible: long(60)}},
		"well again, not resolved": {func(i *incident.Incident) {
			i.Impact.Spans = []incident.Span{{From: nine, To: minutes(40)}, {From: minutes(5), To: minutes(30)}}
		}, nil, incident.Figures{AcknowledgedAt: minutes(12), EndedAt: minutes(40), ToDetect: long(10), ToAcknowledge: long(2), Visible: long(40)}},
		"one effect lasts": {func(i *incident.Incident) {
			i.Impact.Spans = []incident.Span{{From: nine, To: minutes(40)}, {From: minutes(5)}}
		}, nil, incident.Figures{AcknowledgedAt: minutes(12), ToDetect: long(10), ToAcknowledge: long(2)}},
		"resolved later than well again": {func(i *incident.Incident) {
			i.Status, i.ResolvedAt = incident.Resolved, minutes(60)
			i.Impact.Spans = []incident.Span{{From: nine, To: minutes(40)}}
		}, nil, incident.Figures{AcknowledgedAt: minutes(12), EndedAt: minutes(40), ResolvedAt: minutes(60), ToDetect: long(10), ToAcknowledge: long(2), ToResolve: long(60), Visible: long(40)}},
	} {
		t.Run(name, func(t *testing.T) {
			i := began()
			c.change(&i)
			c.want.StartedAt, c.want.DetectedAt = i.Impact.StartedAt, i.DetectedAt
			assert.Equal(t, c.want, i.Figures(c.acknowledged...))
		})
	}
	assert.Zero(t, incident.Incident{}.Figures())
}

func TestWhatAnIncidentAnswers(t *testing.T) {
	i := incident.Incident{ID: "i1", Roles: []incident.Assignment{{Role: incident.Scribe, User: "cem"}}, Impact: incident.Impact{
		Services: []incident.Affected{{Service: "shop"}, {Service: "web", Effect: incident.EffectDegraded}},
		Spans:    []incident.Span{{Effect: incident.EffectPartial, To: nine}, {Effect: incident.EffectDegraded}},
	}}
	assert.Equal(t, timeline.Owner("incident:i1"), i.Owner())
	assert.Equal(t, watchbill.UserID("cem"), i.Holder(incident.Scribe))
	assert.Empty(t, i.Holder(incident.Commander))
	assert.Equal(t, incident.EffectPartial, i.Impact.Worst())
	assert.Equal(t, incident.EffectNone, incident.Impact{}.Worst())
	assert.Equal(t, []watchbill.ServiceID{"shop", "web"}, i.Impact.ServiceIDs())
	for s, open := range map[incident.Status]bool{incident.None: false, incident.Investigating: true, incident.Identified: true, incident.Monitoring: true, incident.Resolved: false} {
		i.Status = s
		assert.Equal(t, open, i.Open(), s)
	}
}

func TestWords(t *testing.T) {
	type word interface {
		encoding.TextMarshaler
		String() string
	}
	for _, c := range []struct {
		kind  string
		known []word
		none  word
		read  func([]byte) (any, error)
		names []string
	}{
		{"status", []word{incident.None, incident.Investigating, incident.Identified, incident.Monitoring, incident.Resolved}, incident.Status(5),
			func(text []byte) (any, error) { var v incident.Status; err := v.UnmarshalText(text); return v, err },
			[]string{"none", "investigating", "identified", "monitoring", "resolved"}},
		{"effect", []word{incident.EffectNone, incident.EffectDegraded, incident.EffectPartial, incident.EffectMajor}, incident.Effect(4),
			func(text []byte) (any, error) { var v incident.Effect; err := v.UnmarshalText(text); return v, err },
			[]string{"none", "degraded", "partial_outage", "major_outage"}},
		{"role", []word{incident.NoRole, incident.Commander, incident.Communications, incident.Scribe}, incident.Role(4),
			func(text []byte) (any, error) { var v incident.Role; err := v.UnmarshalText(text); return v, err },
			[]string{"none", "commander", "communications", "scribe"}},
	} {
		t.Run(c.kind, func(t *testing.T) {
			for k, v := range c.known {
				text, err := v.MarshalText()
				require.NoError(t, err)
				assert.Equal(t, c.names[k], string(text))
				assert.Equal(t, c.names[k], v.String())
				back, err := c.read(text)
				require.NoError(t, err)
				assert.Equal(t, v, back)
			}
			_, err := c.none.MarshalText()
			assert.ErrorContains(t, err, "incident: "+c.kind)
			assert.Equal(t, "unknown", c.none.String())
			for _, text := range []string{"", "Resolved", "unknown", " none"} {
				_, err = c.read([]byte(text))
				assert.ErrorContains(t, err, "incident: unknown "+c.kind+` "`+text+`"; use one of [none `)
			}
		})
	}
}
