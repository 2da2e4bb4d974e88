package oncall_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/oncall"
)

func matchers(t *testing.T, texts ...string) (list mute.Matchers) {
	t.Helper()
	for _, text := range texts {
		m, err := mute.ParseMatcher(text)
		require.NoError(t, err)
		list = append(list, m)
	}
	return list
}

func days(from, to int) mute.Span {
	on := func(day int) calendar.Moment {
		return calendar.CivilMoment(calendar.NewCivil(2026, time.January, day, 0, 0, 0))
	}
	return mute.Span{From: on(from), To: on(to)}
}

func ids(held []mute.Held) (list []string) {
	for _, h := range held {
		list = append(list, string(h.Reason)+" "+h.ID)
	}
	return list
}

func TestMute(t *testing.T) {
	c := small()
	c.Silences = []mute.Silence{{ID: "s1", Matchers: matchers(t, `team="db"`), Span: days(5, 8), By: "ada"}}
	c.Maintenance = []mute.Maintenance{{ID: "m1", Services: []watchbill.ServiceID{"shop"},
		Sources: []watchbill.SourceID{"prom", "manual", "watchbill"}, Span: days(6, 9), By: "ben"}}
	c.Inhibitions = []mute.Inhibition{{ID: "i1", Source: matchers(t, "a=b"), Target: matchers(t, "a=c")}}
	c.Made = oncall.Made{
		Silences: []mute.Silence{
			{ID: "s1", Matchers: matchers(t, `team="db"`), Span: days(5, 20)},            // the ID is taken
			{ID: "s2", Matchers: matchers(t, `team="db"`), Span: days(6, 7), By: "gone"}, // nobody is told
			{ID: "s3", Span: days(6, 7)}, // silences nothing
			{ID: "s4", Matchers: mute.Matchers{{Name: "team", Op: mute.Match, Value: "("}}, Span: days(6, 7)},
			{ID: "s5", Matchers: matchers(t, `team="db"`), Span: mute.Span{Zone: "Nowhere/Else", To: days(6, 7).To}},
			{Matchers: matchers(t, `team="db"`), Span: days(6, 7)},
		},
		Maintenance: []mute.Maintenance{{ID: "m2", Services: []watchbill.ServiceID{"gone", "shop"}, Span: days(6, 7), Mode: mute.Debug}},
	}
	data, err := c.Encode()
	require.NoError(t, err)
	c, err = oncall.Decode(data)
	require.NoError(t, err, "also with an expression that is none")
	org, err := oncall.New(c, 1)
	require.NoError(t, err, "what people made makes no configuration invalid")

	sub := mute.Subject{Labels: []alert.Label{{Name: "team", Value: "db"}}, Service: "shop"}
	held, again := org.Mute().At(sub, time.Date(2026, 1, 6, 12, 0, 0, 0, time.UTC))
	assert.Equal(t, []string{"silence s1", "maintenance m1", "silence s2", "maintenance m2"}, ids(held))
	assert.Equal(t, time.Date(2026, 1, 7, 0, 0, 0, 0, time.UTC), again)
	held, _ = org.Mute().At(sub, time.Date(2026, 1, 10, 0, 0, 0, 0, time.UTC))
	assert.Empty(t, held, "an ID that is taken has no effect")
	assert.Len(t, org.Mute().Targets(mute.Subject{Labels: []alert.Label{{Name: "a", Value: "c"}}}), 1)

	bare, err := oncall.New(small(), 1)
	require.NoError(t, err)
	held, again = bare.Mute().At(sub, time.Now())
	assert.Empty(t, held)
	assert.True(t, again.IsZero())
}

func TestWhatMutesIsChecked(t *testing.T) {
	c := small()
	c.Catalog.Hours = []catalog.Hours{{ID: "office", Zone: "Nowhere"}}
	c.Catalog.Services[0].Support.Hours = "offic"
	c.Silences = []mute.Silence{{ID: "s", Matchers: matchers(t, `a="b"`, "a=~.*"), Span: days(2, 1), By: "gone"},
		{ID: "s", Matchers: mute.Matchers{{Name: "a", Op: mute.Match, Value: "("}}, Span: days(1, 2)}}
	c.Maintenance = []mute.Maintenance{{ID: "m", Services: []watchbill.ServiceID{"shop", "gone"}, Sources: []watchbill.SourceID{"gone"}, By: "gone"}}
	c.Inhibitions = []mute.Inhibition{{ID: "i"}}
	_, err := oncall.New(c, 0)
	assert.EqualError(t, err, `catalog: support_hours[0].timezone: "Nowhere" is not an IANA time zone such as Europe/Berlin
catalog: services[0].support.hours: support hours "offic" does not exist
oncall: silences[0].to: 2026-01-01T00:00 is not after from, 2026-01-02T00:00
oncall: silences[1].id: "s" is used twice; ids are unique within their list
oncall: silences[1].matchers[0]: "(" is not a regular expression: missing closing )
oncall: maintenance[0].to: is missing; say when it ends, or give windows for what comes again and again
oncall: inhibitions[0].source: is missing; say which alerts mute others, such as ['alertname="NodeDown"']
oncall: inhibitions[0].target: is missing; say which alerts they mute, such as ['severity="warning"']
oncall: silences[0].by: user "gone" does not exist
oncall: maintenance[0].by: user "gone" does not exist
oncall: maintenance[0].services[1]: service "gone" does not exist
oncall: maintenance[0].sources[0]: source "gone" does not exist`)
	var field *mute.FieldError
	assert.ErrorAs(t, err, &field)
}

func TestSupportHours(t *testing.T) {
	c := small()
	c.Catalog.Hours = []catalog.Hours{{ID: "office", Zone: "Europe/Berlin", Holidays: []calendar.Civil{calendar.NewCivil(2026, 1, 1, 0, 0, 0)}}}
	org, err := oncall.New(c, 1)
	require.NoError(t, err)
	hours, ok := org.SupportHours("office")
	require.True(t, ok)
	during, until := hours.At(time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC))
	assert.False(t, during)
	assert.Equal(t, time.Date(2026, 1, 1, 23, 0, 0, 0, time.UTC), until)
	_, ok = org.SupportHours("gone")
	assert.False(t, ok)
}
