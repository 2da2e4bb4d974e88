package main

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/archive"
	"github.com/watchbill/watchbill/store/sqlite"
)

// exported is what export says when it is done.
type exported struct {
	File string `json:"file,omitempty"`
	archive.Summary
}

// exportCommand writes all that a database holds to a file.
func exportCommand(ctx context.Context, p *program) error {
	db := p.flags.String("db", "sqlite:watchbill.db", "the `database`; a server may be running on it")
	asJSON := p.flags.Bool("json", false, "print the summary as JSON")
	name, err := p.parseFile("export")
	if err != nil {
		return err
	}
	from, err := openToExport(ctx, *db)
	if err != nil {
		return err
	}
	defer from.Close()
	var sum archive.Summary
	if name == "-" {
		sum, err = archive.Write(ctx, p.stdout, from, time.Now())
	} else {
		sum, err = exportTo(ctx, name, from)
	}
	if err != nil {
		return err
	}
	return tellArchive(p.stderr, *asJSON, exported{strings.TrimPrefix(name, "-"), sum}, "written")
}

// parseFile reads the flags and the name of a file, before, between or after them; "-" if there is none.
func (p *program) parseFile(command string) (string, error) {
	files, err := p.parseFiles()
	if err == nil && len(files) > 1 {
		err = usagef("name one file: refserver %s -db DATABASE FILE", command)
	}
	return cmp.Or(append(files, "-")[0], "-"), err
}

// closingArchiver is a store that can be moved.
type closingArchiver interface {
	store.Archiver
	io.Closer
}

// openToExport opens what a server may have open.
func openToExport(ctx context.Context, db string) (closingArchiver, error) {
	if path, ok := strings.CutPrefix(db, "sqlite:"); ok && path != "" {
		s, err := sqlite.OpenReader(ctx, path)
		if err != nil {
			return nil, usagef("-db: %w", err)
		}
		return s, nil
	}
	return openToMove(ctx, db)
}

// openToMove opens what holds something when the process has ended.
func openToMove(ctx context.Context, db string) (closingArchiver, error) {
	if strings.HasPrefix(db, "memory:") {
		return nil, usagef("-db: nothing is left of memory: when a process ends")
	}
	s, _, err := openStore(ctx, db)
	if err != nil {
		return nil, err
	}
	return s.(closingArchiver), nil // as every one that openStore opens
}

// exportTo writes a file that did not exist, compressed if it is called so, and removes it again if it is not whole.
func exportTo(ctx context.Context, name string, from store.Archiver) (sum archive.Summary, err error) {
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // it holds what is secret
	if errors.Is(err, os.ErrExist) {
		return sum, fmt.Errorf("%s exists; an export overwrites nothing", name)
	}
	if err != nil {
		return sum, err
	}
	defer func() {
		if err = cmp.Or(err, file.Close()); err != nil {
			err = errors.Join(err, os.Remove(name))
		}
	}()
	var out io.Writer = file
	packed := gzip.NewWriter(file)
	if strings.HasSuffix(name, ".gz") {
		out = packed
	}
	if sum, err = archive.Write(ctx, out, from, time.Now()); err != nil {
		return sum, err
	}
	if out == packed {
		if err := packed.Close(); err != nil {
			return sum, err
		}
	}
	return sum, file.Sync()
}

// importData reads a file that export wrote into a new database, and makes sure that it holds the same.
func importData(ctx context.Context, p *program) error {
	db := p.flags.String("db", "sqlite:watchbill.db", "the `database`, which holds nothing yet")
	asJSON := p.flags.Bool("json", false, "print the summary as JSON")
	name, err := p.parseFile("import-data")
	if err != nil {
		return err
	}
	in, err := openArchive(name)
	if err != nil {
		return err
	}
	defer in.Close()
	into, err := openToMove(ctx, *db)
	if err != nil {
		return err
	}
	defer into.Close()
	sum, err := archive.Read(ctx, in, into)
	if errors.Is(err, store.ErrNotEmpty) {
		return usagef("-db: this database holds something already: import-data fills a new one, and changes nothing in this")
	}
	if err != nil {
		return fmt.Errorf("nothing was imported: %w", err)
	}
	held, err := archive.Digest(ctx, into)
	if err != nil {
		return fmt.Errorf("imported, but it cannot be read back, so do not use it: %w", err)
	}
	if held.Content != sum.Content {
		return fmt.Errorf("imported, but the database does not hold what the archive does, so do not use it: it has %+v, the archive %+v",
			held.Counts, sum.Counts)
	}
	return tellArchive(p.stderr, *asJSON, exported{strings.TrimPrefix(name, "-"), sum}, "imported, read back and found the same")
}

// openArchive opens a file, or what comes in, compressed or not.
func openArchive(name string) (io.ReadCloser, error) {
	file := os.Stdin
	if name != "-" {
		var err error
		if file, err = os.Open(name); err != nil {
			return nil, usageError{err}
		}
	}
	in := bufio.NewReader(file)
	if magic, _ := in.Peek(2); string(magic) != "\x1f\x8b" {
		return readCloser{in, file}, nil
	}
	unpacked, err := gzip.NewReader(in)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), file.Close())
	}
	return readCloser{unpacked, file}, nil
}

type readCloser struct {
	io.Reader
	io.Closer
}

// tellArchive says what was moved, beside the archive itself, which may be what is printed.
func tellArchive(w io.Writer, asJSON bool, e exported, done string) error {
	if asJSON {
		return printJSON(w, e)
	}
	c := e.Counts
	if e.File != "" {
		done = e.File + ": " + done
	}
	_, err := fmt.Fprintf(w, "%s: %d alerts, %d messages, %d records, %d timelines with %d entries, %d configurations, %d values; as of %s\ncontent %s\n",
		done, c.Alerts, c.Messages, c.Records, c.Timelines, c.Entries, c.Revisions, c.Values, stamp(e.At), e.Content)
	return err
}
