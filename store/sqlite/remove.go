package sqlite

import (
	"errors"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/timeline"
)

// Ended returns resolved episodes whose latest entry is earlier than an instant.
func (t admin) Ended(before time.Time, limit int) ([]watchbill.AlertID, error) {
	return nil, errors.ErrUnsupported
}

// Remove removes episodes with their timelines and messages.
func (t admin) Remove(ids []watchbill.AlertID) error { return errors.ErrUnsupported }

// Replace changes what entries say.
func (t timelines) Replace(of timeline.Owner, entries []timeline.Entry) error {
	return errors.ErrUnsupported
}

// Replace changes the content of a revision.
func (t revisions) Replace(number int64, config []byte) error { return errors.ErrUnsupported }

// Remove removes records with their timelines.
func (t records) Remove(kind string, ids []string) error { return errors.ErrUnsupported }
