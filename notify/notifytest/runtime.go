package notifytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/pprof"
	"sync"
	"time"
	"unsafe"
	"weak"

	"github.com/watchbill/watchbill/notify"
)

func (s Subject) ends() error {
	ways := []struct {
		name string
		send func(*Rig) error
	}{
		{"cancelled", s.sendCancelled},
		{"deadline", s.sendExpiring},
		{"ended before", s.sendLate},
	}
	var errs []error
	for _, mode := range []Mode{Hangs, Drips} {
		for _, way := range ways {
			errs = append(errs, s.with(Script{Mode: mode}, func(rig *Rig) error {
				err := way.send(rig)
				if class, _ := classOf(err); class != Transient || errors.Is(err, errStuck) {
					return fmt.Errorf("%s, while the counterpart %v: is %v: %v", way.name, mode, class, err)
				}
				return nil
			}))
		}
	}
	return errors.Join(errs...)
}

// sendExpiring sends with a deadline to a counterpart that does not answer.
func (s Subject) sendExpiring(rig *Rig) error {
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	return s.send(ctx, rig, message(rig, "expiring"))
}

// sendLate sends with a context that has ended.
func (s Subject) sendLate(rig *Rig) error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return s.send(ctx, rig, message(rig, "late"))
}

// released tells by the garbage collector whether somebody still holds what a message points to.
func (s Subject) released() error {
	return s.with(s.accepting(), func(rig *Rig) error {
		body, link, err := s.sendAndForget(rig)
		if err != nil {
			return err
		}
		collected := func() bool {
			runtime.GC()
			return body.Value() == nil && link.Value() == nil
		}
		if !s.eventually(collected) {
			return errors.New("the message's Body or Links are still referred to after Notify returned")
		}
		return nil
	})
}

func (s Subject) sendAndForget(rig *Rig) (weak.Pointer[byte], weak.Pointer[notify.Link], error) {
	m := message(rig, "1")
	m.Body = fmt.Appendf(nil, `{"details":"%01000d"}`, 0) // too long to share a block with others
	err := s.send(context.Background(), rig, m)
	return weak.Make(unsafe.SliceData(m.Body)), weak.Make(&m.Links[0]), err
}

// eventually tries until done says yes or patience ends.
func (s Subject) eventually(done func() bool) bool {
	ctx, cancel := context.WithTimeout(context.Background(), s.patience())
	defer cancel()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

// concurrent finds little by itself; the race detector finds the rest.
func (s Subject) concurrent() error {
	return s.with(s.accepting(), func(rig *Rig) error {
		const senders, each = 8, 8
		if err := s.sendAtOnce(rig, senders, each); err != nil {
			return err
		}
		keys := map[string]bool{}
		for range senders * each {
			key, err := s.arrival(rig)
			if err != nil {
				return err
			}
			keys[key] = true
		}
		if len(keys) != senders*each {
			return fmt.Errorf("%d messages arrived with %d different keys", senders*each, len(keys))
		}
		return nil
	})
}

// sendAtOnce waits for all its goroutines.
func (s Subject) sendAtOnce(rig *Rig, senders, each int) error {
	var group sync.WaitGroup
	errs := make([]error, senders*each)
	for i := range senders {
		group.Go(func() {
			for j := i * each; j < (i+1)*each; j++ {
				errs[j] = s.send(context.Background(), rig, message(rig, notify.MessageID(fmt.Sprint(j))))
			}
		})
	}
	group.Wait()
	return errors.Join(errs...)
}

// tidy labels everything that a send starts and looks for the label among the goroutines that are left: after a
// cancelled send while the counterpart is still there, after others when it is gone, since idle connections may stay.
func (s Subject) tidy() error {
	err := s.with(Script{Mode: Hangs}, func(rig *Rig) error {
		if err := labelled(rig, func() error { return s.sendCancelled(rig) }); errors.Is(err, errStuck) {
			return nil // another clause says so
		}
		return s.left(rig, "after a cancelled send")
	})
	if err != nil {
		return err
	}
	var rig *Rig
	err = s.with(s.accepting(), func(r *Rig) error {
		rig = r
		return labelled(rig, func() error { return s.send(context.Background(), rig, message(rig, "1")) })
	})
	if err != nil {
		return err
	}
	return s.left(rig, "when everything was closed")
}

const labelKey = "watchbill-notifytest"

func labelOf(rig *Rig) string { return fmt.Sprintf("%p", rig) }

func labelled(rig *Rig, send func() error) (err error) {
	pprof.Do(context.Background(), pprof.Labels(labelKey, labelOf(rig)), func(context.Context) { err = send() })
	return err
}

// left returns an error if goroutines with the rig's label do not go away.
func (s Subject) left(rig *Rig, when string) error {
	label := fmt.Appendf(nil, "%q:%q", labelKey, labelOf(rig))
	var profile bytes.Buffer
	gone := s.eventually(func() bool {
		profile.Reset()
		_ = pprof.Lookup("goroutine").WriteTo(&profile, 1)
		return !bytes.Contains(profile.Bytes(), label)
	})
	if gone {
		return nil
	}
	return fmt.Errorf("goroutines were left %s:\n%s", when, profile.Bytes())
}
