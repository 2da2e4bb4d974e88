package route_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/route"
)

func TestGroupKey(t *testing.T) {
	labels := func(pairs ...string) alert.Signal {
		s := alert.Signal{Source: "p", Service: "db", Summary: "s"}
		for i := 0; i < len(pairs); i += 2 {
			s.Labels = append(s.Labels, alert.Label{Name: pairs[i], Value: pairs[i+1]})
		}
		return s
	}
	key := func(g route.Group, s alert.Signal) string {
		k, ok := route.GroupKey(g, s)
		assert.True(t, ok)
		assert.Regexp(t, "^group:[0-9a-f]{64}$", k)
		assert.LessOrEqual(t, len(k), alert.MaxKey)
		return k
	}
	by := route.Group{By: []string{"host", "env"}}
	a := key(by, labels("host", "db1", "env", "prod", "x", "1"))
	assert.Equal(t, a, key(by, labels("env", "prod", "host", "db1", "x", "2")), "other labels do not count")
	assert.NotEqual(t, a, key(by, labels("host", "db2", "env", "prod")))
	assert.NotEqual(t, key(by, labels("host", "ab")), key(by, labels("env", "ab")))
	assert.NotEqual(t, key(by, labels("host", "a", "env", "bc")), key(by, labels("host", "ab", "env", "c")), "values do not run together")

	_, ok := route.GroupKey(by, labels("x", "1"))
	assert.False(t, ok, "what has none of the labels has nothing in common")
	_, ok = route.GroupKey(route.Group{}, labels("host", "a"))
	assert.False(t, ok)
	assert.Equal(t, key(route.Group{Window: time.Minute}, labels()), key(route.Group{Similar: 0.8}, labels("a", "b")), "by nothing: all of the source")
	assert.Equal(t, key(route.Group{By: []string{"service", "severity", "summary"}}, labels()),
		key(route.Group{By: []string{"service", "severity", "summary"}}, labels("x", "y")))
	assert.NotEqual(t, key(route.Group{By: []string{"service"}}, labels()), key(route.Group{By: []string{"service"}}, labels("service", "web")),
		"a label goes before the field")
}

func TestGroupWords(t *testing.T) {
	assert.Equal(t, "by host, env, similar from 0.8, for 10m0s, until 5m0s without any",
		route.Group{By: []string{"host", "env"}, Similar: 0.8, Window: 10 * time.Minute, Idle: 5 * time.Minute}.String())
	assert.Equal(t, "with all of its source, for 1m0s", route.Group{Window: time.Minute}.String())
	assert.Equal(t, "with nothing", route.Group{}.String())
}

func TestSimilar(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want float64
	}{
		{"", "", 1},
		{"Disk full on db1: 95%", "disk FULL on db2: 97 %", 1},
		{"Timeout after 30s calling 10.0.0.1:8080 (id 7f3a-99)", "Timeout after 31s calling 10.0.0.2:8080 (id 0b2c-17)", 1},
		{"disk full on db", "memory full on db", 0.75},
		{"a b c d", "d c b a", 1},
		{"a a b", "a b b", 2.0 * 2 / 6},
		{"CPU 90%", "Disk 91%", 0},
		{"10.0.0.1", "10.0.0.2", 0},
		{"10.0.0.1", "10.0.0.1", 1},
		{"checkout is down", "", 0},
		{"Zähler läuft über", "ZÄHLER LÄUFT ÜBER", 1},
		{"web-frontend: slow.", "web-frontend slow", 1},
	} {
		assert.InDelta(t, c.want, route.Similar(c.a, c.b), 1e-9, "%q %q", c.a, c.b)
		assert.Equal(t, route.Similar(c.a, c.b), route.Similar(c.b, c.a), "symmetric")
	}
}

func FuzzSimilar(f *testing.F) {
	f.Add("disk full", "disk empty")
	f.Add("\xff-", "1")
	f.Fuzz(func(t *testing.T, a, b string) {
		v := route.Similar(a, b)
		assert.True(t, v >= 0 && v <= 1)
		assert.Equal(t, v, route.Similar(b, a))
		assert.Equal(t, 1.0, route.Similar(a, a))
	})
}
