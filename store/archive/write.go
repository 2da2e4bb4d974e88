package archive

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/watchbill/watchbill/store"
)

// Format is the number of the format that [Write] writes, and the only one that [Read] reads.
const Format = 1

// maxLine is how long a line may be.
const maxLine = 256 << 20

// Summary says what was written, read or looked at.
type Summary struct {
	At     time.Time `json:"at,omitzero"` // as [Write] was given it; zero from [Digest]
	Counts Counts    `json:"counts"`
	// Content is a SHA-256 in hexadecimal of all that a store holds: two stores for which this release makes the same one
	// hold the same. It is not that of the file.
	Content string `json:"content"`
}

// Counts says how many of everything there are.
type Counts struct {
	Revisions int64 `json:"revisions"`
	Values    int64 `json:"values"`
	Alerts    int64 `json:"alerts"`
	Records   int64 `json:"records"`
	Timelines int64 `json:"timelines"`
	Entries   int64 `json:"entries"` // of all timelines
	Messages  int64 `json:"messages"`
}

func (c *Counts) add(l line) {
	switch {
	case l.Revision != nil:
		c.Revisions++
	case l.Value != nil:
		c.Values++
	case l.Alert != nil:
		c.Alerts++
	case l.Record != nil:
		c.Records++
	case l.Timeline != nil:
		c.Timelines++
		c.Entries += int64(len(l.Timeline.Entries))
	case l.Message != nil:
		c.Messages++
	}
}

// Write writes all that a store holds, as of one snapshot. The head says that this was at an instant. Who reads the file
// later is sure to have all of it, since it has an end.
func Write(ctx context.Context, w io.Writer, from store.Archiver, at time.Time) (Summary, error) {
	out := bufio.NewWriterSize(w, 1<<16)
	sum := sha256.New()
	e := newEncoder(io.MultiWriter(out, sum))
	if err := e.line(head{Format, stamp(at)}); err != nil {
		return Summary{}, err
	}
	content, err := digest(ctx, from, e.encoded)
	if err != nil {
		return Summary{}, err
	}
	content.At = at.UTC()
	tail := line{End: &end{content.Counts, hex.EncodeToString(sum.Sum(nil))}}
	if err := e.line(tail); err != nil {
		return Summary{}, err
	}
	if err := out.Flush(); err != nil {
		return Summary{}, fmt.Errorf("archive: %w", err)
	}
	return content, nil
}

// Digest says what a store holds, without writing it anywhere.
func Digest(ctx context.Context, of store.Archiver) (Summary, error) {
	return digest(ctx, of, func([]byte) error { return nil })
}

// digest hands every line of an export to fn. The line is valid until fn returns.
func digest(ctx context.Context, of store.Archiver, fn func([]byte) error) (Summary, error) {
	c := newContent()
	err := of.Export(ctx, func(item store.Item) error {
		text, err := c.add(item)
		if err != nil {
			return err
		}
		return fn(text)
	})
	return c.summary(), err
}

// content takes in all that there is.
type content struct {
	counts  Counts
	sum     hash.Hash
	encoder *encoder
	text    bytes.Buffer
}

func newContent() *content {
	c := &content{sum: sha256.New()}
	c.encoder = newEncoder(&c.text)
	return c
}

// add takes in an item and returns its line, which is valid until the next call.
func (c *content) add(item store.Item) ([]byte, error) {
	l, err := lineOf(item)
	if err != nil {
		return nil, err
	}
	c.text.Reset()
	if err := c.encoder.line(l); err != nil {
		return nil, fmt.Errorf("archive: %s: %w", l.name().shown, err)
	}
	if c.text.Len() > maxLine {
		return nil, fmt.Errorf("archive: %s: its line would have %d bytes, more than can be read again", l.name().shown, c.text.Len())
	}
	c.counts.add(l)
	c.sum.Write(c.text.Bytes())
	return c.text.Bytes(), nil
}

func (c *content) summary() Summary {
	return Summary{Counts: c.counts, Content: hex.EncodeToString(c.sum.Sum(nil))}
}

// encoder writes lines.
type encoder struct {
	w    io.Writer
	json *json.Encoder
}

func newEncoder(w io.Writer) *encoder {
	e := &encoder{w, json.NewEncoder(w)}
	e.json.SetEscapeHTML(false) // it would change what is inlined
	return e
}

func (e *encoder) line(v any) error {
	if err := e.json.Encode(v); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	return nil
}

// encoded writes a line that is encoded already.
func (e *encoder) encoded(text []byte) error {
	if _, err := e.w.Write(text); err != nil {
		return fmt.Errorf("archive: %w", err)
	}
	return nil
}
