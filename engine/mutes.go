package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// The kinds of the records in which it is written who muted what. They are never removed.
const (
	SilenceKind     = "silence"
	MaintenanceKind = "maintenance"
)

// What can be done with a silence or a maintenance window.
const (
	KindMuteMade    timeline.Kind = "made"
	KindMuteChanged timeline.Kind = "changed"
	KindMuteEnded   timeline.Kind = "ended" // before its time
)

const (
	// keepMutes is for how long a silence or maintenance window stays in the configuration in force after its end, so that
	// people see it in lists. The revisions of its time have it for ever.
	keepMutes = 5 * 24 * time.Hour
	// maxMutes is how many silences, and how many maintenance windows, people may have made that are not over. Of those
	// that are, as many are kept.
	maxMutes = 1000
)

// mutes changes what people mute, and puts it in force. fresh is a new ID.
func (e *Engine) mutes(ctx context.Context, now time.Time, fn func(d *desk, m *oncall.Made, fresh string) error) error {
	err := e.change(ctx, now, func(d *desk) error {
		fresh, err := e.ids.uuid()
		if err != nil {
			return err
		}
		_, err = revise(d.tx, d.now, func(c oncall.Config, since time.Time, unreadable error) (oncall.Config, error) {
			if unreadable != nil {
				return c, unreadable
			}
			over := earlier(d.now, since)
			c.Made.Silences = kept(c.Made.Silences, over, func(s mute.Silence) mute.Span { return s.Span })
			c.Made.Maintenance = kept(c.Made.Maintenance, over, func(m mute.Maintenance) mute.Span { return m.Span })
			return c, fn(d, &c.Made, fresh)
		})
		return err
	})
	e.wake()
	return err
}

// kept returns a list without what ended long before now.
func kept[T any](list []T, now time.Time, span func(T) mute.Span) []T {
	list = slices.DeleteFunc(slices.Clone(list), func(v T) bool {
		end := instant(span(v).To, span(v))
		return !end.IsZero() && end.Before(now.Add(-keepMutes))
	})
	spare := len(list) - live(list, now, span) - maxMutes
	return slices.DeleteFunc(list, func(v T) bool {
		if spare <= 0 || MuteStateOf(span(v), now) != MuteExpired {
			return false
		}
		spare--
		return true
	})
}

// live counts what is not over.
func live[T any](list []T, now time.Time, span func(T) mute.Span) (n int) {
	for _, v := range list {
		if MuteStateOf(span(v), now) != MuteExpired {
			n++
		}
	}
	return n
}

// editable returns why what people made cannot be changed: it is not there, or is in the file. An empty ID makes a new one.
func (d *desk) editable(kind, id string, found bool) error {
	c := d.org.Config()
	inFile := kind == SilenceKind && slices.ContainsFunc(c.Silences, func(s mute.Silence) bool { return s.ID == id }) ||
		kind == MaintenanceKind && slices.ContainsFunc(c.Maintenance, func(m mute.Maintenance) bool { return m.ID == id })
	switch {
	case found || id == "":
		return nil
	case inFile:
		return fmt.Errorf("%s %q: %w", kind, id, ErrInFile)
	}
	return &MissingError{kind, id}
}

func (d *desk) checkSilence(s mute.Silence, m *oncall.Made) error {
	r := references{d: d}
	r.user("by", s.By)
	r.source("source", s.Source)
	n := live(m.Silences, d.now, func(s mute.Silence) mute.Span { return s.Span })
	return errors.Join(r.err(), s.Validate(), d.checkSpan(s.Span, n))
}

func (d *desk) checkMaintenance(w mute.Maintenance, m *oncall.Made) error {
	r := references{d: d}
	r.user("by", w.By)
	for _, id := range w.Services {
		_, ok := d.org.Service(id)
		r.exists(ok, "services", "service", string(id))
	}
	for _, id := range w.Sources {
		r.source("sources", id)
	}
	n := live(m.Maintenance, d.now, func(m mute.Maintenance) mute.Span { return m.Span })
	return errors.Join(r.err(), w.Validate(), d.checkSpan(w.Span, n))
}

// source notes one that does not exist. Alerts that people raise, and Watchbill's own, are of sources that no configuration
// has.
func (r *references) source(field string, id watchbill.SourceID) {
	known := slices.ContainsFunc(r.d.org.Config().Catalog.Sources, func(s catalog.Source) bool { return s.ID == id })
	r.exists(known || id == "manual" || id == "watchbill", field, "source", string(id))
}

// checkSpan refuses what would be over at once, and what would be one too many.
func (d *desk) checkSpan(s mute.Span, others int) error {
	var problems []error
	if s.Validate() == nil && MuteStateOf(s, d.now) == MuteExpired {
		problems = append(problems, &mute.FieldError{Path: "to", Reason: "is in the past; say a time to come"})
	}
	if others > maxMutes {
		problems = append(problems, &mute.FieldError{Path: "id", Reason: fmt.Sprintf("there are %d already; end some first", maxMutes)})
	}
	return errors.Join(problems...)
}

// endSilence ends one that is not over.
func (d *desk) endSilence(s *mute.Silence, by timeline.By) error {
	if MuteStateOf(s.Span, d.now) == MuteExpired {
		return nil
	}
	s.Span, s.UpdatedAt = d.untilNow(s.Span), d.now
	return d.audit(SilenceKind, s.ID, s.Span, by, KindMuteEnded, *s)
}

// muteRecord is a silence or a maintenance window as a store keeps it beside the configuration: whose timeline it is.
type muteRecord struct {
	V         int             `json:"v"` // of the form; 1
	Seq       int64           `json:"seq"`
	UpdatedAt time.Time       `json:"updated_at"`
	Item      json.RawMessage `json:"item"` // as it was then
}

func decodeMute(data []byte) (r muteRecord, err error) {
	if err = json.Unmarshal(data, &r); err == nil && r.V != 1 {
		err = fmt.Errorf("engine: stored record has the form %d, this release reads 1", r.V)
	}
	return r, err
}

// audit writes down who did what. A record that is damaged keeps nobody from muting or unmuting.
func (d *desk) audit(kind, id string, s mute.Span, by timeline.By, what timeline.Kind, item any) error {
	r, version, err := record(d, kind, id, decodeMute)
	var damaged *UnreadableError
	switch {
	case errors.As(err, &damaged):
		d.e.log.Error("what was done is not in the record, which is damaged", "kind", kind, "id", id, "done", what, "by", by.Actor)
		return nil
	case errors.Is(err, store.ErrNotFound):
		r = muteRecord{V: 1}
	case err != nil:
		return err
	}
	entry, err := by.Entry(d.now, r.Seq, r.UpdatedAt, what, item)
	if err != nil {
		return err
	}
	r.Seq, r.UpdatedAt, r.Item = entry.Seq, entry.At, entry.Data
	body, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return d.save(store.Record{Kind: kind, ID: id, ClosedAt: instant(s.To, s), Body: body}, version, []timeline.Entry{entry})
}

// MuteTimeline returns who did what with a silence or a maintenance window, in words, however long ago; kind is
// [SilenceKind] or [MaintenanceKind].
func (e *Engine) MuteTimeline(ctx context.Context, kind, id string) (all []incident.Moment, err error) {
	err = e.look(ctx, time.Time{}, func(d *desk) error {
		if _, _, err := record(d, kind, id, decodeMute); err != nil {
			return err
		}
		of := timeline.Record(kind, id)
		entries, err := d.tx.Timeline().Read(of, 0, ownEntries)
		all = incident.Told(of, entries, func(e timeline.Entry) string { return describeMute(kind, e) })
		return err
	})
	return all, err
}

func describeMute(kind string, e timeline.Entry) string {
	var item struct {
		mute.Silence
		Name     string   `json:"name"`
		Services []string `json:"services"`
		Sources  []string `json:"sources"`
	}
	_ = json.Unmarshal(e.Data, &item) // what cannot be read is not told
	about := append(append([]string{}, item.Services...), item.Sources...)
	for _, m := range item.Matchers {
		about = append(about, m.String())
	}
	who := strings.TrimPrefix(string(e.Actor), "user:")
	if e.Via != "" {
		who += " (via " + e.Via + ")"
	}
	text := fmt.Sprintf("%s %s the %s of %s", who, e.Kind, kind, strings.Join(about, ", "))
	if e.Kind != KindMuteEnded && !item.Span.To.IsZero() {
		text += ", until " + instant(item.Span.To, item.Span).Format("Mon 2006-01-02 15:04 MST")
	}
	if note := strings.TrimSpace(item.Name + item.Comment); note != "" && e.Kind != KindMuteEnded {
		text += ": " + note
	}
	return text
}

// uuid returns a random UUID, as Alertmanager names silences.
func (g *ids) uuid() (string, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var b [16]byte
	if _, err := io.ReadFull(g.rand, b[:]); err != nil {
		return "", err
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // version 4, RFC 9562
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:]), nil
}
