package main

import (
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestWeather(t *testing.T) {
	a, b, c := netip.MustParseAddr("10.99.0.1"), netip.MustParseAddr("10.99.0.2"), netip.MustParseAddr("10.99.0.3")
	arrived, out, err := os.Pipe()
	require.NoError(t, err)
	defer arrived.Close()
	w := newWire()
	say := func(from, to netip.Addr, text string) { w.send(out, from, to, []byte(text)) }

	w.set(weather{cut: true}, b, a)
	say(a, b, "cut ")
	say(b, a, "cut back ")
	say(c, b, "beside it ")
	w.set(weather{loss: 1}, b, a)
	say(a, b, "lost ")
	w.set(weather{delay: 20 * time.Millisecond, jitter: 20 * time.Millisecond}, b, a)
	for range 20 {
		say(a, b, "late ")
	}
	w.set(weather{}, b, a)
	require.Equal(t, 3, w.count["lost"])
	require.Equal(t, 21, w.count["carried"])
	require.Equal(t, "beside it late late ", read(t, arrived, len("beside it late late ")))
}

func read(t *testing.T, f *os.File, n int) string {
	buf := make([]byte, n)
	for have := 0; have < n; {
		m, err := f.Read(buf[have:])
		require.NoError(t, err)
		have += m
	}
	return string(buf)
}

func TestNothingOvertakes(t *testing.T) {
	a, b := netip.MustParseAddr("10.99.0.1"), netip.MustParseAddr("10.99.0.2")
	arrived, out, err := os.Pipe()
	require.NoError(t, err)
	defer arrived.Close()
	w := newWire()
	w.set(weather{delay: time.Hour}, a, b)
	w.send(out, a, b, []byte("first"))
	at := w.free[link{a, b}]
	w.set(weather{}, a, b)
	w.send(out, a, b, []byte("second"))
	require.Equal(t, at, w.free[link{a, b}], "it comes no earlier than the first")
	w.send(out, b, a, []byte("back"))
	require.Equal(t, "back", read(t, arrived, 4), "the other way is free")
}
