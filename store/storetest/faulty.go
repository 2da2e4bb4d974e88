package storetest

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// Faulty is a store that fails, or ends its caller, wherever its tester wants.
type Faulty struct {
	Store store.Store
	// Before is called before each step of a transaction with its name: "view" or "update", then every method as
	// "outbox.claim", and at the end of an Update "commit" and "committed". Its error is what the caller gets. Before
	// "commit" that means that nothing happened; at "committed" everything did, and the caller does not know. A panic
	// at any step is a crash of the caller there. Nil fails nothing.
	Before func(step string) error
}

func (f *Faulty) before(step string) error {
	if f.Before == nil {
		return nil
	}
	return f.Before(step)
}

// ErrFault is the error of failures made on purpose.
var ErrFault = errors.New("storetest: failure made on purpose")

// Chances returns a [Faulty.Before] that fails each step with the probability given for it. The same seed fails the
// same steps.
func Chances(seed uint64, of map[string]float64) func(step string) error {
	var mu sync.Mutex
	rnd := rand.New(rand.NewPCG(seed, seed))
	return func(step string) error {
		mu.Lock()
		defer mu.Unlock()
		if p := of[step]; p > 0 && rnd.Float64() < p {
			return ErrFault
		}
		return nil
	}
}

// View passes on to the store.
func (f *Faulty) View(ctx context.Context, fn func(store.Tx) error) error {
	if err := f.before("view"); err != nil {
		return err
	}
	return f.Store.View(ctx, func(tx store.Tx) error { return fn(newFaultyTx(tx, f.before)) })
}

// Update passes on to the store.
func (f *Faulty) Update(ctx context.Context, fn func(store.Tx) error) error {
	if err := f.before("update"); err != nil {
		return err
	}
	err := f.Store.Update(ctx, func(tx store.Tx) error {
		if err := fn(newFaultyTx(tx, f.before)); err != nil {
			return err
		}
		return f.before("commit")
	})
	if err != nil {
		return err
	}
	return f.before("committed")
}

// faultyTx is one piece of memory: simulators run very many.
type faultyTx struct {
	episodes  faultyEpisodes
	timeline  faultyTimeline
	outbox    faultyOutbox
	revisions faultyRevisions
	values    faultyValues
	records   faultyRecords
}

func newFaultyTx(tx store.Tx, before func(step string) error) *faultyTx {
	return &faultyTx{faultyEpisodes{tx.Episodes(), before}, faultyTimeline{tx.Timeline(), before}, faultyOutbox{tx.Outbox(), before},
		faultyRevisions{tx.Revisions(), before}, faultyValues{tx.Values(), before}, faultyRecords{tx.Records(), before}}
}

func (t *faultyTx) Episodes() store.Episodes   { return &t.episodes }
func (t *faultyTx) Timeline() store.Timeline   { return &t.timeline }
func (t *faultyTx) Outbox() store.Outbox       { return &t.outbox }
func (t *faultyTx) Revisions() store.Revisions { return &t.revisions }
func (t *faultyTx) Values() store.Values       { return &t.values }
func (t *faultyTx) Records() store.Records     { return &t.records }

// call runs a method unless the step before it fails.
func call[T any](before func(string) error, step string, method func() (T, error)) (zero T, err error) {
	if err := before(step); err != nil {
		return zero, err
	}
	return method()
}

// run is call for methods that return only an error.
func run(before func(string) error, step string, method func() error) error {
	if err := before(step); err != nil {
		return err
	}
	return method()
}

type faultyEpisodes struct {
	store.Episodes
	before func(string) error
}

func (e faultyEpisodes) Get(ids []watchbill.AlertID) ([]store.Stored, error) {
	return call(e.before, "episodes.get", func() ([]store.Stored, error) { return e.Episodes.Get(ids) })
}

func (e faultyEpisodes) Newest(keys []alert.Ref) ([]store.Stored, error) {
	return call(e.before, "episodes.newest", func() ([]store.Stored, error) { return e.Episodes.Newest(keys) })
}

func (e faultyEpisodes) Put(writes []store.Write) error {
	return run(e.before, "episodes.put", func() error { return e.Episodes.Put(writes) })
}

func (e faultyEpisodes) Due(now time.Time, limit int) (due []watchbill.AlertID, next time.Time, err error) {
	if err := e.before("episodes.due"); err != nil {
		return nil, next, err
	}
	return e.Episodes.Due(now, limit)
}

func (e faultyEpisodes) List(q store.Query, limit int) (page []store.Stored, cursor string, err error) {
	if err := e.before("episodes.list"); err != nil {
		return nil, "", err
	}
	return e.Episodes.List(q, limit)
}

func (e faultyEpisodes) Admin() store.EpisodesAdmin { return faultyAdmin{e.Episodes.Admin(), e.before} }

type faultyAdmin struct {
	store.EpisodesAdmin
	before func(string) error
}

func (a faultyAdmin) Rewind(now time.Time) (int, error) {
	return call(a.before, "episodes.rewind", func() (int, error) { return a.EpisodesAdmin.Rewind(now) })
}

func (a faultyAdmin) Quarantine(id watchbill.AlertID) error {
	return run(a.before, "episodes.quarantine", func() error { return a.EpisodesAdmin.Quarantine(id) })
}

func (a faultyAdmin) Count() (store.Counts, error) {
	return call(a.before, "episodes.count", a.EpisodesAdmin.Count)
}

func (a faultyAdmin) Ended(before time.Time, limit int) ([]watchbill.AlertID, error) {
	return call(a.before, "episodes.ended", func() ([]watchbill.AlertID, error) { return a.EpisodesAdmin.Ended(before, limit) })
}

func (a faultyAdmin) Remove(ids []watchbill.AlertID) error {
	return run(a.before, "episodes.remove", func() error { return a.EpisodesAdmin.Remove(ids) })
}

type faultyTimeline struct {
	store.Timeline
	before func(string) error
}

func (t faultyTimeline) Append(of timeline.Owner, entries []timeline.Entry) error {
	return run(t.before, "timeline.append", func() error { return t.Timeline.Append(of, entries) })
}

func (t faultyTimeline) Read(of timeline.Owner, after int64, limit int) ([]timeline.Entry, error) {
	return call(t.before, "timeline.read", func() ([]timeline.Entry, error) { return t.Timeline.Read(of, after, limit) })
}

func (t faultyTimeline) Replace(of timeline.Owner, entries []timeline.Entry) error {
	return run(t.before, "timeline.replace", func() error { return t.Timeline.Replace(of, entries) })
}

type faultyOutbox struct {
	store.Outbox
	before func(string) error
}

func (o faultyOutbox) Enqueue(deliveries []store.Delivery) error {
	return run(o.before, "outbox.enqueue", func() error { return o.Outbox.Enqueue(deliveries) })
}

func (o faultyOutbox) Lanes(now time.Time) ([]notify.Lane, error) {
	return call(o.before, "outbox.lanes", func() ([]notify.Lane, error) { return o.Outbox.Lanes(now) })
}

func (o faultyOutbox) Claim(lane notify.Lane, now time.Time, c store.Claim, limit int) ([]store.Delivery, error) {
	return call(o.before, "outbox.claim", func() ([]store.Delivery, error) { return o.Outbox.Claim(lane, now, c, limit) })
}

func (o faultyOutbox) Settle(settlements []store.Settlement) error {
	return run(o.before, "outbox.settle", func() error { return o.Outbox.Settle(settlements) })
}

func (o faultyOutbox) Cancel(id watchbill.AlertID, messages []notify.MessageID) error {
	return run(o.before, "outbox.cancel", func() error { return o.Outbox.Cancel(id, messages) })
}

func (o faultyOutbox) Next(now time.Time) (time.Time, error) {
	return call(o.before, "outbox.next", func() (time.Time, error) { return o.Outbox.Next(now) })
}

type faultyRevisions struct {
	store.Revisions
	before func(string) error
}

func (r faultyRevisions) Add(effectiveAt time.Time, config []byte) (store.Revision, error) {
	return call(r.before, "revisions.add", func() (store.Revision, error) { return r.Revisions.Add(effectiveAt, config) })
}

func (r faultyRevisions) Latest() (store.Revision, error) {
	return call(r.before, "revisions.latest", r.Revisions.Latest)
}

func (r faultyRevisions) Number() (int64, error) {
	return call(r.before, "revisions.number", r.Revisions.Number)
}

func (r faultyRevisions) Get(number int64) (store.Revision, error) {
	return call(r.before, "revisions.get", func() (store.Revision, error) { return r.Revisions.Get(number) })
}

func (r faultyRevisions) At(t time.Time) (store.Revision, error) {
	return call(r.before, "revisions.at", func() (store.Revision, error) { return r.Revisions.At(t) })
}

func (r faultyRevisions) Replace(number int64, config []byte) error {
	return run(r.before, "revisions.replace", func() error { return r.Revisions.Replace(number, config) })
}

type faultyValues struct {
	store.Values
	before func(string) error
}

func (v faultyValues) Get(name string) ([]byte, error) {
	return call(v.before, "values.get", func() ([]byte, error) { return v.Values.Get(name) })
}

func (v faultyValues) Set(name string, value []byte) error {
	return run(v.before, "values.set", func() error { return v.Values.Set(name, value) })
}

type faultyRecords struct {
	store.Records
	before func(string) error
}

func (r faultyRecords) Get(kind string, ids []string) ([]store.StoredRecord, error) {
	return call(r.before, "records.get", func() ([]store.StoredRecord, error) { return r.Records.Get(kind, ids) })
}

func (r faultyRecords) Put(writes []store.RecordWrite) error {
	return run(r.before, "records.put", func() error { return r.Records.Put(writes) })
}

func (r faultyRecords) List(q store.RecordQuery, limit int) (page []store.StoredRecord, cursor string, err error) {
	if err := r.before("records.list"); err != nil {
		return nil, "", err
	}
	return r.Records.List(q, limit)
}

func (r faultyRecords) Remove(kind string, ids []string) error {
	return run(r.before, "records.remove", func() error { return r.Records.Remove(kind, ids) })
}
