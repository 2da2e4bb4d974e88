package httpapi_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/httpapi"
)

func TestWhatPeopleDoWithAlerts(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		raise := func(summary string) string {
			var a httpapi.Alert
			w.post("/api/v1/alerts", fmt.Sprintf(`{"service":"shop","summary":%q,"severity":"critical"}`, summary)).is(201).into(&a)
			w.pass(time.Second)
			return "/api/v1/alerts/" + string(a.ID)
		}
		var a httpapi.Alert
		one := raise("disk")
		w.post(one+"/snooze", `{"by":"ada","for":"1h"}`).is(200).into(&a)
		assert.Equal(t, alert.Acknowledged, a.State)
		require.NotNil(t, a.SnoozedUntil)
		w.post(one+"/snooze", `{"by":"ada","until":"yesterday"}`).problem(400)
		w.post(one+"/snooze", `{"by":"ada","for":"-1h"}`).problem(422)
		w.pass(time.Hour + time.Second)
		w.get(one).is(200).into(&a)
		assert.Equal(t, alert.Triggered, a.State, "the snooze is over")

		w.post(one+"/decline", `{"by":"ada"}`).is(200).into(&a)
		assert.Equal(t, 2, a.Level, "nobody else was pending")
		w.post(one+"/reassign", `{"by":"ada","user":"cem"}`).is(200).into(&a)
		assert.EqualValues(t, "user:cem", a.Policy)
		w.post(one+"/reassign", `{"by":"ada","target":"team:none"}`).problem(422)
		w.post(one+"/reassign", `{"by":"ada"}`).problem(422)
		w.post(one+"/respond", `{"by":"ada","user":"ben"}`).is(200).into(&a)
		w.post(one+"/dismiss", `{"by":"ada","user":"ben"}`).is(200).into(&a)
		w.post(one+"/comment", `{"by":"ada","text":"the second disk this week"}`).is(200).into(&a)
		w.post(one+"/comment", `{"by":"ada","text":" "}`).problem(422)
		w.post(one+"/link", `{"by":"ada","href":"https://wiki/disk","text":"Runbook"}`).is(200).into(&a)
		assert.Len(t, a.Links, 1)
		w.post(one+"/link", `{"by":"ada","href":"javascript:alert(1)"}`).problem(422)

		two := raise("another disk")
		id := func(path string) string { return path[len("/api/v1/alerts/"):] }
		w.post(two+"/merge", fmt.Sprintf(`{"by":"ada","into":%q}`, id(one))).is(200).into(&a)
		assert.EqualValues(t, id(one), a.Parent)
		w.post(two+"/split", `{"by":"ada"}`).is(200).into(&a)
		assert.Empty(t, a.Parent)
		w.post(two+"/split", `{"by":"ada"}`).problem(422)

		var bulk struct{ Results []httpapi.BulkResult }
		w.post("/api/v1/alerts/bulk", fmt.Sprintf(`{"by":"ada","action":"resolve","ids":[%q,"none",%q]}`, id(one), id(two))).is(200).into(&bulk)
		require.Len(t, bulk.Results, 3)
		assert.Equal(t, alert.Resolved, bulk.Results[0].State)
		assert.NotEmpty(t, bulk.Results[1].Error)
		assert.Equal(t, alert.Resolved, bulk.Results[2].State)
		w.post("/api/v1/alerts/bulk", `{"by":"ada","action":"dance","ids":["x"]}`).problem(422)
		w.post(one+"/comment", `{"by":"ada","text":"it was the controller"}`).is(200).into(&a)
		w.post(one+"/snooze", `{"by":"ada","for":"1h"}`).problem(409)
	})
}

func TestWhatHappensNext(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var a httpapi.Alert
		w.post("/api/v1/alerts", `{"service":"shop","summary":"disk","severity":"critical"}`).is(201).into(&a)
		w.pass(time.Second)
		var got struct {
			Plan []struct {
				At     time.Time `json:"at"`
				Level  int       `json:"level"`
				People []struct{ User, Why string }
			} `json:"plan"`
		}
		w.get("/api/v1/alerts/" + string(a.ID) + "/plan?limit=3").is(200).into(&got)
		require.Len(t, got.Plan, 3)
		assert.Equal(t, "ada", got.Plan[0].People[0].User)
		assert.False(t, got.Plan[1].At.Before(got.Plan[0].At))
		w.get("/api/v1/alerts/none/plan").problem(404)
		w.get("/api/v1/alerts/" + string(a.ID) + "/plan?limit=0").problem(400)
	})
}
