package httpapi_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// fieldsNamed is an object of n fields that no command has.
func fieldsNamed(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"f%03d":1,`, i)
	}
	return "{" + strings.TrimSuffix(b.String(), ",") + "}"
}

func TestReportsOfACommandAreBounded(t *testing.T) {
	inResponse(t, func(t *testing.T, w *world) {
		_, at := w.declare()
		for _, c := range []struct {
			fields, problems int
			more             bool
		}{{18, 19, false}, {19, 20, false}, {20, 20, true}, {200, 20, true}} {
			p := w.post(at+"/comments", fieldsNamed(c.fields)).problem(400) // and by is missing
			require.Len(t, p.Errors, c.problems)
			require.Equal(t, "by", p.Errors[0].Field)
			require.Equal(t, c.more, strings.HasSuffix(p.Errors[len(p.Errors)-1].Reason, "; and more fields are wrong"), c.fields)
		}
		for _, n := range []int{201, 40_000} {
			p := w.post(at+"/comments", fieldsNamed(n)).problem(400)
			require.Equal(t, fmt.Sprintf("the body has %d fields; no request has more than 200", n), p.Detail)
			require.Empty(t, p.Errors)
		}
	})
}

func TestTheListOfPostmortemsIsWithoutTimelines(t *testing.T) {
	inResponse(t, func(t *testing.T, w *world) {
		id, at := w.declare()
		w.does(at+"/status", object{"status": "resolved"})
		var one object
		w.get("/api/v1/postmortems/" + id).is(200).into(&one)
		require.NotEmpty(t, one["timeline"])
		var list struct{ Postmortems []object }
		w.get("/api/v1/postmortems").is(200).into(&list)
		require.Len(t, list.Postmortems, 1)
		require.Equal(t, id, list.Postmortems[0]["incident"])
		require.NotContains(t, list.Postmortems[0], "timeline")
		w.get("/api/v1/postmortems/" + id).is(200).into(&one)
		require.NotEmpty(t, one["timeline"], "it is left out of the answer only")
	})
}

func TestTheLogSaysSinceWhenAPageIsNotFresh(t *testing.T) {
	onSite(t, func(t *testing.T, s *site) {
		require.Equal(t, 200, s.get("/public").Code)
		<-time.After(time.Hour) // in the test's own time
		require.Equal(t, 200, s.get("/public").Code, "nothing has changed")
		seen := time.Now()
		<-time.After(time.Minute)
		s.fail("disk full")
		require.Equal(t, 200, s.get("/public").Code)
		require.Contains(t, s.log.String(), "since="+seen.UTC().Format("2006-01-02T15:04:05"))
	})
}
