// Package jsonw writes JSON as encoding/json does, byte for byte, for what is written so often that reflection would be
// most of its cost. What is rare is left to encoding/json by [Writer.Any].
package jsonw

import (
	"encoding"
	"encoding/json"
	"strconv"
	"time"
)

// Writer appends JSON to a buffer. The zero value is ready. Methods that end in If leave out a field that is empty, as
// omitempty and omitzero do.
type Writer struct {
	buf []byte
	err error
}

// New returns a writer with room for so many bytes.
func New(size int) *Writer { return &Writer{buf: make([]byte, 0, size)} }

// Bytes returns what was written, or the first error.
func (w *Writer) Bytes() ([]byte, error) { return w.buf, w.err }

// Reset begins anew, in the same memory: what Bytes returned before is written over.
func (w *Writer) Reset() { w.buf, w.err = w.buf[:0], nil }

// Open begins an object or array: '{' or '['.
func (w *Writer) Open(bracket byte) {
	w.next()
	w.buf = append(w.buf, bracket)
}

// Close ends an object or array: '}' or ']'.
func (w *Writer) Close(bracket byte) { w.buf = append(w.buf, bracket) }

// next puts a comma between the elements of an array.
func (w *Writer) next() {
	if n := len(w.buf); n > 0 && (w.buf[n-1] == '}' || w.buf[n-1] == ']' || w.buf[n-1] == '"') {
		w.buf = append(w.buf, ',')
	}
}

// Key writes the name of a field, which needs no escapes; its value follows.
func (w *Writer) Key(name string) {
	if n := len(w.buf); n > 0 && w.buf[n-1] != '{' {
		w.buf = append(w.buf, ',')
	}
	w.buf = append(append(append(w.buf, '"'), name...), '"', ':')
}

// Array writes the name of a field whose value is an array, and begins it.
func (w *Writer) Array(name string) {
	w.Key(name)
	w.buf = append(w.buf, '[')
}

// Object writes the name of a field whose value is an object, and begins it.
func (w *Writer) Object(name string) {
	w.Key(name)
	w.buf = append(w.buf, '{')
}

// Element writes a string as an element of an array.
func (w *Writer) Element(v string) {
	w.next()
	w.text(v)
}

// Text writes a field that is a string.
func (w *Writer) Text(name, v string) {
	w.Key(name)
	w.text(v)
}

// TextIf writes a field that is a string, unless it is empty.
func (w *Writer) TextIf(name, v string) {
	if v != "" {
		w.Text(name, v)
	}
}

func (w *Writer) text(v string) {
	if !plain(v) {
		w.value(v)
		return
	}
	w.buf = append(append(append(w.buf, '"'), v...), '"')
}

// plain reports whether a text needs no escapes, and is UTF-8 for certain.
func plain[T string | []byte](v T) bool {
	for i := range len(v) {
		if c := v[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return false
		}
	}
	return true
}

// Int writes a field that is a number.
func (w *Writer) Int(name string, v int64) {
	w.Key(name)
	w.buf = strconv.AppendInt(w.buf, v, 10)
}

// IntIf writes a field that is a number, unless it is 0.
func (w *Writer) IntIf(name string, v int64) {
	if v != 0 {
		w.Int(name, v)
	}
}

// Bool writes a field that is true or false.
func (w *Writer) Bool(name string, v bool) {
	w.Key(name)
	w.buf = strconv.AppendBool(w.buf, v)
}

// TrueIf writes a field that is true, unless it is false.
func (w *Writer) TrueIf(name string, v bool) {
	if v {
		w.Key(name)
		w.buf = append(w.buf, "true"...)
	}
}

// Name writes a field whose value has a name.
func (w *Writer) Name(name string, v encoding.TextMarshaler) {
	text, err := v.MarshalText()
	if err != nil {
		w.fail(err)
		return
	}
	w.Key(name)
	if !plain(text) {
		w.value(string(text))
		return
	}
	w.buf = append(append(append(w.buf, '"'), text...), '"')
}

// Time writes a field that is a time.
func (w *Writer) Time(name string, t time.Time) {
	w.Key(name)
	text, err := t.AppendText(append(w.buf, '"'))
	if err != nil {
		w.fail(err)
		return
	}
	w.buf = append(text, '"')
}

// TimeIf writes a field that is a time, unless it is zero.
func (w *Writer) TimeIf(name string, t time.Time) {
	if !t.IsZero() {
		w.Time(name, t)
	}
}

// TimeOrNull writes a field that is a time, null if it is zero.
func (w *Writer) TimeOrNull(name string, t time.Time) {
	if t.IsZero() {
		w.Raw(name, []byte("null"))
		return
	}
	w.Time(name, t)
}

// Raw writes a field whose value is JSON already, as encoding/json wrote it.
func (w *Writer) Raw(name string, value []byte) {
	w.Key(name)
	w.buf = append(w.buf, value...)
}

// Any writes a field as encoding/json does.
func (w *Writer) Any(name string, v any) {
	w.Key(name)
	w.value(v)
}

func (w *Writer) value(v any) {
	text, err := json.Marshal(v)
	if err != nil {
		w.fail(err)
		return
	}
	w.buf = append(w.buf, text...)
}

func (w *Writer) fail(err error) {
	if w.err == nil {
		w.err = err
	}
}
