package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/watchbill/watchbill/store"
)

// Backup describes a copy of a store.
type Backup struct {
	Bytes  int64
	Counts store.Counts // of the alerts in it
}

// BackUp copies the store in a file into another, as of one instant, also while a server has it open, whose commits go on
// meanwhile. The copy is compact, is read back and checked, and is on the disk when BackUp returns. A file that exists is
// not overwritten: the error is [fs.ErrExist] then. What is under way lies in the file to+".partial".
func BackUp(ctx context.Context, from, to string) (Backup, error) {
	to, err := filepath.Abs(to)
	if err != nil {
		return Backup{}, fmt.Errorf("sqlite: %w", err)
	}
	if _, err := os.Lstat(to); err == nil {
		return Backup{}, fmt.Errorf("sqlite: %s: %w; a backup overwrites nothing", to, fs.ErrExist)
	}
	partial := to + ".partial"
	f, err := os.OpenFile(partial, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return Backup{}, fmt.Errorf("sqlite: %s: %w: another backup is under way, or was cut off; then remove it", partial, fs.ErrExist)
	}
	if err != nil {
		return Backup{}, fmt.Errorf("sqlite: %w", err)
	}
	done, err := copyInto(ctx, from, f)
	if err := errors.Join(err, f.Close()); err != nil {
		return Backup{}, errors.Join(err, os.Remove(partial))
	}
	if err := publish(partial, to); err != nil {
		return Backup{}, errors.Join(err, os.Remove(partial))
	}
	return done, syncDir(filepath.Dir(to))
}

// copyInto copies a store into an empty file, and checks what is there then.
func copyInto(ctx context.Context, from string, to *os.File) (done Backup, err error) {
	source, err := openToRead(from)
	if err != nil {
		return done, err
	}
	if err = checkRelease(ctx, source, from); err == nil {
		_, err = source.ExecContext(ctx, "vacuum into ?", to.Name())
	}
	if err := errors.Join(err, source.Close()); err != nil {
		return done, fmt.Errorf("sqlite: back up %s: %w", from, cause(ctx, err))
	}
	if err := to.Sync(); err != nil {
		return done, fmt.Errorf("sqlite: back up %s: %w", from, err)
	}
	info, err := to.Stat()
	if err != nil {
		return done, fmt.Errorf("sqlite: %w", err)
	}
	done.Bytes = info.Size()
	copied, err := OpenReader(ctx, to.Name())
	if err != nil {
		return done, fmt.Errorf("sqlite: read the copy back: %w", err)
	}
	defer func() { err = errors.Join(err, copied.Close()) }()
	if err := copied.Check(ctx); err != nil {
		return done, fmt.Errorf("sqlite: read the copy back: %w", err)
	}
	err = copied.View(ctx, func(tx store.Tx) (err error) {
		done.Counts, err = tx.Episodes().Admin().Count()
		return err
	})
	return done, err
}

// publish gives a file its name, unless there is one of that name.
func publish(partial, to string) error {
	err := os.Link(partial, to)
	switch {
	case err == nil:
		return os.Remove(partial)
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("sqlite: %s: %w; a backup overwrites nothing", to, fs.ErrExist)
	}
	return os.Rename(partial, to) // a file system without links
}
