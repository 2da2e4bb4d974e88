package clienttest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"testing"

	"github.com/emersion/go-vcard"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store/memory"
)

// senders serves the card of the addresses from which messages come.
func senders(t *testing.T) []byte {
	t.Helper()
	s := memory.New()
	e, err := engine.New(engine.Config{Store: s})
	require.NoError(t, err)
	_, err = e.Configure(t.Context(), at(1, 0, 0), oncall.Config{Catalog: catalog.Catalog{Users: []catalog.User{{ID: "ada"}}}})
	require.NoError(t, err)
	links := httpapi.Links{PublicURL: "https://oncall.example.com", Key: []byte("0123456789abcdef")}
	h, err := httpapi.New(httpapi.Config{Engine: e, Store: s, PublicURL: links.PublicURL, SigningKey: links.Key,
		Senders: func() []httpapi.Sender {
			return []httpapi.Sender{{Channel: "sms", Address: "+4930123456"}, {Channel: "voice", Address: "+4930123456"},
				{Channel: "email", Address: "oncall@a-rather-long-name-of-a-domain.which-needs-folding.example.com"}}
		}})
	require.NoError(t, err)
	answer := httptest.NewRecorder()
	h.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, links.SendersURL("ada")[len(links.PublicURL):], nil))
	require.Equal(t, http.StatusOK, answer.Code)
	return answer.Body.Bytes()
}

// TestOthersReadTheCard: two parsers that nobody here wrote find the same in it.
func TestOthersReadTheCard(t *testing.T) {
	data := senders(t)
	t.Run("go-vcard", func(t *testing.T) {
		card, err := vcard.NewDecoder(bytes.NewReader(data)).Decode()
		require.NoError(t, err)
		require.Equal(t, "4.0", card.Value(vcard.FieldVersion))
		require.Equal(t, "Watchbill", card.Value(vcard.FieldFormattedName))
		require.Equal(t, vcard.KindOrganization, card.Kind())
		require.Equal(t, []string{"+4930123456"}, card.Values(vcard.FieldTelephone))
		require.Equal(t, []string{"oncall@a-rather-long-name-of-a-domain.which-needs-folding.example.com"}, card.Values(vcard.FieldEmail))
		require.Contains(t, card.Value(vcard.FieldUID), "urn:uuid:")
		rev, err := card.Revision()
		require.NoError(t, err)
		require.False(t, rev.IsZero())
	})
	t.Run("ical.js", func(t *testing.T) {
		node := need(t, "apt-get install -y --no-install-recommends nodejs npm", "node", "nodejs")
		needPackage(t, "ical.js")
		c := exec.CommandContext(t.Context(), node, "npm/vcard.cjs")
		c.Stdin = bytes.NewReader(data)
		var faults bytes.Buffer
		c.Stderr = &faults
		out, err := c.Output()
		require.NoError(t, err, faults.String())
		var card struct {
			Name string
			Read []struct {
				Name, Value string
				Type        any
			}
		}
		require.NoError(t, json.Unmarshal(out, &card))
		require.Equal(t, "vcard", card.Name)
		got := map[string]string{}
		for _, p := range card.Read {
			got[p.Name] = p.Value
			if p.Name == "tel" {
				require.ElementsMatch(t, []any{"work", "text", "voice"}, p.Type)
			}
		}
		require.Equal(t, "Watchbill", got["fn"])
		require.Equal(t, "+4930123456", got["tel"])
		require.Equal(t, "oncall@a-rather-long-name-of-a-domain.which-needs-folding.example.com", got["email"])
		require.Equal(t, "https://oncall.example.com", got["url"])
	})
}
