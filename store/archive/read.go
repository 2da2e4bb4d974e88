package archive

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"time"

	"github.com/watchbill/watchbill/store"
)

// Errors of reading, for errors.Is.
var (
	// ErrFormat is why an archive is refused that a later release has written.
	ErrFormat = errors.New("archive: written by a later release")
	// ErrBroken is why a file is refused that is no archive, is not whole, or was changed.
	ErrBroken = errors.New("archive: broken")
)

// Read puts an archive into an empty store, all of it or nothing: what is wrong with the file is found before anything is
// committed. The error says in which line, and wraps [ErrFormat] or [ErrBroken]; or it is the store's, as
// [store.ErrNotEmpty].
func Read(ctx context.Context, r io.Reader, into store.Archiver) (Summary, error) {
	in := newReader(r)
	if err := into.Import(ctx, in.next); err != nil {
		return Summary{}, err
	}
	return in.summary(), nil
}

// Check reads an archive to its end and says what is in it, or why [Read] would refuse it.
func Check(r io.Reader) (Summary, error) {
	in := newReader(r)
	for {
		if _, err := in.next(); err == io.EOF {
			return in.summary(), nil
		} else if err != nil {
			return Summary{}, err
		}
	}
}

type reader struct {
	in      *bufio.Reader
	max     int // how long a line may be
	line    int // the number of the one read last
	head    head
	file    hash.Hash // of all lines so far
	content *content
	err     error // what next has returned last
}

func newReader(r io.Reader) *reader {
	return &reader{in: bufio.NewReaderSize(r, 1<<16), max: maxLine, file: sha256.New(), content: newContent()}
}

func (r *reader) summary() Summary {
	s := r.content.summary()
	s.At = time.Time(r.head.At)
	return s
}

// next returns the next item, and io.EOF after the last one if the archive is whole.
func (r *reader) next() (store.Item, error) {
	if r.err != nil {
		return store.Item{}, r.err
	}
	item, err := r.item()
	r.err = err
	return item, err
}

func (r *reader) item() (item store.Item, err error) {
	if r.line == 0 {
		if err := r.readHead(); err != nil {
			return item, err
		}
	}
	before := hex.EncodeToString(r.file.Sum(nil))
	text, err := r.read()
	if err != nil {
		return item, err
	}
	var l line
	if err := strictly(text, &l); err != nil {
		return item, r.broken("%w", err)
	}
	if n := l.kinds(); n != 1 {
		return item, r.broken("it has %d things, not one", n)
	}
	if l.End != nil {
		return item, r.end(*l.End, before)
	}
	if _, err := r.content.add(l.item()); err != nil {
		return item, r.broken("%w", err)
	}
	return l.item(), nil
}

func (r *reader) readHead() error {
	text, err := r.read()
	if err != nil {
		return err
	}
	var known struct {
		Format *int `json:"watchbill_archive"`
	}
	switch err := json.Unmarshal(text, &known); {
	case bytes.HasPrefix(text, []byte{0x1f, 0x8b}):
		return r.broken("the file is compressed: read it through gunzip")
	case err != nil || known.Format == nil:
		return r.broken("the file is not an archive: it does not begin with %s", `{"watchbill_archive":`)
	case *known.Format > Format:
		return fmt.Errorf("%w: it has format %d, this release reads %d", ErrFormat, *known.Format, Format)
	case *known.Format < 1:
		return r.broken("there is no format %d", *known.Format)
	}
	if err := strictly(text, &r.head); err != nil {
		return r.broken("%w", err)
	}
	return nil
}

// end checks the tail, given the sum of all lines before it.
func (r *reader) end(e end, sum string) error {
	if e.Counts != r.content.counts {
		return r.broken("the archive is not as it was written: it should hold %+v, and holds %+v", e.Counts, r.content.counts)
	}
	if e.SHA256 != sum {
		return r.broken("the archive is not as it was written: a line before this one was changed")
	}
	if _, err := r.in.ReadByte(); err == nil {
		return r.broken("something follows after the end")
	} else if err != io.EOF {
		return fmt.Errorf("archive: after line %d: %w", r.line, err)
	}
	return io.EOF
}

// read returns the next line. That it is not there means that the end is missing.
func (r *reader) read() ([]byte, error) {
	var text []byte
	for {
		part, err := r.in.ReadSlice('\n')
		text = append(text, part...)
		switch {
		case len(text) > r.max:
			r.line++
			return nil, r.broken("it is longer than %d bytes", r.max)
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && err != io.EOF:
			return nil, fmt.Errorf("archive: after line %d: %w", r.line, err)
		case len(text) == 0:
			return nil, fmt.Errorf("%w: it ends after line %d, without its last line: the rest is missing", ErrBroken, r.line)
		}
		r.line++
		r.file.Write(text)
		return text, nil
	}
}

// broken says what is wrong with the line read last.
func (r *reader) broken(format string, args ...any) error {
	return fmt.Errorf("%w: line %d: %w", ErrBroken, r.line, fmt.Errorf(format, args...))
}

// strictly decodes a line that has nothing unknown.
func strictly(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("something follows after the object")
	}
	return nil
}
