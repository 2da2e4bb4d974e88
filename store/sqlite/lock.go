package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// ErrInUse is why [Open] refuses a file that a store has open already, in this process or another.
var ErrInUse = errors.New("sqlite: in use")

// errHeld is what acquire returns for a lock that somebody else has.
var errHeld = errors.New("held")

// lockFile makes a file that another store has open be refused at once, not when two servers page everybody twice. The
// lock is the operating system's, so it ends with the process, however that ends; the file beside says who has it.
func lockFile(path string) (*os.File, error) {
	name := path + ".lock"
	f, err := acquire(name)
	if errors.Is(err, errHeld) {
		return nil, fmt.Errorf("%w: %s is another server's: %s; stop that first, or look at the file with OpenReader, export or backup",
			ErrInUse, path, holder(name))
	}
	if err != nil {
		return nil, unwritable(path, fmt.Errorf("sqlite: lock %s: %w", name, err))
	}
	if err := f.Truncate(0); err != nil {
		return nil, errors.Join(unwritable(path, err), f.Close())
	}
	_, err = fmt.Fprintf(f, "%d\n", os.Getpid()) // the time of this write is since when
	if err != nil && !full(err) {                // a full disk must not keep a server from paging what it has accepted
		return nil, errors.Join(unwritable(path, err), f.Close())
	}
	return f, nil
}

// holder says who has a lock, as well as the file tells.
func holder(name string) string {
	text, err := os.ReadFile(name)
	info, statErr := os.Stat(name)
	pid, numErr := strconv.Atoi(strings.TrimSpace(string(text)))
	if errors.Join(err, statErr, numErr) != nil {
		return "a process that does not say which it is"
	}
	return fmt.Sprintf("process %d has it open since %s", pid, info.ModTime().UTC().Format(time.RFC3339))
}

// unwritable says what to do about a file or folder that cannot be written.
func unwritable(path string, err error) error {
	if errors.Is(err, fs.ErrPermission) || readOnly(err) {
		return fmt.Errorf("sqlite: %s cannot be written; look at the owner and the mode of it, of its folder and of the files beside it, and whether the file system is mounted read-only: %w", path, err)
	}
	return err
}
