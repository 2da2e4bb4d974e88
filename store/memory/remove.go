package memory

import (
	"errors"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/timeline"
)

// Ended returns resolved episodes whose latest entry is earlier than an instant.
func (t adminTx) Ended(before time.Time, limit int) ([]watchbill.AlertID, error) {
	return nil, errors.ErrUnsupported
}

// Remove removes episodes with their timelines and messages.
func (t adminTx) Remove(ids []watchbill.AlertID) error { return errors.ErrUnsupported }

// Replace changes what entries say.
func (t timelineTx) Replace(of timeline.Owner, entries []timeline.Entry) error {
	return errors.ErrUnsupported
}

// Replace changes the content of a revision.
func (t revisionsTx) Replace(number int64, config []byte) error { return errors.ErrUnsupported }

// Remove removes records with their timelines.
func (t recordsTx) Remove(kind string, ids []string) error { return errors.ErrUnsupported }
