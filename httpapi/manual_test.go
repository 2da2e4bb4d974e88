package httpapi_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const formType = "application/x-www-form-urlencoded"

func TestPeopleReportByForm(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		const path = "/intake/form/gen-key"
		page := w.send("GET", path, nil).is(200).words()
		assert.Contains(t, page, "Whoever is on call for Web shop is paged")
		again := w.send("POST", path, url.Values{"who": {"<b>everybody</b>"}}.Encode(), "Content-Type: "+formType).is(422)
		assert.Contains(t, again.Body.String(), "&lt;b&gt;everybody", "what was written is kept")
		w.send("POST", path, url.Values{"summary": {"nothing works"}, "severity": {"critical"}, "who": {"everybody"}}.Encode(), "Content-Type: "+formType).is(201)
		require.Len(t, w.alerts(), 1)
		assert.Equal(t, "nothing works", w.alerts()[0].Summary)
		w.pass(time.Second)
		require.Len(t, w.Sent.Messages(), 1)
		w.send("GET", "/intake/form/none", nil).is(401)
		w.send("GET", "/intake/form/am-key", nil).is(404)
		w.send("POST", "/intake/form/paused-key", url.Values{"summary": {"x"}}.Encode(), "Content-Type: "+formType).is(503)
	})
}

// TestPeopleAreToldThatAReportIsHeld: whoever reports must not wait for somebody who is not paged.
func TestPeopleAreToldThatAReportIsHeld(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.send("POST", "/api/v1/silences", `{"by": "ada", "matchers": ["source=~\".+\""], "for": "1h"}`, "Authorization: Bearer admin-token").is(201)
		done := w.send("POST", "/intake/form/gen-key", url.Values{"summary": {"nothing works"}}.Encode(), "Content-Type: "+formType).is(201)
		assert.Contains(t, done.words(), "it pages nobody for now: it is held by silence")
		var chat struct{ Text string }
		w.send("POST", "/intake/chat/gen-key", url.Values{"text": {"help, please"}}.Encode(), "Content-Type: "+formType).is(200).into(&chat)
		assert.Contains(t, chat.Text, "nobody is paged for now: it is held by silence")
		w.pass(time.Second)
		assert.Empty(t, w.Sent.Messages())
	})
}

func TestPeopleReportFromAChat(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		say := func(text string) (answered struct {
			Type string `json:"response_type"`
			Text string
		}) {
			w.send("POST", "/intake/chat/gen-key", url.Values{"text": {text}, "user_name": {"kim"}}.Encode(), "Content-Type: "+formType).is(200).into(&answered)
			return answered
		}
		assert.Contains(t, say("help").Text, "Nobody was paged: say what is wrong")
		done := say("critical checkout is down")
		assert.Equal(t, "in_channel", done.Type)
		assert.Contains(t, done.Text, "Paging whoever is on call: checkout is down (critical, alert ")
		require.Len(t, w.alerts(), 1)
		assert.Equal(t, "kim", w.alerts()[0].Labels["reporter"])
	})
}
