package cover_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/cover"
)

// Every revision after it holds the override, so that long texts would cost a store their square.
func TestAnOverrideRepeatsOnlyTheBeginningOfAText(t *testing.T) {
	g := cover.Grant{Window: cover.Window{Schedule: "primary", From: monday, To: monday.Add(time.Hour)}, Override: "r1-1", User: "ben"}
	o, ok := cover.Request{ID: "r1", Kind: cover.Taken, Text: strings.Repeat("é", cover.MaxText), Grants: []cover.Grant{g}}.OverrideOf(g)
	require.True(t, ok)
	require.Equal(t, strings.Repeat("é", 117)+"...", o.Reason)
}
