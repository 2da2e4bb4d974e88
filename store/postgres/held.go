package postgres

import (
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// held are the versions of the rows that an Update has read, and thereby locked, or written. Whether a Put is a conflict is
// known without asking where the row is held.
type held map[timeline.Owner]store.Version

// note notes the version of a row.
func (h *held) note(of timeline.Owner, v store.Version) {
	if *h == nil {
		*h = held{}
	}
	(*h)[of] = v
}

// holds notes the version of a row that was read.
func (t *tx) holds(of timeline.Owner, v store.Version) {
	if t.kind != view {
		t.held.note(of, v)
	}
}

// putOf checks the version that a Put wants of a row, and reports whether that is the row's for sure: if not, the database
// has to be asked. One that creates is not asked about, since its ID is new.
func (t *tx) putOf(of timeline.Owner, want store.Version) (sure bool, err error) {
	v, known := t.held[of]
	if known && v != want {
		return true, t.fail(&store.ConflictError{Of: of})
	}
	t.held.note(of, want+1)
	return known || want == 0, nil
}

// sent sends what a Put has let wait, unless it is sure to be no conflict.
func (t *tx) sent(sure bool) error {
	if sure {
		return t.written()
	}
	return t.ask()
}
