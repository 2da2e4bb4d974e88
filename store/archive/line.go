package archive

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// head is the first line.
type head struct {
	Format int   `json:"watchbill_archive"`
	At     stamp `json:"at,omitzero"`
}

// line is every other line. One field is set.
type line struct {
	Revision *revision `json:"revision,omitempty"`
	Value    *value    `json:"value,omitempty"`
	Alert    *episode  `json:"alert,omitempty"`
	Record   *record   `json:"record,omitempty"`
	Timeline *entries  `json:"timeline,omitempty"`
	Message  *message  `json:"message,omitempty"`
	End      *end      `json:"end,omitempty"`
}

// end is the tail.
type end struct {
	Counts Counts `json:"counts"`
	SHA256 string `json:"sha256"`
}

type revision struct {
	Number      int64 `json:"number"`
	EffectiveAt stamp `json:"effective_at,omitzero"`
	Config      raw   `json:"config,omitempty"`
}

type value struct {
	Name  text `json:"name"`
	Value raw  `json:"value,omitempty"`
}

type episode struct {
	ID        text  `json:"id"`
	Version   int64 `json:"version"`
	Source    text  `json:"source,omitempty"`
	Key       text  `json:"key,omitempty"`
	Service   text  `json:"service,omitempty"`
	Parent    text  `json:"parent,omitempty"`
	State     state `json:"state"`
	Unreached bool  `json:"unreached,omitempty"`
	CreatedAt stamp `json:"created_at,omitzero"`
	WakeAt    stamp `json:"wake_at,omitzero"`
	SteppedAt stamp `json:"stepped_at,omitzero"`
	Body      raw   `json:"body,omitempty"`
}

type record struct {
	Kind     text  `json:"kind"`
	ID       text  `json:"id"`
	Version  int64 `json:"version"`
	ClosedAt stamp `json:"closed_at,omitzero"`
	Body     raw   `json:"body,omitempty"`
}

type entries struct {
	Of      text    `json:"of"`
	Entries []entry `json:"entries"`
}

type entry struct {
	Seq   int64 `json:"seq"`
	At    stamp `json:"at,omitzero"`
	Actor text  `json:"actor,omitempty"`
	Via   text  `json:"via,omitempty"`
	Kind  text  `json:"kind,omitempty"`
	Data  raw   `json:"data,omitempty"`
}

type message struct {
	Alert   text  `json:"alert"`
	ID      text  `json:"id"`
	Lane    raw   `json:"lane,omitempty"`
	Key     raw   `json:"key,omitempty"`
	DueAt   stamp `json:"due_at,omitzero"`
	ReadyAt stamp `json:"ready_at,omitzero"`
	Tries   int   `json:"tries,omitempty"`
	Token   text  `json:"token,omitempty"`
}

// lineOf returns the line of an item.
func lineOf(item store.Item) (l line, err error) {
	switch {
	case item.Revision != nil:
		r := item.Revision
		l.Revision = &revision{r.Number, stamp(r.EffectiveAt), r.Config}
	case item.Value != nil:
		l.Value = &value{text(item.Value.Name), item.Value.Value}
	case item.Episode != nil:
		e := item.Episode
		l.Alert = &episode{
			ID: text(e.ID), Version: int64(e.Version), Source: text(e.Source), Key: text(e.Key), Service: text(e.Service),
			Parent: text(e.Parent), State: state(e.State), Unreached: e.Unreached, CreatedAt: stamp(e.CreatedAt),
			WakeAt: stamp(e.WakeAt), SteppedAt: stamp(e.SteppedAt), Body: e.Body,
		}
	case item.Record != nil:
		r := item.Record
		l.Record = &record{text(r.Kind), text(r.ID), int64(r.Version), stamp(r.ClosedAt), r.Body}
	case item.Entries != nil:
		l.Timeline = &entries{Of: text(item.Entries.Of), Entries: make([]entry, 0, len(item.Entries.Entries))}
		for _, e := range item.Entries.Entries {
			l.Timeline.Entries = append(l.Timeline.Entries,
				entry{e.Seq, stamp(e.At), text(e.Actor), text(e.Via), text(e.Kind), raw(e.Data)})
		}
	case item.Message != nil:
		m := item.Message
		l.Message = &message{text(m.Alert), text(m.ID), m.Lane, m.Key, stamp(m.DueAt), stamp(m.ReadyAt), m.Tries, text(m.Token)}
	default:
		err = fmt.Errorf("archive: the store handed out an item that is empty")
	}
	return l, err
}

// item returns what lineOf was given.
func (l line) item() (item store.Item) {
	switch {
	case l.Revision != nil:
		r := l.Revision
		item.Revision = &store.Revision{Number: r.Number, EffectiveAt: time.Time(r.EffectiveAt), Config: r.Config}
	case l.Value != nil:
		item.Value = &store.Value{Name: string(l.Value.Name), Value: l.Value.Value}
	case l.Alert != nil:
		e := l.Alert
		item.Episode = &store.ArchivedEpisode{
			ID: watchbill.AlertID(e.ID), Version: store.Version(e.Version), Source: watchbill.SourceID(e.Source),
			Key: alert.DedupKey(e.Key), Service: watchbill.ServiceID(e.Service), Parent: watchbill.AlertID(e.Parent),
			State: alert.State(e.State), Unreached: e.Unreached, CreatedAt: time.Time(e.CreatedAt),
			WakeAt: time.Time(e.WakeAt), SteppedAt: time.Time(e.SteppedAt), Body: e.Body,
		}
	case l.Record != nil:
		r := l.Record
		item.Record = &store.StoredRecord{Version: store.Version(r.Version), Record: store.Record{
			Kind: string(r.Kind), ID: string(r.ID), ClosedAt: time.Time(r.ClosedAt), Body: r.Body}}
	case l.Timeline != nil:
		item.Entries = &store.Entries{Of: timeline.Owner(l.Timeline.Of)}
		for _, e := range l.Timeline.Entries {
			item.Entries.Entries = append(item.Entries.Entries, timeline.Entry{Seq: e.Seq, At: time.Time(e.At),
				Actor: timeline.Actor(e.Actor), Via: string(e.Via), Kind: timeline.Kind(e.Kind), Data: json.RawMessage(e.Data)})
		}
	case l.Message != nil:
		m := l.Message
		item.Message = &store.ArchivedMessage{
			Alert: watchbill.AlertID(m.Alert), ID: notify.MessageID(m.ID), Lane: m.Lane, Key: m.Key,
			DueAt: time.Time(m.DueAt), ReadyAt: time.Time(m.ReadyAt), Tries: m.Tries, Token: string(m.Token),
		}
	}
	return item
}

// kinds returns how many fields are set.
func (l line) kinds() (n int) {
	for _, set := range []bool{l.Revision != nil, l.Value != nil, l.Alert != nil, l.Record != nil, l.Timeline != nil,
		l.Message != nil, l.End != nil} {
		if set {
			n++
		}
	}
	return n
}

// name says what a line is about. The names of two lines sort as an export does.
func (l line) name() name {
	switch {
	case l.Revision != nil:
		return name{0, fmt.Sprintf("%020d", l.Revision.Number), "", fmt.Sprint("revision ", l.Revision.Number)}
	case l.Value != nil:
		return name{1, string(l.Value.Name), "", "value " + string(l.Value.Name)}
	case l.Alert != nil:
		return name{2, string(l.Alert.ID), "", "alert " + string(l.Alert.ID)}
	case l.Record != nil:
		return name{3, string(l.Record.Kind), string(l.Record.ID), string(l.Record.Kind + " " + l.Record.ID)}
	case l.Timeline != nil:
		return name{4, string(l.Timeline.Of), "", "timeline of " + string(l.Timeline.Of)}
	default:
		return name{5, string(l.Message.Alert), string(l.Message.ID), "message " + string(l.Message.ID) + " of alert " + string(l.Message.Alert)}
	}
}

type name struct {
	kind          int
	first, second string
	shown         string
}
