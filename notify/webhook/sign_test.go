package webhook_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/notify/webhook"
)

// specHeader is the example of the Standard Webhooks specification, whose secret is specSecret.
func specHeader() http.Header {
	h := http.Header{}
	h.Set("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek")
	h.Set("webhook-timestamp", "1614265330")
	h.Set("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")
	return h
}

const (
	specSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	specBody   = `{"test": 2432232314}`
)

var specTime = time.Unix(1614265330, 0)

func TestVerify(t *testing.T) {
	for name, c := range map[string]struct {
		secret string
		edit   func(http.Header)
		body   string
		late   time.Duration
		want   string
	}{
		"as it is":            {},
		"in a list":           {edit: func(h http.Header) { h.Set("Webhook-Signature", "v1,AAAA v2,x "+h.Get("Webhook-Signature")) }},
		"rotated":             {secret: secret1 + " " + specSecret},
		"late":                {late: time.Minute},
		"early":               {late: -time.Minute},
		"too late":            {late: time.Minute + 1, want: "the timestamp is more than 1m0s from now"},
		"too early":           {late: -time.Minute - 1, want: "the timestamp is more than 1m0s from now"},
		"body changed":        {body: `{"test": 2432232315}`, want: "no signature matches"},
		"other id":            {edit: func(h http.Header) { h.Set("Webhook-Id", "msg_2") }, want: "no signature matches"},
		"other time":          {edit: func(h http.Header) { h.Set("Webhook-Timestamp", "1614265331") }, want: "no signature matches"},
		"other scheme":        {edit: func(h http.Header) { h.Set("Webhook-Signature", "v1a,"+h.Get("Webhook-Signature")[3:]) }, want: "no signature matches"},
		"no id":               {edit: func(h http.Header) { h.Del("Webhook-Id") }, want: "Webhook-Id or Webhook-Timestamp is missing or malformed"},
		"no time":             {edit: func(h http.Header) { h.Del("Webhook-Timestamp") }, want: "Webhook-Id or Webhook-Timestamp is missing or malformed"},
		"no signature":        {edit: func(h http.Header) { h.Del("Webhook-Signature") }, want: "no signature matches"},
		"secret of another":   {secret: secret2, want: "no signature matches"},
		"secret is malformed": {secret: "hunter2", want: "secret 1 does not start with whsec_"},
		"no secret":           {secret: " ", want: "no signature matches"},
	} {
		t.Run(name, func(t *testing.T) {
			header := specHeader()
			if c.edit != nil {
				c.edit(header)
			}
			body, secret := c.body, c.secret
			if body == "" {
				body = specBody
			}
			if secret == "" {
				secret = specSecret
			}
			err := webhook.Verify(secret, header, []byte(body), specTime.Add(c.late), time.Minute)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
			require.Equal(t, name != "secret is malformed", fmt.Sprint(err) == webhook.ErrSignature.Error()+": "+c.want)
		})
	}
}

func FuzzVerify(f *testing.F) {
	f.Add("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", []byte(specBody))
	f.Add("", "-9223372036854775808", "v1, v1,=", []byte(nil))
	f.Fuzz(func(t *testing.T, id, stamp, signature string, body []byte) {
		h := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {stamp}, "Webhook-Signature": {signature}}
		err := webhook.Verify(specSecret, h, body, specTime, time.Minute)
		known := id == "msg_p5jXN8AQM9LWM0D4loKWxJek" && stamp == "1614265330" && string(body) == specBody
		if err == nil && !known {
			t.Fatalf("accepted %q %q %q", id, stamp, signature)
		}
	})
}
