package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCustomersReadWhatWasPublished(t *testing.T) {
	eng, handler, err := newService(t.Context(), "https://shop.example")
	require.NoError(t, err)
	require.NoError(t, trouble(t.Context(), eng))
	for path, words := range map[string][]string{
		"/status/shop":                       {"Shop status", "Some payments fail", "Paying by invoice works.", "Partial outage"},
		"/status/shop/feed.atom":             {"Some payments fail"},
		"/status/shop/api/v2/status.json":    {`"indicator":"major"`},
		"/status/shop/api/v2/incidents.json": {"Some payments fail", `"status":"investigating"`},
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		require.Equal(t, http.StatusOK, w.Code, path)
		for _, word := range words {
			require.Contains(t, w.Body.String(), word, path)
		}
		require.NotContains(t, w.Body.String(), "payment-gw-3", "%s: the internal title is nobody's business", path)
		require.NotContains(t, w.Body.String(), "checkout-eu", path)
	}
}
