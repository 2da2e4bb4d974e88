package sim_test

import (
	"context"
	"io"
	"time"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// beside is a store whose transactions run beside each other, each on a copy: of two the second to commit has a conflict. If it
// is careless, the second wins.
type beside struct {
	*memory.Store
	commits  int
	careless bool
}

func newBeside(careless bool) *beside { return &beside{memory.New(), 0, careless} }

// Update runs fn on a copy.
func (s *beside) Update(ctx context.Context, fn func(store.Tx) error) error {
	begun, mine := s.commits, memory.New()
	var items []store.Item
	err := s.Store.Export(ctx, func(item store.Item) error {
		items = append(items, item)
		return nil
	})
	if err != nil {
		return err
	}
	next := func() (item store.Item, err error) {
		if len(items) == 0 {
			return item, io.EOF
		}
		item, items = items[0], items[1:]
		return item, nil
	}
	if err := mine.Import(ctx, next); err != nil {
		return err
	}
	if err := mine.Update(ctx, fn); err != nil {
		return err
	}
	if s.commits != begun && !s.careless {
		return store.ErrConflict
	}
	s.Store, s.commits = mine, s.commits+1
	return nil
}

// twisted is a store in memory with an outbox that breaks its contract.
type twisted struct {
	*memory.Store
	outbox func(store.Outbox) store.Outbox
}

// Update passes on.
func (s *twisted) Update(ctx context.Context, fn func(store.Tx) error) error {
	return s.Store.Update(ctx, func(tx store.Tx) error { return fn(twistedTx{tx, s}) })
}

type twistedTx struct {
	store.Tx
	s *twisted
}

func (t twistedTx) Outbox() store.Outbox { return t.s.outbox(t.Tx.Outbox()) }

// leaseless claims what is claimed already.
type leaseless struct{ store.Outbox }

const long = time.Hour

// Lanes looks past the ends of claims.
func (o leaseless) Lanes(now time.Time) ([]notify.Lane, error) { return o.Outbox.Lanes(now.Add(long)) }

// Claim looks past the ends of claims.
func (o leaseless) Claim(lane notify.Lane, now time.Time, c store.Claim, limit int) ([]store.Delivery, error) {
	return o.Outbox.Claim(lane, now.Add(long), c, limit)
}

// endless claims for good.
type endless struct{ store.Outbox }

// Claim forgets until when.
func (o endless) Claim(lane notify.Lane, now time.Time, c store.Claim, limit int) ([]store.Delivery, error) {
	c.Until = now.Add(1000 * long)
	return o.Outbox.Claim(lane, now, c, limit)
}

// tokenless settles whatever it is told to, whoever has claimed it.
type tokenless struct {
	store.Outbox
	tokens map[notify.MessageID]string
}

// Claim notes who claims.
func (o tokenless) Claim(lane notify.Lane, now time.Time, c store.Claim, limit int) ([]store.Delivery, error) {
	list, err := o.Outbox.Claim(lane, now, c, limit)
	for _, d := range list {
		o.tokens[d.ID] = c.Token
	}
	return list, err
}

// Settle uses the token of whoever has claimed it.
func (o tokenless) Settle(settlements []store.Settlement) error {
	for i := range settlements {
		settlements[i].Token = o.tokens[settlements[i].ID]
	}
	return o.Outbox.Settle(settlements)
}
