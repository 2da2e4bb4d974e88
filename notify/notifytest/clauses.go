package notifytest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/watchbill/watchbill/notify"
)

func (s Subject) arrives() error {
	return s.with(s.accepting(), func(rig *Rig) error {
		if err := s.send(context.Background(), rig, message(rig, "1")); err != nil {
			return err
		}
		select {
		case <-rig.Arrived:
			return nil
		default:
			return errors.New("Notify returned nil before the message arrived")
		}
	})
}

func (s Subject) classes() error {
	var errs []error
	for _, c := range s.Cases {
		err := s.with(Script{Answer: c.Answer}, func(rig *Rig) error {
			return c.judge(s.send(context.Background(), rig, message(rig, "1")))
		})
		if err != nil {
			errs = append(errs, fmt.Errorf("answer %s: %w", c.Name, err))
		}
	}
	return errors.Join(errs...)
}

// judge returns an error if err is not what the case wants.
func (c Case) judge(err error) error {
	got, after := classOf(err)
	if got != c.Want {
		return fmt.Errorf("is %v, must be %v: %v", got, c.Want, err)
	}
	if got == Later && (after > c.After || after < c.After/2) {
		return fmt.Errorf("may be tried again after %v, must be %v", after, c.After)
	}
	return nil
}

func classOf(err error) (Class, time.Duration) {
	if err == nil {
		return Accepted, 0
	}
	if errors.Is(err, notify.ErrPermanent) {
		return Permanent, 0
	}
	if later, ok := errors.AsType[*notify.RetryError](err); ok {
		return Later, later.After
	}
	return Transient, 0
}

func (s Subject) malformed() error {
	return s.with(s.accepting(), func(rig *Rig) error {
		err := s.send(context.Background(), rig, malformed(rig, "1"))
		if class, _ := classOf(err); class != Permanent {
			return fmt.Errorf("is %v: %v", class, err)
		}
		return nil
	})
}

func (s Subject) discreet() error {
	var errs []error
	for _, c := range s.Cases {
		err := s.with(Script{Answer: c.Answer}, func(rig *Rig) error {
			return discreet(rig, s.send(context.Background(), rig, message(rig, "1")))
		})
		errs = append(errs, err)
	}
	return errors.Join(append(errs,
		s.with(Script{Mode: Hangs}, func(rig *Rig) error { return discreet(rig, s.sendCancelled(rig)) }),
		s.with(s.accepting(), func(rig *Rig) error {
			return discreet(rig, s.send(context.Background(), rig, malformed(rig, "1")))
		}),
		s.toNobody())...)
}

// toNobody looks at the error of a send whose counterpart has gone.
func (s Subject) toNobody() error {
	var rig *Rig
	if err := s.with(s.accepting(), func(r *Rig) error { rig = r; return nil }); err != nil {
		return err
	}
	return discreet(rig, s.send(context.Background(), rig, message(rig, "1")))
}

func discreet(rig *Rig, err error) error {
	if err == nil {
		return nil
	}
	for _, secret := range append([]string{ackToken}, rig.Secrets...) {
		if strings.Contains(err.Error(), secret) {
			return fmt.Errorf("%q is in the error: %v", secret, err)
		}
	}
	return nil
}

func (s Subject) repeats() error {
	return s.with(s.accepting(), func(rig *Rig) error {
		var keys []string
		for _, id := range []notify.MessageID{"one", "one", "two"} {
			if err := s.send(context.Background(), rig, message(rig, id)); err != nil {
				return err
			}
			key, err := s.arrival(rig)
			if err != nil {
				return err
			}
			keys = append(keys, key)
		}
		if keys[0] == "" || keys[0] != keys[1] || keys[1] == keys[2] {
			return fmt.Errorf("messages one, one and two carried the keys %q", keys)
		}
		return nil
	})
}

// arrival waits for a message to arrive.
func (s Subject) arrival(rig *Rig) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), s.patience())
	defer cancel()
	select {
	case key := <-rig.Arrived:
		return key, nil
	case <-ctx.Done():
		return "", errors.New("nothing arrived")
	}
}

func (s Subject) unchanged() error {
	return s.with(s.accepting(), func(rig *Rig) error {
		m := message(rig, "1")
		if err := s.send(context.Background(), rig, m); err != nil {
			return err
		}
		if want := message(rig, "1"); !reflect.DeepEqual(m, want) {
			return fmt.Errorf("is now %+v, was %+v", m, want)
		}
		return nil
	})
}
