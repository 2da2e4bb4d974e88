package main

import (
	"errors"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain is this program itself where a scenario runs it again in a network namespace.
func TestMain(m *testing.M) {
	if os.Getenv(inside) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// with runs a scenario, unless the machine lacks what that takes.
func with(t *testing.T, lack error, run scenario, s settings) {
	t.Helper()
	t.Parallel()
	if lack == nil {
		_, lack = postgresBin()
	}
	if lack != nil && os.Getenv("WATCHBILL_REQUIRE") == "all" {
		t.Fatal(lack)
	}
	if lack != nil {
		t.Skip(lack)
	}
	require.Contains(t, try(t, run, s), "every promise was kept")
}

func TestReplicas(t *testing.T) { with(t, nil, replicas, short200(t)) }

func TestPausedReplica(t *testing.T) {
	s := short200(t)
	s.rate, s.length = 50, 50*time.Second // it sleeps for 40 s
	with(t, nil, pausing, s)
}

func TestNetworks(t *testing.T) {
	s := short200(t)
	s.rate, s.length = 50, 25*time.Second
	with(t, canMakeNetworks(), networks, s)
}

// TestNetworksAreTakenDown: whatever becomes of a run, nothing of it is left.
func TestNetworksAreTakenDown(t *testing.T) {
	if err := canMakeNetworks(); err != nil {
		t.Skip(err)
	}
	require.NoError(t, ip("netns add wbtest-a"))
	cleanUp("wbtest-")
	require.Error(t, ip("netns del wbtest-a"))
}

func TestCredential(t *testing.T) {
	c, err := credential("root")
	require.NoError(t, err)
	require.Zero(t, c.Uid)
	_, err = credential("nobody-of-this-name")
	require.Error(t, err)
	require.False(t, errors.Is(err, errNoPostgres))
}
