package sim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
)

// digest stands for a state.
type digest [sha256.Size]byte

func digestOf(text []byte) digest { return sha256.Sum256(text) }

// sight is a state as one sees it: two that have the same digest have the same future, names, dates and the numbers of
// engines apart.
//
// In the digest is all that the engine's methods and the auditor go by. Of the store that is all but the configuration,
// which does not change; the records, which methods only add to, and of which the auditor remembers where they end; versions
// and the numbers of entries, which are only compared with what the same transaction read; and how contacts do, which does
// not count before they are dead. Of an engine's memory it is when it made its last pass, what it has under way, and of a
// method in the middle what it was called with and what each of its transactions can have read; the rest of it are copies of
// what the store has. Instants are told as distances from now, and alerts by their number.
type sight struct {
	digest digest
	seats  []string // the engines' part
	open   []choice
	due    bool      // a pass would find something
	next   time.Time // when something comes due next; zero: nothing does
	tokens map[notify.MessageID]string
}

// look returns the state.
func (l *lab) look() *sight {
	var v sight
	text := l.storeText(&v)
	text = l.auditText(text)
	for _, s := range l.seats {
		v.seats = append(v.seats, l.seatText(s, &v))
	}
	for _, s := range slices.Sorted(slices.Values(v.seats)) {
		text = append(append(text, s...), '\n')
	}
	text = fmt.Append(text, l.inputs, l.crashes, l.stalls, l.faults)
	v.digest, v.open = digestOf(text), l.open(&v)
	return &v
}

// storeText tells what the store holds.
func (l *lab) storeText(v *sight) (text []byte) {
	var messages []string
	v.tokens = map[notify.MessageID]string{}
	err := l.w.store.(store.Archiver).Export(context.Background(), func(item store.Item) error {
		switch {
		case item.Value != nil:
			text = append(append(text, item.Value.Name...), item.Value.Value...)
		case item.Episode != nil:
			text = fmt.Appendf(text, "%s %s %s\n", item.Episode.State, l.ago(item.Episode.WakeAt), withoutNumber(item.Episode.Body))
			v.comes(l.w.now, item.Episode.WakeAt)
		case item.Record != nil && item.Record.Kind != engine.ContactKind:
			text = append(append(text, item.Record.ID...), item.Record.Body...)
		case item.Message != nil:
			m := item.Message
			v.tokens[m.ID] = m.Token
			messages = append(messages, fmt.Sprintf("%s %s %s %d %v\n", m.Key, l.ago(m.DueAt), l.ago(m.ReadyAt), m.Tries, m.Token != ""))
			v.comes(l.w.now, m.ReadyAt)
		}
		return nil
	})
	if err != nil {
		l.w.fail("export: %v", err)
	}
	slices.Sort(messages)
	text = append(text, strings.Join(messages, "")...)
	return l.timeless(text)
}

// comes notes when something comes due.
func (v *sight) comes(now, at time.Time) {
	switch {
	case at.IsZero():
	case !at.After(now):
		v.due = true
	case v.next.IsZero() || at.Before(v.next):
		v.next = at
	}
}

// withoutNumber takes the number of the latest entry out of an encoded episode.
func withoutNumber(body []byte) []byte {
	before, after, _ := bytes.Cut(body, []byte(`"seq":`))
	return append(slices.Clip(before), bytes.TrimLeft(after, "0123456789")...)
}

// timeless writes alerts as numbers and instants as distances.
func (l *lab) timeless(text []byte) []byte {
	for i, a := range l.w.h.Alerts {
		text = bytes.ReplaceAll(text, []byte(a.ID), fmt.Appendf(nil, "#%d", i))
	}
	const form = "2006-01-02T15:04:05"
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == 'T' && len(out) >= 10 && i+9 < len(text) && text[i-3] == '-' && text[i-6] == '-' && text[i+3] == ':' && text[i+6] == ':' {
			end := bytes.IndexByte(text[i:], 'Z')
			if at, err := time.Parse(time.RFC3339Nano, string(text[i-10:i+max(end, 0)+1])); end >= len(form)-len("2006-01-02") && err == nil {
				out = append(out[:len(out)-10], l.ago(at)...)
				i += end
				continue
			}
		}
		out = append(out, text[i])
	}
	return out
}

// ago tells an instant by its distance from now.
func (l *lab) ago(at time.Time) string {
	if at.IsZero() {
		return "never"
	}
	return l.w.now.Sub(at).String()
}

// auditText tells what the auditor remembers.
func (l *lab) auditText(text []byte) []byte {
	a := l.w.audit
	for i, of := range l.w.h.Alerts {
		text = fmt.Append(text, i, of.State, a.accepted[of.ID], a.closed[of.ID], '\n')
	}
	var lines []string
	for of, t := range a.attempts {
		lines = append(lines, fmt.Sprintln(of, t.last, t.waited))
	}
	for id, m := range a.messages {
		until := time.Time{} // it matters only as long as an answer may come
		if m.sending > 0 {
			until = m.until
		}
		lines = append(lines, fmt.Sprintln(m.key, m.recorded, m.sending, l.ago(until), l.ago(a.heldUntil(id))))
	}
	slices.Sort(lines)
	return l.timeless(append(text, strings.Join(lines, "")...))
}

// seatText tells an engine.
func (l *lab) seatText(s *seat, v *sight) string {
	text := fmt.Appendf(nil, "passed %s, up since %s, owes %d", l.ago(s.passed), l.ago(s.upSince), len(s.owed))
	var hands []string
	for _, d := range s.inHand {
		hands = append(hands, fmt.Sprintf("%s %v", l.delivery(d.Delivery), v.tokens[d.Message.ID] == d.token))
	}
	slices.Sort(hands)
	text = append(text, strings.Join(hands, ";")+" heard "+l.answers(s.heard)...)
	if s.flow != nil {
		text = fmt.Append(text, " at ", s.h.life.at, " of ", s.args, " begun ", l.ago(s.began))
		for _, r := range s.reads {
			text = fmt.Append(text, l.ago(r.at), r.store, r.commits == l.commits)
		}
	}
	return string(l.timeless(text))
}

// answers tells what an engine heard, in the order in which it will write it down.
func (l *lab) answers(heard []engine.Outcome) string {
	var lines []string
	for _, o := range heard {
		lines = append(lines, fmt.Sprint(l.delivery(o.Delivery), o.Result.Verdict))
	}
	return strings.Join(lines, ";")
}

func (l *lab) delivery(d engine.Delivery) string {
	return fmt.Sprintf("%v %d %s", d.Key, d.Tries, l.ago(d.Until))
}
