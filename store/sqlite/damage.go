package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	driver "modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"github.com/watchbill/watchbill/store"
)

// ErrDamaged is why a file that is not what SQLite has written cannot be used: restore a backup.
var ErrDamaged = errors.New("sqlite: the file is damaged")

// whatToDo is what a person is told about a file that is damaged.
const whatToDo = "keep it for those who want to know why, and put a backup in its place; see docs/sqlite.md"

// explain names the failures of the file that callers tell apart: no space, and damage. Others stay as they are.
func explain(err error) error {
	var e *driver.Error
	if !errors.As(err, &e) {
		return err
	}
	switch code := e.Code(); {
	case code&0xff == lib.SQLITE_FULL, code == lib.SQLITE_IOERR_WRITE, code == lib.SQLITE_IOERR_SHMSIZE:
		return fmt.Errorf("%w: %w", store.ErrFull, err)
	case code&0xff == lib.SQLITE_CORRUPT, code&0xff == lib.SQLITE_NOTADB:
		return fmt.Errorf("%w: %s: %w", ErrDamaged, whatToDo, err)
	}
	return err
}

// cause is explain for what was interrupted when ctx was done.
func cause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return explain(err)
}

// readOnly reports whether SQLite could not write because it may not.
func readOnly(err error) bool {
	var e *driver.Error
	return errors.As(err, &e) && e.Code()&0xff == lib.SQLITE_READONLY
}

// Check reads the whole file and returns what is wrong with it, as [ErrDamaged]. Commits go on meanwhile. It takes some
// seconds for a gigabyte; when ctx is done first, it returns that error, and nothing was found until then.
func (s *Store) Check(ctx context.Context) error {
	s.life.RLock()
	defer s.life.RUnlock()
	if s.closed {
		return store.ErrClosed
	}
	return checkFile(ctx, s.read.db)
}

// checkFile looks at every page, and at whether the indexes can be what they should be.
func checkFile(ctx context.Context, db *sql.DB) error {
	var wrong []string
	rows, err := db.QueryContext(ctx, "pragma quick_check(10)")
	if err == nil {
		defer rows.Close()
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				return fmt.Errorf("sqlite: check: %w", err)
			}
			wrong = append(wrong, line)
		}
		err = rows.Err()
	}
	switch {
	case err != nil:
		return fmt.Errorf("sqlite: check: %w", cause(ctx, err))
	case len(wrong) == 1 && wrong[0] == "ok":
		return nil
	}
	return fmt.Errorf("%w: %s: SQLite says: %s", ErrDamaged, whatToDo, strings.Join(wrong, "; "))
}
