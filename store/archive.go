package store

import (
	"context"
	"errors"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

// Archiver is a store whose whole content can be moved into another. Package store/archive writes it to a file.
type Archiver interface {
	Store
	// Export hands everything to fn, as of one snapshot: items of one kind after the other, in the order of the fields
	// of [Item], and those of a kind by what names them. The item is valid until fn returns; an error of fn ends it.
	Export(ctx context.Context, fn func(Item) error) error
	// Import puts in what next returns, until that returns io.EOF, in one transaction.
	Import(ctx context.Context, next func() (Item, error)) error
}

// ErrNotEmpty is why a store refuses [Archiver.Import].
var ErrNotEmpty = errors.New("store: not empty")

// Item is one thing that a store keeps, as it is kept. Exactly one field is set.
type Item struct {
	Revision *Revision
	Value    *Value
	Episode  *ArchivedEpisode
	Record   *StoredRecord
	Entries  *Entries
	Message  *ArchivedMessage
}

// Value is a named value.
type Value struct {
	Name  string
	Value []byte
}

// ArchivedEpisode is an episode as a row: what is stored of it, and the copies that queries go by. The body may be one that
// nobody can decode.
type ArchivedEpisode struct {
	ID        watchbill.AlertID
	Version   Version
	Source    watchbill.SourceID
	Key       alert.DedupKey
	Service   watchbill.ServiceID
	Parent    watchbill.AlertID
	State     alert.State // None: quarantined
	Unreached bool
	CreatedAt time.Time
	WakeAt    time.Time // zero: never
	SteppedAt time.Time // of the latest entry
	Body      []byte    // as episode.Encode made it
}

// Entries are all entries of one owner.
type Entries struct {
	Of      timeline.Owner
	Entries []timeline.Entry
}

// ArchivedMessage is a message of the outbox as a row. Lane and key may be such as nobody can decode.
type ArchivedMessage struct {
	Alert   watchbill.AlertID
	ID      notify.MessageID
	Lane    []byte // notify.Lane as JSON
	Key     []byte // notify.Key as JSON
	DueAt   time.Time
	ReadyAt time.Time // when it can be claimed: DueAt, or the end of the claim
	Tries   int
	Token   string // of the claim; empty: none
}
