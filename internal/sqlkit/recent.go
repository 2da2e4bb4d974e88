package sqlkit

import (
	"hash/maphash"
	"sync"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
)

// RecentEpisodes is how many episodes are kept decoded: those that are claimed and reported shortly after they change.
const RecentEpisodes = 4096

// Recent keeps the episodes that were committed last as values, because decoding one takes longer than reading it. It
// goes by the row's body, so nothing here goes stale: whoever finds another body in the database, this store's or anybody
// else's, decodes that. The zero value is ready, for concurrent use.
type Recent struct {
	mu    sync.Mutex
	seed  maphash.Seed
	known map[watchbill.AlertID]decoded
	order [RecentEpisodes]watchbill.AlertID // a ring
	next  int
}

// Row is an episode and the body that it was encoded as.
type Row struct {
	Episode episode.Episode
	Body    []byte
}

type decoded struct {
	body    uint64 // its hash
	episode episode.Episode
}

// Add remembers what has been committed.
func (r *Recent) Add(rows []Row) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.seed = maphash.MakeSeed()
		r.known = make(map[watchbill.AlertID]decoded, RecentEpisodes)
	}
	for _, row := range rows {
		id := row.Episode.Alert.ID
		if _, again := r.known[id]; !again {
			delete(r.known, r.order[r.next])
			r.order[r.next] = id
			r.next = (r.next + 1) % RecentEpisodes
		}
		r.known[id] = decoded{maphash.Bytes(r.seed, row.Body), row.Episode.Clone()}
	}
}

// Get returns a copy of the episode with this body, if it is known.
func (r *Recent) Get(id watchbill.AlertID, body []byte) (episode.Episode, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if d, ok := r.known[id]; ok && d.body == maphash.Bytes(r.seed, body) {
		return d.episode.Clone(), true
	}
	return episode.Episode{}, false
}
