package httpapi_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/mute"
)

// Whatever is posted as a silence is taken or refused, and what was taken is shown as a silence that is the same.
func FuzzAlertmanagerSilences(f *testing.F) {
	now := time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)
	f.Add([]byte(`{"matchers":[{"name":"a","value":"b","isRegex":false}],"startsAt":"2026-01-05T09:00:00Z","endsAt":"2190-01-05T09:00:00Z","createdBy":"ada","comment":""}`))
	f.Add([]byte(`{"matchers":[{"name":"a","value":"(","isRegex":true,"isEqual":false}],"startsAt":"0001-01-01T00:00:00Z","endsAt":"9999-12-31T00:00:00Z","createdBy":"","comment":"x"}`))
	f.Add([]byte(`{}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		shown, s, err := httpapi.PostedSilence(body, now)
		if shown == nil {
			require.Error(t, err)
			return
		}
		require.NoError(t, err)
		_, again, err := httpapi.PostedSilence(shown, now)
		s.ID = "x"
		if s.Validate() != nil || s.Span.To.In(time.UTC).Sub(s.Span.From.In(time.UTC)) < time.Millisecond || s.Span.To.In(time.UTC).Sub(now) < time.Millisecond {
			return // refused with all that is wrong, or over before the clock has moved on
		}
		require.NoError(t, err)
		require.Equal(t, texts(s.Matchers), texts(again.Matchers))
		require.Equal(t, s.Comment, again.Comment)
	})
}

func texts(list mute.Matchers) (all []string) {
	for _, m := range list {
		all = append(all, m.String())
	}
	return all
}
