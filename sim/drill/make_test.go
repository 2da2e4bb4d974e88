package drill_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/sim/drill"
	"github.com/watchbill/watchbill/store"
)

// TestMake: the file of the real one, which reads back as what was written.
func TestMake(t *testing.T) {
	d := drill.Make(realRecords(t))
	text, err := d.YAML()
	require.NoError(t, err)
	golden(t, "checkout-drill.yaml", text)
	_, org := organisation(t)
	back, err := drill.Parse("checkout-drill.yaml", text, org)
	require.NoError(t, err)
	require.Equal(t, d, back)
}

func TestMakeOfAnAlert(t *testing.T) {
	s, _, id := theRealOne(t)
	r, err := drill.ThePastOf(context.Background(), s, id)
	require.NoError(t, err)
	d := drill.Make(r)
	require.Equal(t, "Checkout answers 500 to every request", d.Title)
	var what []string
	for _, e := range d.Expect {
		what = append(what, e.String())
	}
	require.Equal(t, []string{"acknowledged (CheckoutDown)", "summoned (cem)", "resolved"}, what, "there was no incident about it alone")
	require.Equal(t, 14*time.Minute+3*time.Second, d.Expect[0].Then)
	require.Equal(t, 5*time.Minute, d.Expect[0].Within, "what took longer than is customary")
}

func TestNoPast(t *testing.T) {
	s, _, _ := theRealOne(t)
	_, err := drill.ThePast(context.Background(), s, "nothing")
	require.ErrorIs(t, err, store.ErrNotFound)
	require.EqualError(t, err, `drill: incident "nothing": store: not found`)
	_, err = drill.ThePastOf(context.Background(), s, "nothing")
	require.EqualError(t, err, `drill: alert "nothing": store: not found`)
}

// TestAnonymous: nobody who took part is in the file, by ID, name or address, nor is the day.
func TestAnonymous(t *testing.T) {
	r := realRecords(t)
	text, err := drill.Make(r).Anonymous(r).YAML()
	require.NoError(t, err)
	golden(t, "anonymous-drill.yaml", text)
	for _, name := range []string{"ada", "Ada", "Okafor", "ben", "Ben", "cem", "Cem", "acme", "2026", string(r.Incidents[0].ID)} {
		require.NotContains(t, string(text), name)
	}
	_, org := organisation(t)
	_, err = drill.Parse("anonymous-drill.yaml", text, org)
	require.NoError(t, err)
	real, err := os.ReadFile("testdata/checkout-drill.yaml")
	require.NoError(t, err)
	require.Contains(t, string(real), "ben", "without being asked, it tells")
}
