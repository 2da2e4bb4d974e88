package httpapi_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/handover"
	"github.com/watchbill/watchbill/httpapi"
)

const ofPrimary = "/api/v1/schedules/primary/handover"

func TestHandovers(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		monday := time.Date(2000, 1, 3, 8, 0, 0, 0, time.UTC)
		w.post("/api/v1/alerts", map[string]string{"service": "shop", "summary": "disk full", "severity": "error"}).is(http.StatusCreated)
		w.pass(time.Second)

		var h handover.Handover
		w.get(ofPrimary).is(http.StatusOK).into(&h)
		require.True(t, monday.Equal(h.At))
		require.Len(t, h.Work.Alerts, 1)
		require.Equal(t, "https://ops.example.com/oncall/api/v1/alerts/"+string(h.Work.Alerts[0].ID), h.Work.Alerts[0].Link)
		require.Equal(t, 1, h.Work.Happened.Pages)
		require.Contains(t, w.get(ofPrimary).Body.String(), `"notes":[],"acknowledgements":[]`)

		w.post(ofPrimary+"/note", map[string]string{"by": "ada", "text": "db2 is *slow*"}).is(http.StatusOK).into(&h)
		require.Len(t, h.Notes, 1)
		md := w.get(ofPrimary + "?format=md").is(http.StatusOK)
		require.Equal(t, "text/markdown; charset=utf-8", md.Header().Get("Content-Type"))
		require.Contains(t, md.Body.String(), "- **When:** Mon, 3 Jan 2000 09:00 CET\n- **From:** Ada Okafor\n- **To:** Ben Li\n")
		require.Contains(t, md.Body.String(), `> db2 is \*slow\*`)
		require.Contains(t, w.get(ofPrimary+"?format=markdown&timezone=America/New_York").Body.String(), "03:00 EST")

		w.pass(time.Until(monday) + time.Hour)
		w.post(ofPrimary+"/ack", map[string]string{"by": "ben", "text": "thanks"}).is(http.StatusOK).into(&h)
		require.True(t, h.Acknowledged())
		var page struct {
			Handovers []handover.Handover
			Next      string
		}
		w.get("/api/v1/handovers?schedule=primary").is(http.StatusOK).into(&page)
		require.Len(t, page.Handovers, 1)
		require.Equal(t, h, page.Handovers[0])
		w.get("/api/v1/handovers?schedule=empty").is(http.StatusOK).into(&page)
		require.Empty(t, page.Handovers)
		w.get(ofPrimary).is(http.StatusOK).into(&h)
		require.True(t, monday.AddDate(0, 0, 7).Equal(h.At), "the next, now that this one is acknowledged")
		w.get(ofPrimary + "?at=2000-01-03T08:00:00Z").is(http.StatusOK).into(&h)
		require.True(t, h.Acknowledged())
	})
}

func TestHandoverRefusals(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		field := func(p httpapi.Problem, name, reason string) {
			t.Helper()
			require.Len(t, p.Errors, 1)
			require.Equal(t, httpapi.FieldError{Field: name, Reason: reason}, p.Errors[0])
		}
		field(w.post(ofPrimary+"/note", map[string]string{"by": "ada"}).problem(422), "text", "is missing")
		field(w.post(ofPrimary+"/note", map[string]string{"by": "eve", "text": "x"}).problem(422), "by", `there is no user "eve"`)
		field(w.post(ofPrimary+"/ack", map[string]string{"by": "cem"}).problem(422), "by", `"cem" does not come on call by this hand-off; ada can acknowledge it`)
		field(w.post(ofPrimary+"/ack", map[string]string{"by": "ben", "at": "soon"}).problem(400), "at", `"soon" is not a time; write 2026-01-05T09:00, 18:00, 4h (from now), or 2026-01-05T09:00:00+01:00 with an offset`)
		field(w.post(ofPrimary+"/note", map[string]string{"by": "ben", "txt": "soon"}).problem(400), "txt", "is not a field of this request")
		field(w.get(ofPrimary+"?format=pdf").problem(400), "format", "expected one of json, md, markdown")
		field(w.get(ofPrimary+"?timezone=Mars/Base").problem(400), "timezone", "expected an IANA time zone such as Europe/Berlin")
		field(w.get("/api/v1/handovers?limit=0").problem(400), "limit", "expected a number from 1 to 200")
		require.Equal(t, `there is no schedule "other"`, w.get("/api/v1/schedules/other/handover").problem(404).Detail)
		require.Equal(t, `there is no hand-over "empty"`, w.get("/api/v1/schedules/empty/handover").problem(404).Detail)
		require.Equal(t, `there is no hand-over "primary at 2000-01-04T00:00:00Z"`, w.get(ofPrimary+"?at=2000-01-04T00:00:00Z").problem(404).Detail)
		w.send("POST", ofPrimary+"/note", map[string]string{"by": "ada", "text": "x"}, "viewer-token").problem(403)
		w.send("GET", ofPrimary, nil, "intake-token").problem(403)
	})
}

func TestAReviewIsNoted(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var got struct{ Schedule, By string }
		w.post("/api/v1/schedules/primary/review", map[string]string{"by": "ada"}).is(http.StatusOK).into(&got)
		require.Equal(t, "primary", got.Schedule)
		require.Equal(t, "ada", got.By)
		require.Equal(t, `there is no schedule "other"`, w.post("/api/v1/schedules/other/review", map[string]string{"by": "ada"}).problem(404).Detail)
	})
}

func TestHandoverURL(t *testing.T) {
	require.Equal(t, "https://ops/x/api/v1/schedules/a%2Fb/handover?format=md&at=2026-01-05T09:00:00Z",
		httpapi.Links{PublicURL: "https://ops/x/"}.HandoverURL("a/b", time.Date(2026, 1, 5, 10, 0, 0, 0, time.FixedZone("", 3600))))
}

// Who acknowledges early sees what was noted since, and may acknowledge that too; a document ends with the next.
func TestANoteAfterTheAcknowledgement(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var h handover.Handover
		act := func(word string, body map[string]string) {
			t.Helper()
			body["at"] = "2000-01-03T09:00" // in the schedule's zone
			w.pass(time.Minute)
			w.post(ofPrimary+"/"+word, body).is(http.StatusOK).into(&h)
		}
		act("ack", map[string]string{"by": "ben"})
		act("note", map[string]string{"by": "ada", "text": "one more thing"})
		require.Equal(t, 1, h.Later())
		require.Equal(t, "2000-01-03T09:00:00+01:00", h.At.Format(time.RFC3339))
		const path = ofPrimary + "?format=md&at=2000-01-03T09:00"
		text := w.get(path).is(http.StatusOK).Body.String()
		require.Contains(t, text, "**Ada Okafor**, Sat, 1 Jan 2000 01:02 CET, after the acknowledgement:\n")
		require.Contains(t, text, "\nNext: Mon, 10 Jan 2000 09:00 CET, Ben Li to Ada Okafor, no notes\n")
		act("ack", map[string]string{"by": "ben", "text": "seen"})
		require.Zero(t, h.Later())
		require.Len(t, h.Acks, 2)
		require.NotContains(t, w.get(path).Body.String(), "after the acknowledgement")
		w.post(ofPrimary+"/note", map[string]string{"by": "ada", "text": "x", "at": "2000-01-10T09:00"}).is(http.StatusOK)
		require.Contains(t, w.get(path).Body.String(), "\nNext: Mon, 10 Jan 2000 09:00 CET, Ben Li to Ada Okafor, 1 note\n")
	})
}
