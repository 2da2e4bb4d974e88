package httpapi_test

import (
	"context"
	"errors"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/notify"
)

// personView is what the API shows of somebody, as far as these tests look.
type personView struct {
	ID       string
	Contacts []struct {
		ID, Channel, Address string
		Own, Verified, Pages bool
		ProvedAt             *time.Time `json:"proved_at"`
		DeadAt               *time.Time `json:"dead_at"`
	}
	Rules struct {
		High []struct{ After, Contact string }
	}
	MuteUntil  *time.Time `json:"mute_until"`
	QuietUntil *time.Time `json:"quiet_until"`
	Bundle     string
	Own        []string
}

func (w *world) person(id string, headers ...string) (p personView) {
	w.Helper()
	w.send("GET", "/api/v1/users/"+id, nil, headers...).is(200).into(&p)
	return p
}

// code is the one in the latest message.
func (w *world) code() string {
	w.Helper()
	m := w.Sent.Messages()
	return regexp.MustCompile(`\d{6}`).FindString(m[len(m)-1].Summary)
}

func TestAContactPagesOnceItIsVerified(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		var made struct {
			Contact string
			Code    struct{ Result string }
		}
		add := map[string]any{"channel": "test", "address": "https://new.example.com/"}
		w.send("POST", "/api/v1/users/me/contacts", add, "ada-token").is(201).into(&made)
		require.Equal(t, "test", made.Contact)
		require.Equal(t, "accepted", made.Code.Result)
		m := w.Sent.Messages()[0]
		require.Equal(t, notify.KindUpdate, m.Kind)
		require.True(t, m.Contact.Guarded, "it is not the operator's")

		p := w.person("me", "ada-token")
		require.Len(t, p.Contacts, 2)
		require.False(t, p.Contacts[1].Verified)
		require.False(t, p.Contacts[1].Pages)
		const at = "/api/v1/users/me/contacts/test"
		require.Equal(t, []string{"code"}, fields(w.send("POST", at+"/verify", map[string]any{"code": "nope"}, "ada-token").problem(422)))
		w.send("POST", at+"/verify", map[string]any{"code": w.code()}, "ada-token").is(200).into(&p)
		require.True(t, p.Contacts[1].Verified)
		require.True(t, p.Contacts[1].Pages)
		require.NotNil(t, p.Contacts[1].ProvedAt)
		w.send("POST", at+"/verify", map[string]any{"code": w.code()}, "ada-token").problem(422) // it is good once

		w.configure(org()) // a reload
		w.raise("disk full")
		w.pass(time.Second)
		require.Len(t, w.Sent.Messages(), 3, "the code, and a page to each contact")
		w.send("DELETE", at, nil, "ada-token").is(200)
		require.Len(t, w.person("ada", "admin-token").Contacts, 1)
		var told struct{ Entries []struct{ Text string } }
		w.get("/api/v1/users/ada/timeline").is(200).into(&told)
		require.Len(t, told.Entries, 3)
		require.Equal(t, "ada added the contact test, by test", told.Entries[0].Text)
	})
}

func TestCodesAreBounded(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		const at = "/api/v1/users/ada/contacts"
		w.post(at, map[string]any{"id": "x", "channel": "test", "address": "https://x.example.com/"}).is(201)
		for range 5 {
			w.post(at+"/x/verify", map[string]any{"code": "000000x"}).problem(422)
		}
		w.post(at+"/x/verify", map[string]any{"code": w.code()}).problem(422) // five wrong ones make it void
		w.post(at+"/x/code", nil).is(200)
		w.pass(11 * time.Minute)
		w.post(at+"/x/verify", map[string]any{"code": w.code()}).problem(422) // too late
		for range 3 {
			w.post(at+"/x/code", nil).is(200)
		}
		w.post(at+"/x/code", nil).problem(429)
		w.post(at, map[string]any{"channel": "test", "address": "https://y.example.com/"}).problem(429)
		require.Len(t, w.person("ada", "admin-token").Contacts, 2, "without a code there is no contact")
		w.pass(time.Hour)
		w.post(at+"/x/code", nil).is(200)
	})
}

func TestContactsThatAreWrong(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		const at = "/api/v1/users/ada/contacts"
		require.Equal(t, []string{"channel", "address"}, fields(w.post(at, map[string]any{"channel": "pigeon"}).problem(422)))
		require.Equal(t, []string{"address"}, fields(w.post(at, map[string]any{"channel": "email", "address": "ada"}).problem(422)))
		require.Equal(t, []string{"id", "address"}, fields(w.post(at, map[string]any{"id": "hook", "channel": "test", "address": "http://ada/"}).problem(422)))
		w.post("/api/v1/users/nobody/contacts", map[string]any{"channel": "test", "address": "x"}).problem(404)
		w.send("DELETE", at+"/hook", nil, "admin-token").problem(409)
		w.send("DELETE", at+"/nope", nil, "admin-token").problem(404)
		w.post(at+"/nope/code", nil).problem(404)
	})
}

func TestNobodySetsWhatIsSomebodyElses(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for _, token := range []string{"ada-token", "bot-token", "viewer-token"} {
			w.send("POST", "/api/v1/users/ben/mute", map[string]any{"for": "1h"}, token).problem(403)
			require.Empty(t, w.person("ben", token).Contacts[0].Address)
		}
		w.send("POST", "/api/v1/users/ben/mute", map[string]any{"for": "1h"}, "admin-token").is(200)
		require.NotEmpty(t, w.person("ada", "ada-token").Contacts[0].Address)
	})
}

func TestWhatPeopleSet(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		put := func(what string, body any) answer {
			return w.send("PUT", "/api/v1/users/me/"+what, body, "ada-token")
		}
		put("rules", `{"high":[{"after":"1m","contact":"hook"}]}`).is(200)
		put("quiet", `{"quiet":[{"days":["mon"],"from":"22:00","to":"07:00"}]}`).is(200)
		put("updates", `{"resolved":false,"acknowledged":true}`).is(200)
		put("bundle", `{"bundle":"2m"}`).is(200)
		p := w.person("me", "ada-token")
		require.Equal(t, []string{"bundle", "quiet", "rules", "updates"}, p.Own)
		require.Equal(t, "1m0s", p.Rules.High[0].After)

		require.Equal(t, []string{"high[0].contact"}, fields(put("rules", `{"high":[{"contact":"gone"}]}`).problem(422)))
		require.Equal(t, []string{"quiet[0]"}, fields(put("quiet", `{"quiet":[{"from":"22:00","to":"07:00"}]}`).problem(422)))
		require.Equal(t, []string{"bundle"}, fields(put("bundle", `{"bundle":"2h"}`).problem(422)))
		put("updates", `{"resolve":false}`).problem(400)

		var muted personView
		w.send("POST", "/api/v1/users/me/mute", `{"until":"18:00"}`, "ada-token").is(200).into(&muted)
		require.Equal(t, time.Date(2000, 1, 1, 17, 0, 0, 0, time.UTC), muted.MuteUntil.UTC(), "in her own zone")
		require.NotNil(t, muted.QuietUntil)
		w.send("POST", "/api/v1/users/me/mute", `{}`, "ada-token").problem(422)
		w.send("POST", "/api/v1/users/me/mute", `{"for":"9000h"}`, "ada-token").problem(422)
		var unmuted personView
		w.send("POST", "/api/v1/users/me/unmute", nil, "ada-token").is(200).into(&unmuted)
		require.Nil(t, unmuted.MuteUntil)

		for _, what := range []string{"rules", "quiet", "updates", "bundle"} {
			w.send("DELETE", "/api/v1/users/me/"+what, nil, "ada-token").is(200)
		}
		require.Equal(t, []string{"mute"}, w.person("me", "ada-token").Own)
	})
}

func TestTestMyNotifications(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.Sent.Respond = func(_ context.Context, m notify.Message) error {
			if m.User == "ben" {
				return notify.Permanent(errors.New("no such mailbox"))
			}
			return nil
		}
		var got struct {
			OK      bool
			Results []struct{ Contact, Result, Error string }
		}
		w.post("/api/v1/users/ada/test", nil).is(200).into(&got)
		require.True(t, got.OK)
		for range 3 {
			w.post("/api/v1/users/ben/test", `{"contact":"hook"}`).is(200).into(&got)
		}
		require.False(t, got.OK)
		require.Equal(t, "refused", got.Results[0].Result)
		require.Equal(t, "no such mailbox", got.Results[0].Error)
		require.NotNil(t, w.person("ben", "admin-token").Contacts[0].DeadAt, "three in a row")
		require.Contains(t, w.get("/metrics").is(200).Body.String(), "watchbill_dead_contacts 1\n")
		w.post("/api/v1/users/ada/test", `{"contact":"gone"}`).problem(404)
		for range 9 {
			w.post("/api/v1/users/ada/test", nil).is(200)
		}
		w.post("/api/v1/users/ada/test", nil).problem(429)

		var all struct {
			Contacts []struct {
				User       string
				AcceptedAt *time.Time `json:"accepted_at"`
			}
		}
		w.get("/api/v1/reachability").is(200).into(&all)
		require.Len(t, all.Contacts, 3)
		require.NotNil(t, all.Contacts[0].AcceptedAt)
	})
}

func TestTheListOfASummary(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.raise("disk <full>")
		w.pass(time.Second)
		links := httpapi.Links{PublicURL: "https://ops.example.com/oncall", Key: signingKey}
		at := strings.TrimPrefix(links.ListURL("ada"), "https://ops.example.com/oncall")
		html := w.send("GET", at, nil).is(200).Body.String()
		require.Contains(t, html, "disk &lt;full&gt;")
		require.Contains(t, html, links.AckURL(a.ID, "ada"))
		w.post("/api/v1/alerts/"+string(a.ID)+"/resolve", `{"by":"ben"}`).is(200)
		require.Contains(t, w.send("GET", at, nil).is(200).Body.String(), "all is done")
		require.NotContains(t, w.send("GET", strings.TrimPrefix(links.ListURL("ben"), "https://ops.example.com/oncall"), nil).is(200).Body.String(), "disk")
		for _, bad := range []string{at[:len(at)-1], at + "A", "/mine/x", "/mine/" + strings.TrimPrefix(links.ProofURL("ada", "hook", time.Now()), "https://ops.example.com/oncall/confirm/")} {
			w.send("GET", bad, nil).is(404)
		}
	})
}

func TestATapProvesThatAContactWorks(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		links := httpapi.Links{PublicURL: "https://ops.example.com/oncall", Key: signingKey}
		at := strings.TrimPrefix(links.ProofURL("ada", "hook", time.Now()), "https://ops.example.com/oncall")
		require.Contains(t, w.send("GET", at, nil).is(200).Body.String(), "Yes, it reaches me")
		require.Nil(t, w.person("ada", "admin-token").Contacts[0].ProvedAt, "a preview proves nothing")
		require.Contains(t, w.send("POST", at, nil).is(200).Body.String(), "Thank you")
		require.NotNil(t, w.person("ada", "admin-token").Contacts[0].ProvedAt)
		old := strings.TrimPrefix(links.ProofURL("ada", "hook", time.Now().AddDate(0, 0, -15)), "https://ops.example.com/oncall")
		w.send("POST", old, nil).is(410)
		require.Empty(t, httpapi.Links{}.ProofURL("ada", "hook", time.Now()))
	})
}
