package httpapi_test

import (
	"encoding/xml"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule/chart"
)

// TestPicture: the picture is that of the list beside it, under a policy that allows its own style and nothing else.
func TestPicture(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.get("/api/v1/schedules/primary/shifts.svg").is(200)
		require.Equal(t, "image/svg+xml", a.Header().Get("Content-Type"))
		require.Equal(t, chart.CSP(), a.Header().Get("Content-Security-Policy"))
		require.Equal(t, "nosniff", a.Header().Get("X-Content-Type-Options"))
		var picture struct {
			Desc string `xml:"desc"`
		}
		require.NoError(t, xml.Unmarshal(a.Body.Bytes(), &picture))
		require.Contains(t, picture.Desc, "Who is on call from Mon 27 Dec 1999 00:00 CET to Mon 24 Jan 2000 00:00 CET, Europe/Berlin.")
		require.Contains(t, picture.Desc, "Ada Okafor, 2 shifts, 336 h. Ben Li, 2 shifts, 327 h.")
		require.Contains(t, a.Body.String(), ">now<")
		require.Contains(t, a.Body.String(), "<style>")

		body := w.get("/api/v1/schedules/primary/shifts.svg?theme=dark&from=2000-01-03T00:00:00Z&to=2000-01-10T00:00:00Z").is(200).Body.String()
		require.Contains(t, body, "Who is on call from Mon 3 Jan 2000 01:00 CET to Mon 10 Jan 2000 01:00 CET")
		require.NotContains(t, body, "<style>")
		require.Contains(t, w.get("/api/v1/schedules/empty/shifts.svg").is(200).Body.String(), ">nobody<")
	})
}

func TestPictureRefused(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for query, field := range map[string]string{
			"?theme=pink": "theme", "?from=tomorrow": "from", "?width=9": "width",
			"?from=2000-01-03T00:00:00Z&to=2000-01-03T00:00:00Z": "to",
			"?from=2000-01-03T00:00:00Z&to=2003-01-03T00:00:00Z": "to",
		} {
			p := w.get("/api/v1/schedules/primary/shifts.svg" + query).problem(400)
			require.Equal(t, field, p.Errors[0].Field, query)
		}
		w.get("/api/v1/schedules/nope/shifts.svg").problem(404)
		w.send("GET", "/api/v1/schedules/primary/shifts.svg", nil, "intake-token").problem(403)
		w.send("GET", "/api/v1/schedules/primary/shifts.svg", nil).problem(401)
		w.send("GET", "/api/v1/schedules/primary/shifts.svg", nil, "viewer-token").is(200)
	})
}

// TestPictureOfThePast: what people were on call by then stays, whatever is configured now.
func TestPictureOfThePast(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		w.pass(10 * time.Hour)
		next := org()
		next.Schedules[0].Layers[0].Users = []watchbill.UserID{"cem"}
		next.Schedules = next.Schedules[:1]
		w.configure(next)
		w.pass(time.Hour)
		body := w.get("/api/v1/schedules/primary/shifts.svg?from=2000-01-01T00:00:00Z&to=2000-01-02T00:00:00Z").is(200).Body.String()
		require.Contains(t, body, "Ada Okafor, Sat 1 Jan 01:00 to Sat 1 Jan 11:00 CET, layer week, turn 0")
		require.Contains(t, body, "cem, Sat 1 Jan 11:00 to Sun 2 Jan 01:00 CET, layer week, turn 0")
		w.get("/api/v1/schedules/empty/shifts.svg?from=2000-01-01T00:00:00Z&to=2000-01-02T00:00:00Z").is(200)
		w.get("/api/v1/schedules/empty/shifts.svg").problem(404)
	})
}
