package sqlite

import (
	"sync"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/store"
)

// recentEpisodes is how many episodes are kept decoded: those that are claimed and reported shortly after they change.
const recentEpisodes = 4096

// recent keeps the episodes that were committed last as values, because decoding one takes longer than reading it. A
// version of a row has one content for ever, so nothing here goes stale: whoever finds another version in the database,
// this store's or anybody else's, decodes that. The zero value is ready.
type recent struct {
	mu    sync.Mutex
	known map[watchbill.AlertID]decoded
	order [recentEpisodes]watchbill.AlertID // a ring
	next  int
}

type decoded struct {
	version store.Version
	episode episode.Episode
}

// add remembers what has been committed.
func (r *recent) add(writes []store.Write) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known = make(map[watchbill.AlertID]decoded, recentEpisodes)
	}
	for _, w := range writes {
		id := w.Episode.Alert.ID
		if _, again := r.known[id]; !again {
			delete(r.known, r.order[r.next])
			r.order[r.next] = id
			r.next = (r.next + 1) % recentEpisodes
		}
		r.known[id] = decoded{w.Want + 1, w.Episode.Clone()}
	}
}

// get returns a copy of the episode at a version, if it is known.
func (r *recent) get(id watchbill.AlertID, v store.Version) (episode.Episode, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d, ok := r.known[id]; ok && d.version == v {
		return d.episode.Clone(), true
	}
	return episode.Episode{}, false
}
