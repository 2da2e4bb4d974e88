package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
)

// MaxSignals is how many items of one body are read. The rest is one problem.
const MaxSignals = 10_000

// batch collects what a decoder finds in a body.
type batch struct {
	Result
	source watchbill.SourceID
	body   []byte
	notes  []string // what is true of every signal
}

// newBatch mends the encoding of a body. Doing it here, once, covers also what is passed on as raw JSON.
func newBatch(source watchbill.SourceID, body []byte) *batch {
	b := &batch{source: source, body: bytes.ToValidUTF8(body, []byte("\uFFFD"))}
	if !bytes.Equal(b.body, body) {
		b.notes = []string{"the body was not valid UTF-8; bad bytes were replaced"}
	}
	return b
}

func (b *batch) refuse(index int, field, format string, args ...any) {
	b.Problems = append(b.Problems, Problem{index, field, fmt.Sprintf(format, args...)})
}

// draft begins a signal.
func (b *batch) draft() *draft {
	return &draft{alert.Signal{Source: b.source, Notes: append([]string(nil), b.notes...)}}
}

func (b *batch) accept(d *draft) { b.Signals = append(b.Signals, d.Signal) }

// valid reports whether the body is JSON, and says where it is not.
func (b *batch) valid() bool {
	if len(bytes.TrimSpace(b.body)) == 0 {
		b.refuse(Body, "", "is empty; expected JSON")
		return false
	}
	var syntax *json.SyntaxError
	if err := json.Unmarshal(b.body, new(json.RawMessage)); errors.As(err, &syntax) {
		before := b.body[:min(int(syntax.Offset), len(b.body))]
		line := bytes.Count(before, []byte("\n")) + 1
		column := len(before) - bytes.LastIndexByte(before, '\n') - 1
		b.refuse(Body, "", "is not JSON: line %d, column %d: %v", line, column, syntax)
		return false
	}
	return true
}

// items splits the list in a field of the body, and bounds it.
func (b *batch) items(field string, list json.RawMessage) []json.RawMessage {
	var items []json.RawMessage
	if err := json.Unmarshal(list, &items); err != nil {
		b.refuse(Body, field, "expected a list, got %s", excerpt(list))
	}
	if n := len(items); n > MaxSignals {
		b.refuse(Body, field, "has %d items; only the first %d were taken", n, MaxSignals)
		return items[:MaxSignals]
	}
	return items
}

// text is a JSON value read as a string whatever its type, since senders change types between versions. Null is empty.
type text string

// UnmarshalJSON never fails.
func (t *text) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) != nil {
		s = string(canonical(data))
	}
	*t = text(s)
	return nil
}

// canonical returns JSON as encoding/json writes it into a larger value: compact, with <, > and & escaped.
func canonical(raw json.RawMessage) json.RawMessage {
	out, err := json.Marshal(raw)
	if err != nil {
		return nil // not JSON: the caller has read it as such before
	}
	return out
}

// excerpt shows a value in a message.
func excerpt(raw json.RawMessage) string {
	s, _ := cut(oneLine(string(raw)), 40)
	return s
}
