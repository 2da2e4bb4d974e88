package httpapi_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestChannels: a channel's handler gets what is under its name, without a token and as it came, and its answer goes out as
// it is.
func TestChannels(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.Config.MaxBody = 100
		w.Config.Channels = map[string]http.Handler{"twilio": http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				http.Error(out, "too long", http.StatusRequestEntityTooLarge)
				return
			}
			out.Header().Set("Content-Type", "text/xml")
			_, _ = io.WriteString(out, r.URL.RequestURI()+" "+string(body))
		})}
		w.start()
		post := func(path, body string) *httptest.ResponseRecorder {
			r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
			out := httptest.NewRecorder()
			w.handler.ServeHTTP(out, r)
			return out
		}
		out := post("/channels/twilio/status?message=a%2Fb+c&alert=1", "MessageStatus=sent")
		require.Equal(t, 200, out.Code)
		require.Equal(t, "text/xml", out.Header().Get("Content-Type"))
		require.Equal(t, "/status?message=a%2Fb+c&alert=1 MessageStatus=sent", out.Body.String())

		require.Equal(t, 413, post("/channels/twilio/status", strings.Repeat("x", 101)).Code)
		for _, path := range []string{"/channels", "/channels/twilio", "/channels/other/status", "/channels/twilio/../other"} {
			out := post(path, "")
			require.Equal(t, 404, out.Code, path)
			require.Equal(t, "application/problem+json", out.Header().Get("Content-Type"), path)
		}
	})
}
