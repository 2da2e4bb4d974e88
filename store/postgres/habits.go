package postgres

import (
	"slices"
	"sync"

	"github.com/jackc/pgx/v5"
)

// habits are the values that Updates of this store keep asking for. They are read when one begins, and only there if it does
// ask, so a pass that finds nothing to do takes few round trips.
type habits struct {
	mu    sync.Mutex
	count map[string]int
	names []string
}

const (
	habitual  = 8  // Updates that asked for it
	maxHabits = 16 // beside those, values are asked for one by one

	// readHabits leaves out what is long: it may not be asked for.
	readHabits = `select n.name, v.value from unnest($1::bytea[]) n (name) left join watchbill_values v on v.name = n.name
		where v.name is null or length(v.value) <= 4096`
)

// note counts what an Update has asked for.
func (h *habits) note(asked map[string]bool) {
	if len(asked) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.count == nil {
		h.count = map[string]int{}
	}
	for name := range asked {
		if len(h.names) < maxHabits && len(h.count) < 64*maxHabits {
			if h.count[name]++; h.count[name] == habitual {
				h.names = append(slices.Clone(h.names), name)
			}
		}
	}
}

// steps read what will be asked for into a transaction.
func (h *habits) steps(r *remembered) []step {
	h.mu.Lock()
	names := h.names
	h.mu.Unlock()
	if len(names) == 0 {
		return nil
	}
	return []step{{query: readHabits, args: []any{raws(names)}, rows: func(rows pgx.Rows) error {
		var name driverBytes
		var value []byte
		err := rows.Scan(&name, &value)
		r.note(&r.known, string(name), value)
		return err
	}}}
}
