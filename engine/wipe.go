package engine

import (
	"cmp"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/handover"
	"github.com/watchbill/watchbill/heartbeat"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/postmortem"
	"github.com/watchbill/watchbill/statuspage"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

const (
	// WipeKind is the kind of the records that say that somebody was wiped, and by whom. Their ID is the pseudonym.
	WipeKind = "wipe"
	// KindWiped is the one kind of entry of such a record.
	KindWiped timeline.Kind = "wiped"
	// wipingName is the value of the store that says how far a wipe has come; none if none is under way.
	wipingName = "engine.wiping"
	// wipeAtOnce is how many alerts or records, and wipeRevisions how many configurations, one transaction looks at.
	wipeAtOnce, wipeRevisions = 50, 20
	// wipeSteps is how many transactions one call makes.
	wipeSteps = 100
)

// Why somebody cannot be wiped now, for errors.Is.
var (
	ErrInForce = errors.New("engine: the person is in the configuration in force; take the person out of it first")
	ErrWiping  = errors.New("engine: the wipe of somebody else is not finished; finish that first")
)

// HeldError says under which legal hold something is.
type HeldError struct{ Hold, Reason string }

// Error says under which.
func (e *HeldError) Error() string {
	text := fmt.Sprintf("engine: the person is under the legal hold %q", e.Hold)
	if e.Reason != "" {
		text += " (" + e.Reason + ")"
	}
	return text
}

// Wiped is what a wipe has done so far.
type Wiped struct {
	As         watchbill.UserID `json:"as"` // the pseudonym that stands in the person's place
	Done       bool             `json:"done"`
	Alerts     int              `json:"alerts"`     // in which the person was
	Messages   int              `json:"messages"`   // that waited to be sent to the person, who cannot be reached any more
	Records    int              `json:"records"`    // incidents, hand-overs and the like in which the person was
	Removed    int              `json:"removed"`    // records that were about the person alone, such as how a contact did
	Revisions  int              `json:"revisions"`  // configurations of the past in which the person was
	Unreadable int              `json:"unreadable"` // what could not be read, and may name the person still
}

func (w Wiped) found() bool { return w.Alerts+w.Records+w.Removed+w.Revisions > 0 }

// wiping is how far a wipe has come.
type wiping struct {
	V      int              `json:"v"` // of the form; 1
	User   watchbill.UserID `json:"user"`
	Words  []string         `json:"words,omitempty"` // names, addresses and secrets
	Phase  int              `json:"phase"`
	Cursor string           `json:"cursor,omitempty"`
	Next   int64            `json:"next,omitempty"`  // revision
	Parts  []string         `json:"parts,omitempty"` // of configurations, which others took the place of
	Wiped
}

// forgetting returns what looks for the person.
func (s *wiping) forgetting() *forgetting {
	f := &forgetting{user: string(s.User), as: string(s.As)}
	f.words(s.Words)
	return f
}

// Wipe makes everything stored forget somebody who is not in the configuration any more; whether By may say so is for the
// caller to decide. The ID becomes a pseudonym, names and addresses become "removed"; what happened, when, and how often stays.
// It does some of it, in small transactions beside everything else, and returns what is done so far: call it again until
// Done. It goes on where it, or a process that ended, left off. The error is [ErrInForce], [ErrWiping], a [*HeldError], or a
// [*MissingError] for somebody who is nowhere.
func (e *Engine) Wipe(ctx context.Context, now time.Time, user watchbill.UserID, by timeline.By) (Wiped, error) {
	now = watchbill.Stamp(now)
	if err := e.beginWipe(ctx, now, user); err != nil {
		return Wiped{}, err
	}
	var did Wiped
	var err error
	for range wipeSteps {
		for tries := 0; ; tries++ {
			err = e.change(ctx, now, func(d *desk) (err error) {
				did, err = d.wipeSome(user, by)
				return err
			})
			if !errors.Is(err, store.ErrConflict) || tries == lookTries || ctx.Err() != nil {
				break
			}
		}
		if err != nil || did.Done {
			break
		}
	}
	if err == nil && did.Done {
		e.orgs.forget()
		e.contacts.forget()
		if !did.found() {
			return Wiped{}, &MissingError{"user", string(user)}
		}
		e.log.Info("somebody was wiped", "as", did.As, "alerts", did.Alerts, "records", did.Records, "removed", did.Removed,
			"revisions", did.Revisions, "unreadable", did.Unreadable)
	}
	return did, err
}

// beginWipe notes that somebody is to be wiped, unless that has begun or must not be.
func (e *Engine) beginWipe(ctx context.Context, now time.Time, user watchbill.UserID) error {
	if user == "" {
		return &MissingError{"user", ""}
	}
	var fresh wiping
	begun := false
	err := e.look(ctx, now, func(d *desk) error {
		is, found, err := d.wiping()
		switch _, inForce := d.org.InFile(user); {
		case err != nil:
			return err
		case inForce:
			return ErrInForce
		case found && is.User != user:
			return ErrWiping
		}
		if begun = found; found {
			return nil
		}
		fresh = wiping{V: 1, User: user}
		fresh.Words, err = d.wordsOf(user)
		return cmp.Or(err, d.checkHeld(user))
	})
	if err != nil || begun {
		return err
	}
	var b [4]byte
	if _, err := io.ReadFull(e.cfg.Rand, b[:]); err != nil {
		return err
	}
	fresh.As = watchbill.UserID("removed-" + hex.EncodeToString(b[:]))
	return e.change(ctx, now, func(d *desk) error {
		is, found, err := d.wiping()
		if err != nil || found && is.User == user {
			return err
		}
		if found {
			return ErrWiping
		}
		return d.setWiping(&fresh)
	})
}

func (d *desk) wiping() (s wiping, found bool, err error) {
	data, err := d.tx.Values().Get(wipingName)
	if err != nil || len(data) == 0 {
		return s, false, err
	}
	if err := json.Unmarshal(data, &s); err != nil {
		return s, false, fmt.Errorf("engine: how far a wipe has come cannot be read: %w", err)
	}
	return s, true, nil
}

func (d *desk) setWiping(s *wiping) error {
	data, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return d.tx.Values().Set(wipingName, data)
}

// wipedKinds lists the kinds of records that may name people.
func wipedKinds() []string {
	return []string{incident.RecordKind, postmortem.RecordKind, statuspage.RecordKind, handover.RecordKind, cover.RecordKind,
		NoticeKind, SummaryKind, AnswerKind, VerificationKind, ContactKind, PersonKind, SilenceKind, MaintenanceKind,
		heartbeat.RecordKind, heartbeat.HistoryKind, groupKind, inhibitorKind, turnKind, wakeUpKind, WithheldKind, WipeKind}
}

// wipeSome does the next part of a wipe, and notes how far it has come.
func (d *desk) wipeSome(user watchbill.UserID, by timeline.By) (Wiped, error) {
	s, found, err := d.wiping()
	if err != nil || !found || s.User != user {
		return Wiped{Done: !found}, err
	}
	kinds := wipedKinds()
	phase := s.Phase
	switch {
	case phase == 0:
		err = d.wipeAlerts(&s)
	case phase <= len(kinds):
		err = d.wipeRecords(&s, kinds[phase-1])
	case phase == len(kinds)+1:
		err = d.wipeRevisions(&s)
	default:
		return d.endWipe(&s, by)
	}
	if err != nil {
		return Wiped{}, err
	}
	if s.Cursor == "" && s.Next == 0 {
		s.Phase++
	}
	return s.Wiped, d.setWiping(&s)
}

// endWipe removes what is left over, and writes down that it was done, without saying to whom.
func (d *desk) endWipe(s *wiping, by timeline.By) (Wiped, error) {
	if err := d.dropParts(s.Parts); err != nil {
		return Wiped{}, err
	}
	if s.Revisions > 0 { // engines keep what they have read until there is another number
		latest, err := d.tx.Revisions().Latest()
		if err != nil {
			return Wiped{}, err
		}
		if _, err := d.tx.Revisions().Add(d.now, latest.Config); err != nil {
			return Wiped{}, err
		}
	}
	s.Done = true
	if err := d.tx.Values().Set(wipingName, nil); err != nil || !s.found() {
		return s.Wiped, err
	}
	f := s.forgetting()
	by.Actor, by.Via = timeline.Actor(f.value(string(by.Actor), "by", "")), f.value(by.Via, "via", "")
	return s.Wiped, d.audit(WipeKind, string(s.As), mute.Span{}, by, KindWiped, s.Wiped)
}

// checkHeld refuses to wipe who is under a legal hold, or in something that is.
func (d *desk) checkHeld(user watchbill.UserID) error {
	holds := d.org.Config().Holds
	refuse := func(m matter) error {
		if h, ok := heldBy(holds, m); ok && finding(user).in(m.body, "") {
			return &HeldError{h.ID, h.Reason}
		}
		return nil
	}
	for _, h := range holds {
		if h.User == user {
			return &HeldError{h.ID, h.Reason}
		}
	}
	if len(holds) == 0 {
		return nil
	}
	q := store.Query{}
	for again := true; again; again = q.Cursor != "" {
		page, next, err := d.tx.Episodes().List(q, 200)
		if err != nil {
			return err
		}
		for _, s := range page {
			if err := refuse(matterOf(d.org, s.Episode)); s.Err == nil && err != nil {
				return err
			}
		}
		q.Cursor = next
	}
	for _, kind := range slices.Concat(wipedKinds()[:5], []string{NoticeKind}) {
		if err := d.everyRow(kind, func(r store.StoredRecord) error {
			m := matter{ended: r.ClosedAt, body: r.Body}
			if i, err := incident.Decode(r.Body); kind == incident.RecordKind && err == nil {
				m = incidentMatter(i, r.Body)
			}
			return refuse(m)
		}); err != nil {
			return err
		}
	}
	return nil
}

// everyRow lists all records of a kind, whether they can be decoded or not.
func (d *desk) everyRow(kind string, fn func(store.StoredRecord) error) error {
	q := store.RecordQuery{Kind: kind}
	for again := true; again; again = q.Cursor != "" {
		page, next, err := d.tx.Records().List(q, 200)
		if err != nil {
			return err
		}
		for _, r := range page {
			if err := fn(r); err != nil {
				return err
			}
		}
		q.Cursor = next
	}
	return nil
}
