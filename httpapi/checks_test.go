package httpapi_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/httpapi"
)

func TestCheck(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var got struct {
			Findings  []struct{ Rule, Severity, Subject string }
			Proved    []string
			WorstCase []struct {
				Policy string
				First  string `json:"to_first_page"`
			} `json:"worst_case"`
		}
		w.get("/api/v1/check?from=2000-01-04T00:00:00Z&horizon=240h").is(200).into(&got)
		require.NotEmpty(t, got.WorstCase)
		rules := map[string]bool{}
		for _, f := range got.Findings {
			rules[f.Rule+" "+f.Subject] = true
		}
		require.True(t, rules["coverage-gap schedule:empty"], "%v", got.Findings)
		w.get("/api/v1/check?horizon=-1h").problem(400)
		w.get("/api/v1/check?horizon=1000000h").problem(400)
		w.get("/api/v1/check?depth=1").problem(400)
	})
}

// TestOneCheckAtATime: a check waits for the one before it, for a while, or until its client goes away.
func TestOneCheckAtATime(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		release := w.handler.(*httpapi.Handler).Proving()
		began := time.Now()
		a := w.get("/api/v1/check?horizon=1h")
		a.problem(503)
		require.Equal(t, "2", a.Header().Get("Retry-After"))
		require.Equal(t, 10*time.Second, time.Since(began))
		began = time.Now()
		time.AfterFunc(time.Second, release)
		w.get("/api/v1/check?horizon=30d").is(200)
		require.Equal(t, time.Second, time.Since(began))
	})
}

// TestCheckKnowsWhichChannelsSend: the engine has a channel "test" only, and nobody can be paged over another.
func TestCheckKnowsWhichChannelsSend(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		c := org()
		for i := range c.Catalog.Users {
			c.Catalog.Users[i].Contacts[0].Channel = "sms"
		}
		w.configure(c)
		var got struct {
			Findings []struct{ Rule string }
		}
		w.get("/api/v1/check?horizon=24h").is(200).into(&got)
		require.Equal(t, "policy-gap", got.Findings[0].Rule)
	})
}

// TestDiff: what an edit changed is seen by asking for a time before it and one after it.
func TestDiff(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		before := time.Now()
		<-time.After(time.Hour)
		c := org()
		layer := &c.Schedules[0].Layers[0]
		layer.Users = append(layer.Users, "ben", "ben", "ben")
		w.configure(c)
		var got struct {
			People []struct{ User, Gains, Loses string }
		}
		path := "/api/v1/diff?before=" + before.UTC().Format(time.RFC3339)
		w.get(path).is(200).into(&got)
		require.NotEmpty(t, got.People)
		w.get(path + "&after=" + before.UTC().Format(time.RFC3339)).is(200).into(&got)
		require.Empty(t, got.People, "nothing changed between an instant and itself")
		w.get("/api/v1/diff").problem(400)
		w.get(path + "&horizon=1000000h").problem(400)
	})
}
