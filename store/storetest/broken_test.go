package storetest

import (
	"context"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// broken is a store that breaks a sentence of the contract, the first of those that it fails; the others follow from
// that.
type broken struct {
	fails string
	how   string
	open  func() store.Store
}

func allBroken() []broken {
	return slices.Concat(brokenTransactions(), brokenEpisodes(), brokenOthers(), brokenRecords(), brokenRemovals())
}

func (b broken) sentence() string { return b.fails[:strings.IndexByte(b.fails+" ", ' ')] }

// TestBrokenStoresFail holds stores that are broken on purpose against the suite: each must fail its own sentence and
// keep nearly all others, so that a failure says what is wrong.
func TestBrokenStoresFail(t *testing.T) {
	for _, b := range allBroken() {
		t.Run(b.sentence()+"/"+b.how, func(t *testing.T) {
			var failed []string
			for _, c := range checks() {
				if err := c.run(t.Context(), b.open()); err != nil {
					failed = append(failed, sentence(c.name))
					t.Logf("%s: %v", c.name, err)
				}
			}
			slices.Sort(failed)
			want := strings.Fields(b.fails)
			slices.Sort(want)
			if failed = slices.Compact(failed); !slices.Equal(failed, want) {
				t.Errorf("fails %v, want %v", failed, want)
			}
		})
	}
}

// sentence returns the sentence that a check is about.
func sentence(check string) string {
	s, _, _ := strings.Cut(check, "/")
	return s
}

// TestEverySentence checks that each sentence of package store has a check, and a store that breaks it.
func TestEverySentence(t *testing.T) {
	text, err := os.ReadFile("../doc.go")
	if err != nil {
		t.Fatal(err)
	}
	checked := map[string]bool{
		"T8":  true, // needs a process to kill
		"O7":  true, // needs a table to spoil
		"T13": true, // needs a connection to lose; a store within the process always knows
		"T14": true, // needs a later release
	}
	breaks := maps.Clone(checked)
	for _, c := range checks() {
		checked[sentence(c.name)] = true
	}
	for _, b := range allBroken() {
		breaks[b.sentence()] = true
	}
	found := regexp.MustCompile(`(?m)^//\t([A-Z]\d+) `).FindAllStringSubmatch(string(text), -1)
	if len(found) < 30 {
		t.Fatalf("found only %d sentences", len(found))
	}
	for _, m := range found {
		if !checked[m[1]] || !breaks[m[1]] {
			t.Errorf("%s: has a check: %v, a store that breaks it: %v", m[1], checked[m[1]], breaks[m[1]])
		}
	}
}

// TestRandomFindsAndShrinks lets the random operations find a broken store.
func TestRandomFindsAndShrinks(t *testing.T) {
	open := func(*testing.T) store.Store {
		return outboxStore(func(o store.Outbox) store.Outbox { return claimTwice{o} })
	}
	script := randomScript(1, 250)
	if diverges(t, open, script) == "" {
		t.Fatal("nothing was found")
	}
	short := shrink(t, open, script)
	if len(short) > 10 || diverges(t, open, short) == "" {
		t.Errorf("shrunk to %d ops: %v", len(short), short)
	}
}

// wrapped is a store in memory whose transactions are changed.
type wrapped struct {
	*memory.Store
	view, update func(ctx context.Context, fn func(store.Tx) error) error
	tx           func(store.Tx) store.Tx
}

func (w *wrapped) View(ctx context.Context, fn func(store.Tx) error) error {
	return w.run(w.view, w.Store.View, ctx, fn)
}

func (w *wrapped) Update(ctx context.Context, fn func(store.Tx) error) error {
	return w.run(w.update, w.Store.Update, ctx, fn)
}

func (w *wrapped) run(own, from func(context.Context, func(store.Tx) error) error, ctx context.Context, fn func(store.Tx) error) error {
	if own == nil {
		own = from
	}
	return own(ctx, func(tx store.Tx) error {
		if w.tx != nil {
			tx = w.tx(tx)
		}
		return fn(tx)
	})
}

// brokenTx is a transaction with some of its parts replaced.
type brokenTx struct {
	store.Tx
	episodes  store.Episodes
	timeline  store.Timeline
	outbox    store.Outbox
	revisions store.Revisions
	values    store.Values
	records   store.Records
}

func (t brokenTx) Episodes() store.Episodes   { return or(t.episodes, t.Tx.Episodes) }
func (t brokenTx) Timeline() store.Timeline   { return or(t.timeline, t.Tx.Timeline) }
func (t brokenTx) Outbox() store.Outbox       { return or(t.outbox, t.Tx.Outbox) }
func (t brokenTx) Revisions() store.Revisions { return or(t.revisions, t.Tx.Revisions) }
func (t brokenTx) Values() store.Values       { return or(t.values, t.Tx.Values) }
func (t brokenTx) Records() store.Records     { return or(t.records, t.Tx.Records) }

func or[T comparable](part T, whole func() T) T {
	var none T
	if part != none {
		return part
	}
	return whole()
}

func episodesStore(with func(store.Episodes) store.Episodes) store.Store {
	return &wrapped{Store: memory.New(), tx: func(tx store.Tx) store.Tx { return brokenTx{Tx: tx, episodes: with(tx.Episodes())} }}
}

func timelineStore(with func(store.Timeline) store.Timeline) store.Store {
	return &wrapped{Store: memory.New(), tx: func(tx store.Tx) store.Tx { return brokenTx{Tx: tx, timeline: with(tx.Timeline())} }}
}

func outboxStore(with func(store.Outbox) store.Outbox) store.Store {
	return &wrapped{Store: memory.New(), tx: func(tx store.Tx) store.Tx { return brokenTx{Tx: tx, outbox: with(tx.Outbox())} }}
}

func revisionsStore(with func(store.Revisions) store.Revisions) store.Store {
	return &wrapped{Store: memory.New(), tx: func(tx store.Tx) store.Tx { return brokenTx{Tx: tx, revisions: with(tx.Revisions())} }}
}

func recordsStore(with func(store.Records) store.Records) store.Store {
	return &wrapped{Store: memory.New(), tx: func(tx store.Tx) store.Tx { return brokenTx{Tx: tx, records: with(tx.Records())} }}
}
