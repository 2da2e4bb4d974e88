package engine

import (
	"bytes"
	"context"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"io"
	"sync"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/store"
)

// RealClock returns the clock of the machine.
func RealClock() watchbill.Clock { return realClock{} }

type realClock struct{}

func (realClock) Now() time.Time { return time.Now() }

func (realClock) WithDeadline(ctx context.Context, at time.Time) (context.Context, context.CancelFunc) {
	return context.WithDeadline(ctx, at)
}

// ids makes names that nobody has used: 64 bits of time, which sort, and 64 random ones.
type ids struct {
	mu   sync.Mutex
	rand io.Reader
	last uint64
}

// encoding sorts as the bytes do.
var encoding = base32.NewEncoding("0123456789abcdefghijklmnopqrstuv").WithPadding(base32.NoPadding)

// next returns a name that sorts after every earlier one of this engine, also within a microsecond.
func (g *ids) next(now time.Time) (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.last = max(g.last+1, uint64(now.UnixMicro()))
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], g.last)
	if _, err := io.ReadFull(g.rand, b[8:]); err != nil {
		return "", err
	}
	return encoding.EncodeToString(b[:]), nil
}

// token returns what no claim was named by before.
func (e *Engine) token() (string, error) {
	var b [16]byte
	e.ids.mu.Lock()
	defer e.ids.mu.Unlock()
	_, err := io.ReadFull(e.ids.rand, b[:])
	return hex.EncodeToString(b[:]), err
}

// pulse is what engines leave in the store to know how long nobody was there, and whether the clock was set back.
type pulse struct {
	last    time.Time // this engine's latest pass
	upSince time.Time // since when signals could be received
	passes  int       // so far
	again   time.Time // when alerts are looked at once more, since the clock was set back; zero: they are not
}

// AliveEvery is how often engines note in the store that they make passes; see [Engine.AliveAt].
const AliveEvery = 10 * time.Second

const (
	pulseName = "engine.pulse"
	// pulseGap is how old the mark may be without signals having been missed. Marks outlive a crash, so a crash loop
	// does not count as absence for ever.
	pulseGap = time.Minute
	// maxSkew is how far the clocks of engines that share a store may lie apart.
	maxSkew = time.Second
)

type pulseMark struct {
	AliveAt time.Time `json:"alive_at"`
	UpSince time.Time `json:"up_since,omitzero"`
}

// beat notes the pass, and reports whether the clock was set back since the last one.
func (p *pulse) beat(tx store.Tx, now time.Time) (back bool, err error) {
	mark, found, err := readMark(tx)
	if err != nil {
		return false, err
	}
	missing := found && now.Sub(mark.AliveAt) > pulseGap // no engine was there, or none could commit
	last := p.last
	if last.IsZero() { // this engine's first pass: the mark may be another engine's, whose clock is a little ahead
		last = mark.AliveAt.Add(-maxSkew)
		p.upSince = mark.UpSince
	}
	if mark.UpSince.After(p.upSince) { // another engine was the first to come back
		p.upSince = mark.UpSince
	}
	if missing && now.Sub(p.last) > pulseGap {
		p.upSince = now
	}
	back = now.Before(last)
	switch {
	case back: // a transaction that is under way goes by the clock as it was
		p.again = now.Add(storeTimeout)
	case !p.again.IsZero() && !now.Before(p.again):
		back, p.again = true, time.Time{}
	}
	if !found || back || p.last.IsZero() || now.Sub(mark.AliveAt) >= AliveEvery {
		err = writeMark(tx, pulseMark{AliveAt: now, UpSince: p.upSince})
	}
	return back, err
}

func readMark(tx store.Tx) (mark pulseMark, found bool, err error) {
	row, err := tx.Values().Get(pulseName)
	if err != nil || row == nil {
		return mark, false, err
	}
	mark, found = markOf(row)
	return mark, found, nil
}

const markAlive, markUp, markEnd = `{"alive_at":"`, `","up_since":"`, `"}`

// markOf reads a mark; one that is unreadable is as good as none. One that is as writeMark writes it is not left to
// encoding/json, since every pass reads and writes one.
func markOf(row []byte) (pulseMark, bool) {
	text, begins := bytes.CutPrefix(row, []byte(markAlive))
	text, ends := bytes.CutSuffix(text, []byte(markEnd))
	alive, up, both := bytes.Cut(text, []byte(markUp))
	var mark pulseMark
	if begins && ends && mark.AliveAt.UnmarshalText(alive) == nil && (!both || mark.UpSince.UnmarshalText(up) == nil) {
		return mark, true
	}
	var other pulseMark
	if json.Unmarshal(row, &other) != nil {
		return pulseMark{}, false
	}
	return other, true
}

func writeMark(tx store.Tx, mark pulseMark) error {
	row, err := mark.AliveAt.AppendText(append(make([]byte, 0, 96), markAlive...))
	if err == nil && !mark.UpSince.IsZero() {
		row, err = mark.UpSince.AppendText(append(row, markUp...))
	}
	if err != nil {
		return err
	}
	return tx.Values().Set(pulseName, append(row, markEnd...))
}

// Attend notes in a store that the engines on it, which were there at since, have made passes until until, as [Engine.Run] makes
// them each second. It is for whoever calls [Engine.RunOnce] only when something is due, as a simulator does: else the next pass
// takes the time in between for one in which nobody was there and no signal could come in, and waits longer for what is missing.
// An absence before since, which an engine has yet to notice, stays one.
func Attend(ctx context.Context, s store.Store, since, until time.Time) error {
	return s.Update(ctx, func(tx store.Tx) error {
		mark, found, err := readMark(tx)
		if err != nil || !found || since.Sub(mark.AliveAt) > pulseGap || !until.After(mark.AliveAt) {
			return err
		}
		return writeMark(tx, pulseMark{AliveAt: watchbill.Stamp(until), UpSince: mark.UpSince})
	})
}
