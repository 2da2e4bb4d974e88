package httpapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/httpapi"
)

func TestTheCardOfTheSenders(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		senders := []httpapi.Sender{{"sms", "+4930123456"}, {"voice", "+4930123456"}, {"voice", "+4930999"}, {"email", "on;call@example.com"}}
		w.Config.Senders = func() []httpapi.Sender { return senders }
		first := w.get("/api/v1/senders.vcf").is(200)
		require.Equal(t, "text/vcard; charset=utf-8", first.Header().Get("Content-Type"))
		card := first.Body.String()
		for _, line := range []string{"VERSION:4.0", "FN:Watchbill", `TEL;VALUE=text;TYPE="work,text,voice":+4930123456`,
			`TEL;VALUE=text;TYPE="work,voice":+4930999`, `EMAIL;TYPE=work:on\;call@example.com`, "REV:20000101T000000Z", "END:VCARD"} {
			require.Contains(t, card, "\r\n"+line+"\r\n", "in %s", "\r\n"+card)
		}
		for line := range strings.SplitSeq(card, "\r\n") {
			require.LessOrEqual(t, len(line), 75)
		}
		w.pass(time.Hour)
		require.Equal(t, card, w.get("/api/v1/senders.vcf").is(200).Body.String(), "nothing has changed")
		require.Empty(t, w.get("/api/v1/senders.vcf", "If-None-Match: "+first.Header().Get("ETag")).is(304).Body.String())

		senders = senders[:1]
		next := w.get("/api/v1/senders.vcf").is(200).Body.String()
		require.Contains(t, next, "REV:20000101T010000Z")
		require.Contains(t, next, card[strings.Index(card, "UID:"):strings.Index(card, "KIND:")], "the card of tomorrow takes the place of that of today")

		var at struct{ URL string }
		w.send("GET", "/api/v1/users/me/senders", nil, "ada-token").is(200).into(&at)
		path := strings.TrimPrefix(at.URL, "https://ops.example.com/oncall")
		require.Equal(t, next, w.send("GET", path, nil).is(200).Body.String(), "without a login")
		w.send("GET", strings.Replace(path, ".vcf", "x.vcf", 1), nil).is(404)
		w.send("GET", strings.TrimSuffix(path, ".vcf"), nil).is(404)
		w.send("GET", "/api/v1/users/ben/senders", nil, "ada-token").is(403)
		w.send("GET", "/api/v1/senders.vcf", nil).is(401)
	})
}
