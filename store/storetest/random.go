package storetest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// op is one transaction of a random script: what to do, which of the things there are to do it to, how many seconds
// pass before, and the step at which the caller fails (none if 0). ID names what it creates.
type op struct {
	Do   string
	N    int
	Wait int
	Fail int
	ID   int
}

// String returns the op as a line of a script.
func (o op) String() string {
	s := fmt.Sprintf("+%-4d %-10s n=%d id=%d", o.Wait, o.Do, o.N, o.ID)
	if o.Fail > 0 {
		s += fmt.Sprintf(" fails at step %d", o.Fail)
	}
	return s
}

// randomScript returns ops, and at their end the ones that show all there is.
func randomScript(seed uint64, n int) []op {
	rnd := rand.New(rand.NewPCG(seed, 0))
	names := strings.Fields(`signal signal signal signal acknowledge resolve escalate tick tick tick claim claim claim
		settle settle receipt receipt quarantine rewind stale list list look look revision value record record record records`)
	var script []op
	for i := range n {
		o := op{Do: names[rnd.IntN(len(names))], N: rnd.IntN(1000), Wait: rnd.IntN(90), ID: i + 1}
		if rnd.IntN(8) == 0 {
			o.Fail = 1 + rnd.IntN(6)
		}
		script = append(script, o)
	}
	return append(script, op{Do: "dump"}, op{Do: "look"}, op{Do: "drain", Wait: 1e6, ID: n + 1})
}

// runRandom runs random scripts on the store and on package memory, until they differ.
func runRandom(t *testing.T, open func(t *testing.T) store.Store) {
	seeds := uint64(6)
	if testing.Short() {
		seeds = 2
	}
	for seed := range seeds {
		script := randomScript(seed, 250)
		if diverges(t, open, script) == "" {
			continue
		}
		script = shrink(t, open, script)
		var lines []string
		for _, o := range script {
			lines = append(lines, o.String())
		}
		t.Fatalf("seed %d: at the end of this script the store and package memory differ:\n%s\n%s",
			seed, strings.Join(lines, "\n"), diverges(t, open, script))
	}
}

// diverges says how the answers to a script differ at the first op where they do; empty if nowhere.
func diverges(t *testing.T, open func(t *testing.T) store.Store, script []op) (how string) {
	t.Run("script", func(t *testing.T) { // closes the store when it is over
		how = difference(newWorld(t.Context(), open(t)), newWorld(t.Context(), memory.New()), script)
	})
	return how
}

func difference(subject, oracle *world, script []op) string {
	for i, o := range script {
		if got, want := subject.do(o), oracle.do(o); got != want {
			return fmt.Sprintf("op %d, %s\n got %s\nwant %s", i+1, o, got, want)
		}
	}
	return exportDifference(subject.ctx, subject.raw, oracle.raw)
}

// exportDifference says how what two stores hold differs, if they can be asked.
func exportDifference(ctx context.Context, subject, oracle store.Store) string {
	a, ok := subject.(store.Archiver)
	b, ok2 := oracle.(store.Archiver)
	if !ok || !ok2 {
		return ""
	}
	got, err1 := export(ctx, a)
	want, err2 := export(ctx, b)
	if err := first(err1, err2, sameItems("export", uncounted(got), uncounted(want))); err != nil {
		return err.Error()
	}
	return ""
}

// shrink leaves out what is not needed for the stores to differ.
func shrink(t *testing.T, open func(t *testing.T) store.Store, script []op) []op {
	tries := 400
	for size := len(script) / 2; size > 0; size /= 2 {
		for i := len(script) - size; i >= 0 && tries > 0; i -= size {
			tries--
			if fewer := slices.Delete(slices.Clone(script), i, i+size); diverges(t, open, fewer) != "" {
				script = fewer
			}
		}
	}
	return script
}

// world is a store with its script so far. Two worlds whose stores answer alike do the same.
type world struct {
	ctx     context.Context
	store   store.Store // which may fail
	raw     store.Store
	now     time.Time
	op      op
	steps   int             // of this transaction so far
	answers []any           // of this transaction
	claimed []claimedBefore // by committed transactions
	taken   []claimedBefore // by this one
}

type claimedBefore struct {
	store.Delivery
	token string
}

func newWorld(ctx context.Context, s store.Store) *world {
	w := &world{ctx: ctx, now: t0, raw: s}
	w.store = &Faulty{Store: s, Before: w.before}
	return w
}

// before fails the step that the op names.
func (w *world) before(step string) error {
	if step == "update" || step == "committed" {
		return nil
	}
	if w.steps++; w.steps == w.op.Fail {
		return errStop
	}
	return nil
}

// do runs an op and returns everything that the store answered.
func (w *world) do(o op) string {
	w.op = o
	w.now = w.now.Add(time.Duration(o.Wait) * time.Second)
	err := w.store.Update(w.ctx, func(tx store.Tx) error {
		w.steps, w.answers, w.taken = 0, nil, nil
		return w.act(tx)
	})
	if err == nil {
		w.claimed = append(w.claimed, w.taken...)
	}
	data, bad := json.Marshal(w.answers)
	answers := strings.ReplaceAll(string(data), "null", "[]") // a slice may be nil or empty
	return fmt.Sprint(answers, " ", class(err), " ", bad)
}

// class names an error, without what each store may say in its own words.
func class(err error) string {
	for _, known := range []error{errStop, store.ErrConflict, store.ErrNotFound, store.ErrLeaseLost} {
		if errors.Is(err, known) {
			return known.Error()
		}
	}
	return fmt.Sprint(err)
}

func (w *world) answer(what ...any) { w.answers = append(w.answers, what...) }
