package store

import (
	"context"
	"errors"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

// Store keeps everything. It is safe for concurrent use.
type Store interface {
	// View runs fn on one snapshot.
	View(ctx context.Context, fn func(Tx) error) error
	// Update runs fn and commits what it did. It may run fn again.
	Update(ctx context.Context, fn func(Tx) error) error
}

// Shared is a store that engines on several machines use at once. They set their clocks by it, and look at it often, since
// nobody tells them what another one has committed.
type Shared interface {
	Store
	// Now returns the time of the store's own clock.
	Now(ctx context.Context) (time.Time, error)
}

// Roomy is a store that knows when it is about to be full.
type Roomy interface {
	Store
	// Room returns [ErrFull] while nothing new is to be stored: what space there is, is for the work on what is there.
	// It is asked often, and does not wait.
	Room() error
}

// Tx is what a transaction can do. It is valid until fn returns, for one goroutine at a time.
type Tx interface {
	Episodes() Episodes
	Timeline() Timeline
	Outbox() Outbox
	Revisions() Revisions
	Values() Values
	Records() Records
}

// Version counts the changes of a row. The zero Version is that of a row that does not exist.
type Version int64

// Stored is an episode as it lies in the store.
type Stored struct {
	Episode     episode.Episode
	Version     Version
	Err         error // not nil: the row cannot be decoded; of Episode only the alert's ID, source and key are set
	Quarantined bool  // not stepped any more, until a person has looked at it
}

// Write is a change of one episode.
type Write struct {
	Episode episode.Episode
	Want    Version // the version that is replaced; 0 creates
}

// Query says which episodes to list. The zero Query lists all.
type Query struct {
	State   alert.State         // None: any
	Service watchbill.ServiceID // empty: any
	Parent  watchbill.AlertID   // only members of this group, whatever their service; empty: any
	Cursor  string              // from an earlier List; empty: from the newest
}

// Episodes keeps the alerts. Where an episode wakes, what it is deduplicated by and when it was last stepped follows
// from the episode itself.
type Episodes interface {
	Get(ids []watchbill.AlertID) ([]Stored, error)
	Newest(keys []alert.Ref) ([]Stored, error)
	Put(writes []Write) error
	Due(now time.Time, limit int) (due []watchbill.AlertID, next time.Time, err error)
	List(q Query, limit int) (page []Stored, cursor string, err error)
	// Admin has what the engine needs in rare cases.
	Admin() EpisodesAdmin
}

// EpisodesAdmin is for rare cases.
type EpisodesAdmin interface {
	// Rewind is for a clock that was set back. It returns the number of episodes.
	Rewind(now time.Time) (int, error)
	// Quarantine takes a row out of service, whether it can be decoded or not. Its messages are removed.
	Quarantine(id watchbill.AlertID) error
	// Count returns the number of episodes by state, quarantined ones apart.
	Count() (Counts, error)
	// Ended returns resolved episodes whose latest entry is earlier than an instant.
	Ended(before time.Time, limit int) ([]watchbill.AlertID, error)
	// Remove removes episodes with their timelines and messages, for good.
	Remove(ids []watchbill.AlertID) error
}

// RewoundClaim is how long after [EpisodesAdmin.Rewind] a claim lasts at most.
const RewoundClaim = time.Minute

// Counts is how many episodes there are, for operations.
type Counts struct {
	Triggered, Acknowledged, Resolved int
	Unreached                         int // open ones that [episode.Episode.Reached] denies
	Quarantined                       int
}

// Timeline keeps the entries of everything that has a record: alerts, incidents, postmortems, boards.
type Timeline interface {
	Append(of timeline.Owner, entries []timeline.Entry) error
	Read(of timeline.Owner, after int64, limit int) ([]timeline.Entry, error)
	// Replace changes what entries say that are there already: somebody's name is taken out of them.
	Replace(of timeline.Owner, entries []timeline.Entry) error
}

// Delivery is a message that waits to be sent, or is being sent.
type Delivery struct {
	ID    notify.MessageID
	Key   notify.Key
	Lane  notify.Lane
	DueAt time.Time
	Tries int   // claims so far, this one included
	Err   error // not nil: the row could not be decoded, and is gone; of Key only the alert is set
}

// Claim names who claims, and for how long.
type Claim struct {
	Token string    // never used before
	Until time.Time // after it, others may claim the messages
}

// Settlement says what became of a claimed delivery.
type Settlement struct {
	ID      notify.MessageID
	Token   string
	RetryAt time.Time // when it is due again; zero: it is done, and removed
}

// Outbox keeps the messages to be sent.
type Outbox interface {
	Enqueue(deliveries []Delivery) error
	Lanes(now time.Time) ([]notify.Lane, error)
	Claim(lane notify.Lane, now time.Time, c Claim, limit int) ([]Delivery, error)
	Settle(settlements []Settlement) error
	Cancel(id watchbill.AlertID, messages []notify.MessageID) error
	Next(now time.Time) (time.Time, error)
}

// Revision is a configuration as it was, or is, in force.
type Revision struct {
	Number      int64
	EffectiveAt time.Time
	Config      []byte // as oncall.Config.Encode made it; the store does not look into it
}

// Revisions keeps the configurations.
type Revisions interface {
	Add(effectiveAt time.Time, config []byte) (Revision, error)
	Latest() (Revision, error)
	Number() (int64, error)
	Get(number int64) (Revision, error)
	At(t time.Time) (Revision, error)
	// Replace changes the content of one that is there: somebody's name is taken out of it.
	Replace(number int64, config []byte) error
}

// Record is an aggregate whose content the store does not look into: an incident, a postmortem, a status page's board.
type Record struct {
	Kind     string    // "incident", "postmortem", "board"; not empty, without a colon
	ID       string    // within the kind; not empty
	ClosedAt time.Time // when the work on it ended; zero: it is open
	Body     []byte    // as the aggregate's package encoded it
}

// Owner returns whose timeline the record's is.
func (r Record) Owner() timeline.Owner { return timeline.Record(r.Kind, r.ID) }

// StoredRecord is a record as it lies in the store.
type StoredRecord struct {
	Record
	Version Version
}

// RecordWrite is a change of one record.
type RecordWrite struct {
	Record
	Want Version // the version that is replaced; 0 creates
}

// RecordQuery says which records of a kind to list. Without more, all of them.
type RecordQuery struct {
	Kind   string
	Open   bool      // only open ones
	Since  time.Time // only those that were open at it or later; zero: any
	Before time.Time // only those that were closed before it, the one closed first first; zero: any. Without Open, Since and Cursor
	Cursor string    // from an earlier List; empty: from the newest
}

// Records keeps what is neither an alert nor configuration.
type Records interface {
	Get(kind string, ids []string) ([]StoredRecord, error)
	Put(writes []RecordWrite) error
	List(q RecordQuery, limit int) (page []StoredRecord, cursor string, err error)
	// Remove removes records with their timelines, for good.
	Remove(kind string, ids []string) error
}

// Values keeps small named values: keys, marks.
type Values interface {
	Get(name string) ([]byte, error)
	Set(name string, value []byte) error
}

// Errors of every implementation, for errors.Is. Driver errors never cross the port without one of these or context.
var (
	ErrNotFound  = errors.New("store: not found")
	ErrConflict  = errors.New("store: changed meanwhile")
	ErrLeaseLost = errors.New("store: the claim is not held any more")
	ErrReadOnly  = errors.New("store: write in a view")
	ErrNested    = errors.New("store: transaction inside a transaction")
	ErrClosed    = errors.New("store: closed")
	ErrOutdated  = errors.New("store: a later release keeps this store; this one can only read it")
	ErrFull      = errors.New("store: no space left to store anything")
	ErrUnknown   = errors.New("store: the connection was lost during the commit, and whether it is done is not known")
)

// ConflictError names the alert or record whose row or timeline is not as the caller took it to be. errors.Is reports it
// as [ErrConflict].
type ConflictError struct{ Of timeline.Owner }

// Error says whose.
func (e *ConflictError) Error() string { return "store: " + string(e.Of) + ": changed meanwhile" }

// Is reports whether target is ErrConflict.
func (e *ConflictError) Is(target error) bool { return target == ErrConflict }

// LeaseLostError names the messages whose claim was not held. errors.Is reports it as [ErrLeaseLost].
type LeaseLostError struct{ IDs []notify.MessageID }

// Error says how many.
func (e *LeaseLostError) Error() string { return ErrLeaseLost.Error() }

// Is reports whether target is ErrLeaseLost.
func (e *LeaseLostError) Is(target error) bool { return target == ErrLeaseLost }
