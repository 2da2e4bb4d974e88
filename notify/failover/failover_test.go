package failover_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/failover"
	"github.com/watchbill/watchbill/notify/notifytest"
	"github.com/watchbill/watchbill/notify/webhook"
)

// provider counts its calls and fails as told.
type provider struct {
	calls int
	err   error
	hangs bool
	share time.Duration // of the last call
}

func (p *provider) Notify(ctx context.Context, _ notify.Message) (notify.Receipt, error) {
	p.calls++
	deadline, _ := ctx.Deadline()
	p.share = time.Until(deadline)
	if p.hangs {
		<-ctx.Done()
		return notify.Receipt{}, ctx.Err()
	}
	return notify.Receipt{ProviderID: "x"}, p.err
}

func open(t *testing.T, providers ...*provider) *failover.Notifier {
	t.Helper()
	c := failover.Config{}
	for i, p := range providers {
		c.Providers = append(c.Providers, failover.Provider{Name: fmt.Sprint("p", i+1), Notifier: p})
	}
	n, err := failover.New(c)
	require.NoError(t, err)
	return n
}

func send(t *testing.T, n notify.Notifier) error {
	t.Helper()
	_, err := n.Notify(t.Context(), notify.Message{ID: "m"})
	return err
}

// clock stands still until it is moved.
type clock struct {
	watchbill.Clock
	at time.Time
}

func (c *clock) Now() time.Time { return c.at }

func TestTheSecondTakesOver(t *testing.T) {
	first, second := &provider{err: errors.New("down")}, &provider{}
	c := &clock{at: time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)}
	n, err := failover.New(failover.Config{Clock: c, Providers: []failover.Provider{{Notifier: first}, {Notifier: second}}})
	require.NoError(t, err)
	require.NoError(t, send(t, n))
	require.Equal(t, []int{1, 1}, []int{first.calls, second.calls})

	require.NoError(t, send(t, n))
	require.Equal(t, []int{1, 2}, []int{first.calls, second.calls}, "who failed a moment ago is tried last")

	second.err = errors.New("down too")
	first.err = nil
	require.NoError(t, send(t, n))
	require.Equal(t, []int{2, 3}, []int{first.calls, second.calls}, "but it is tried")

	second.err = nil
	c.at = c.at.Add(failover.DefaultAvoid)
	require.NoError(t, send(t, n))
	require.Equal(t, []int{3, 3}, []int{first.calls, second.calls}, "who works is preferred again")
}

func TestEachHasAFairShare(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first, second, third := &provider{hangs: true}, &provider{hangs: true}, &provider{}
		n := open(t, first, second, third)
		require.NoError(t, send(t, n))
		require.Equal(t, failover.DefaultTime/3, first.share)
		require.Equal(t, failover.DefaultTime/3, second.share)
		require.Equal(t, failover.DefaultTime/3, third.share)
	})
}

func TestPermanentIsAboutTheRecipient(t *testing.T) {
	first, second := &provider{err: notify.Permanent(errors.New("no number"))}, &provider{}
	err := send(t, open(t, first, second))
	require.ErrorIs(t, err, notify.ErrPermanent)
	require.Zero(t, second.calls)
}

func TestAllFail(t *testing.T) {
	down := errors.New("down")
	err := send(t, open(t, &provider{err: down}, &provider{err: &notify.RetryError{After: time.Hour, Err: errors.New("busy")}}))
	require.EqualError(t, err, "failover: p1: down; failover: p2: busy (retry after 1h0m0s)")
	require.ErrorIs(t, err, down)
	_, later := errors.AsType[*notify.RetryError](err)
	require.False(t, later, "the first may work at once")

	err = send(t, open(t, &provider{err: &notify.RetryError{After: time.Hour, Err: down}},
		&provider{err: &notify.RetryError{After: time.Minute, Err: down}}))
	retry, later := errors.AsType[*notify.RetryError](err)
	require.True(t, later)
	require.Equal(t, time.Minute, retry.After)
}

// TestCancelled: a provider is not to blame for a caller that goes away.
func TestCancelled(t *testing.T) {
	first, second := &provider{hangs: true}, &provider{}
	n := open(t, first, second)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { // ends with ctx
		_, err := n.Notify(ctx, notify.Message{})
		done <- err
	}()
	cancel()
	require.ErrorIs(t, <-done, context.Canceled)
	require.Zero(t, second.calls)
	_, err := n.Notify(ctx, notify.Message{})
	require.ErrorIs(t, err, context.Canceled)
	first.hangs = false
	before := first.calls
	require.NoError(t, send(t, n))
	require.Equal(t, before+1, first.calls, "it is still the first")
}

// ready is a provider that can say whether it is set up.
type ready struct {
	notify.Notifier
	is bool
}

func (r ready) Ready() bool { return r.is }

func TestReady(t *testing.T) {
	for _, c := range []struct {
		providers []notify.Notifier
		want      bool
	}{
		{[]notify.Notifier{ready{is: false}, ready{is: false}}, false},
		{[]notify.Notifier{ready{is: false}, ready{is: true}}, true},
		{[]notify.Notifier{ready{is: false}, &provider{}}, true},
	} {
		config := failover.Config{}
		for _, p := range c.providers {
			config.Providers = append(config.Providers, failover.Provider{Notifier: p})
		}
		n, err := failover.New(config)
		require.NoError(t, err)
		require.Equal(t, c.want, n.Ready())
	}
}

func TestConfigSaysWhatIsWrong(t *testing.T) {
	_, err := failover.New(failover.Config{})
	require.ErrorContains(t, err, "Config.Providers is empty")
	_, err = failover.New(failover.Config{Providers: []failover.Provider{{}}})
	require.ErrorContains(t, err, "Providers[0].Notifier")
	_, err = failover.New(failover.Config{Providers: []failover.Provider{{Notifier: &provider{}}}, Avoid: -1})
	require.ErrorContains(t, err, "Avoid")
}

// TestConformance: a chain keeps the promises of its links, also behind one that is always down.
func TestConformance(t *testing.T) {
	notifytest.Run(t, notifytest.Subject{Cases: cases(), Open: func(s notifytest.Script) (*notifytest.Rig, error) {
		rig, address := notifytest.HTTP(s, func(r *http.Request, _ []byte) string { return r.Header.Get("Webhook-Id") })
		rig.Contact = notify.Contact{ID: "hook", Channel: "webhook", Address: address}
		hook, err := webhook.New(webhook.Config{})
		if err != nil {
			return nil, err
		}
		down := notify.Func(func(context.Context, notify.Message) (notify.Receipt, error) {
			return notify.Receipt{}, errors.New("down")
		})
		rig.Notifier, err = failover.New(failover.Config{Providers: []failover.Provider{{Name: "down", Notifier: down}, {Name: "hook", Notifier: hook}}})
		return rig, err
	}})
}

// cases: where one provider is merely down, what the other says of later does not count.
func cases() []notifytest.Case {
	all := notifytest.HTTPCases(time.Now())
	for i := range all {
		if all[i].Want == notifytest.Later {
			all[i].Want = notifytest.Transient
		}
	}
	return all
}

// Two accounts for SMS: the second takes over while the first is down.
func ExampleNew() {
	down := notify.Func(func(context.Context, notify.Message) (notify.Receipt, error) {
		return notify.Receipt{}, errors.New("503")
	})
	up := notify.Func(func(context.Context, notify.Message) (notify.Receipt, error) {
		return notify.Receipt{ProviderID: "SM1"}, nil
	})
	n, err := failover.New(failover.Config{Providers: []failover.Provider{{Name: "first", Notifier: down}, {Name: "second", Notifier: up}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	receipt, err := n.Notify(context.Background(), notify.Message{ID: "m1"})
	fmt.Println(receipt.ProviderID, err)
	// Output: SM1 <nil>
}
