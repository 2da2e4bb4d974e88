package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestContactCommands(t *testing.T) {
	var mu sync.Mutex
	var summaries []string
	phone := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Notice struct{ Summary string } }
		data, _ := io.ReadAll(r.Body)
		_ = json.Unmarshal(data, &body)
		mu.Lock()
		defer mu.Unlock()
		summaries = append(summaries, body.Notice.Summary)
	}))
	defer phone.Close()
	t.Setenv("WATCHBILL_USER", "")
	s := serving(t, `
users:
  - {id: ada, name: Ada Okafor, contacts: [{id: hook, channel: webhook, address: "`+phone.URL+`"}]}
  - {id: ben, name: Ben Li, contacts: [{id: hook, channel: webhook, address: "http://127.0.0.1:9"}]}
policies: [{id: web, levels: [{targets: user:ada}]}]
services: [{id: checkout, policy: web}]
api_keys:
  - {id: ops, role: admin, token: ops-token}
  - {id: ada, role: responder, token: ada-token, user: ada}
channels: {smtp: {addr: "127.0.0.1:9", from: oncall@example.com, tls: none}}
`)
	s.goes(step{"contacts list @ -user ada", []string{"Ada Okafor (ada)\n  hook  webhook  http://127.0.0.1:", "never tried"}},
		step{"contacts test @ -user ada", []string{"hook (webhook): accepted"}},
		step{"contacts mute @ -user ada -for 2h", []string{"quiet now  until "}},
		step{"contacts unmute @ -user ada -by ben", []string{"Ada Okafor"}},
		step{"contacts rules -server " + s.base + " -token ada-token -high hook -high 5m=hook", []string{"hook after 0s, hook after 5m0s"}},
		step{"contacts quiet @ -user ada -hours mon,tue,22:00-07:00", []string{"mon, tue 22:00 to 07:00"}},
		step{"contacts bundle @ -user ada -for 2m", []string{"2m0s"}},
		step{"contacts updates @ -user ada -resolved false", nil},
		step{"contacts timeline @ -user ada", []string{"key:ops changed mute", "ben (via ops) changed mute", "ada changed rules"}},
		step{"contacts reach @", []string{"ada  hook  webhook  a provider took a message", "ben  hook  webhook  never tried"}})
	require.Contains(t, summaries, "This is a test of your notifications")

	code, out, problems := s.types("contacts test @ -user ben")
	require.Equal(t, 1, code)
	require.Regexp(t, regexp.MustCompile(`^hook \(webhook\): failed: .*refused`), out)
	require.Contains(t, problems, "hook could not be reached")
	code, out, _ = s.types("contacts add @ -user ada -channel webhook -address " + phone.URL + "/other")
	require.Equal(t, 1, code)
	require.Contains(t, out, "webhook (webhook): refused: ", "an address of this machine is not the operator's")
	for line, want := range map[string]struct {
		code int
		text string
	}{
		"contacts verify @ -user ada -id webhook -code 1":                    {1, "-code: is wrong"},
		"contacts add @ -user ada -channel email -address ada":               {1, "-address: must be an e-mail address"},
		"contacts add @ -user ada -channel sms -address +4930123456":         {1, `-channel: "sms" is not set up`},
		"contacts rules @ -user ada -high soon=hook":                         {2, "-high: "},
		"contacts quiet @ -user ada -hours always":                           {2, "-hours: "},
		"contacts mute -token ada-token -user ben -for 1h -server " + s.base: {1, "only ben and administrators may"},
	} {
		code, _, problems := s.types(line)
		require.Equal(t, want.code, code, "%s: %s", line, problems)
		require.Contains(t, problems, want.text, line)
	}
	s.goes(step{"contacts list @ -user ada", []string{"waits for its code"}},
		step{"contacts remove @ -user ada -id webhook", []string{"Ada Okafor"}})
}

func TestTheCardHasTheNumbersOfTheFile(t *testing.T) {
	s := serving(t, `
users: [{id: ada, contacts: [{id: phone, channel: sms, address: "+4930999"}]}]
api_keys: [{id: ada, role: responder, token: ada-token, user: ada}]
catch_all: user:ada
channels:
  smtp: {addr: "127.0.0.1:9", from: "On-call <oncall@example.com>", tls: none}
  twilio:
    - {account: AC0123456789abcdef0123456789abcdef, token: secret, from: "+4930111111", base_url: "http://127.0.0.1:9"}
    - {account: AC0123456789abcdef0123456789abcdee, token: secret, from: Watchbill, voice_from: "+4930222222", base_url: "http://127.0.0.1:9"}
`)
	card, err := request(t.Context(), http.MethodGet, s.base+"/api/v1/senders.vcf", "ada-token", nil)
	require.NoError(t, err)
	require.Contains(t, string(card), "EMAIL;TYPE=work:oncall@example.com\r\n")
	require.Contains(t, string(card), `TYPE="work,text,voice":+4930111111`)
	require.Contains(t, string(card), `TYPE="work,voice":+4930222222`)
	require.NotContains(t, string(card), "work:Watchbill")
}
