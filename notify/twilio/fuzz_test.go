package twilio_test

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/notify/twilio"
)

// Whatever the provider signs: the answer is a document that can be read, and not too long for a call to go on.
func FuzzHandler(f *testing.F) {
	f.Add("/gather", "alert=a1&user=ada&message=m1&locale=de&text=disk+full&round=0", "Digits=4&CallSid=CA1&To=%2B491701234567")
	f.Add("/gather", "text=%00%ff%3C&round=-9&locale=zz", "Digits=1")
	f.Add("/gather", "round=99999999999999999999", "Digits=")
	f.Add("/sms", "", "From=%2B491701234567&Body=4+1234&MessageSid=SM1")
	f.Add("/sms", "a=b;c", "Body=%ff%00&OptOutType=")
	f.Add("/status", "alert=a1&message=m1", "MessageStatus=undelivered&ErrorCode=30003")
	account, err := twilio.New(twilio.Config{Account: account, Token: token, From: number, Callback: callback})
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, path, query, body string) {
		form, err := url.ParseQuery(body)
		if _, bad := url.ParseQuery(query); err != nil || bad != nil || path != "/gather" && path != "/sms" && path != "/status" {
			t.Skip("never gets through")
		}
		for name := range form {
			form[name] = form[name][:1]
		}
		d := &desk{text: query}
		r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		address := callback + path
		if query != "" {
			address += "?" + query
		}
		r.Header.Set("X-Twilio-Signature", signature(token, address, form))
		w := httptest.NewRecorder()
		twilio.Handler(d, nil, account).ServeHTTP(w, r)
		switch w.Code {
		case 204:
			require.Equal(t, "/status", path)
		case 200:
			parse(t, w.Body.String())
		default:
			t.Errorf("%d for %s?%s %s", w.Code, path, query, body)
		}
	})
}
