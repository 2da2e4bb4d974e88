package httpapi

import (
	"context"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/statuspage"
)

// press keeps the newest edition of one status page.
type press struct {
	turn  chan struct{} // holds one element while somebody makes an edition
	last  atomic.Pointer[edition]
	asked atomic.Pointer[time.Time] // when the engine was last asked for one
	seen  time.Time                 // when it last answered, so that the last edition was right; for who has the turn
}

// edition is a status page as it was for a while, and the files made of it so far.
type edition struct {
	view  statuspage.View
	mu    sync.Mutex
	files map[string]*file
}

// edition returns one that is not older than a second. While one is being made, others get the one before, so that a
// reader seldom waits; and if none can be made, that has to do, and it is tried again after a second.
func (pr *press) edition(ctx context.Context, p *Pages, id watchbill.PageID) (*edition, error) {
	last := pr.fresh(p)
	if last != nil {
		return last, nil
	}
	select {
	case pr.turn <- struct{}{}:
	default:
		if last = pr.last.Load(); last != nil {
			return last, nil
		}
		select {
		case pr.turn <- struct{}{}:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	defer func() { <-pr.turn }()
	if last = pr.fresh(p); last != nil {
		return last, nil
	}
	now := watchbill.Stamp(p.cfg.Clock.Now())
	pr.asked.Store(&now) // before a panic, too
	last = pr.last.Load()
	next, err := p.edition(ctx, now, id, last)
	switch {
	case err == nil:
		pr.seen = now
	case last != nil && refusal(err) == nil:
		p.cfg.Logger.Error("status page is not fresh", "page", id, "since", pr.seen, "error", err)
		return last, nil
	}
	pr.last.Store(next)
	return next, err
}

// fresh returns the last edition if the engine need not be asked for another yet; else nil.
func (pr *press) fresh(p *Pages) *edition {
	asked := pr.asked.Load()
	if asked == nil || !stillFresh(p.cfg.Clock.Now(), *asked) {
		return nil
	}
	return pr.last.Load()
}

// edition makes one, with the page itself, or returns the last one if nothing has changed. Others share it, so that it
// outlives the request.
func (p *Pages) edition(ctx context.Context, now time.Time, id watchbill.PageID, last *edition) (*edition, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), findWait)
	defer cancel()
	v, err := p.cfg.Engine.Page(ctx, now, id, p.cfg.PublicURL+"/"+string(id))
	if err != nil {
		return nil, err
	}
	if last != nil && reflect.DeepEqual(last.view, v) { // equal views are written as equal bytes
		return last, nil
	}
	e := &edition{view: v, files: map[string]*file{}}
	_, err = e.file(p.render, "")
	if err != nil {
		return nil, err
	}
	return e, nil
}

// stillFresh reports whether something of an instant holds still now.
func stillFresh(now, at time.Time) bool { return !now.Before(at) && now.Sub(at) < freshFor }

// file returns a file of the edition, made at the first call; nil if there is none of that name.
func (e *edition) file(render *statuspage.Renderer, name string) (*file, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if f, ok := e.files[name]; ok {
		return f, nil
	}
	f, err := print(render, e.view, name)
	if f != nil {
		e.files[name] = f
	}
	return f, err
}
