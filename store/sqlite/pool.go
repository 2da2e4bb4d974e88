package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/watchbill/watchbill/internal/sqlkit"
)

// pool is a database with every statement prepared: preparing costs more than running.
type pool struct {
	db     *sql.DB
	stmts  map[statement]*sql.Stmt
	recent *sqlkit.Recent // shared by the pools of a store
}

// statement names a prepared statement.
type statement struct {
	query string // with the default prefix
	often bool   // its part between each and end is there as many times as many says
}

// A part of a statement between these comments can be repeated, with commas between: a statement costs as much as a row
// that it works on.
const (
	each = "/*each*/"
	end  = "/*end*/"
	many = 16
)

// repeat repeats the part of a statement that can be.
func repeat(query string) string {
	head, rest, _ := strings.Cut(query, each)
	part, tail, _ := strings.Cut(rest, end)
	return head + strings.Repeat(part+", ", many-1) + part + tail
}

func newPool(ctx context.Context, db *sql.DB, prefix string, r *sqlkit.Recent) (pool, error) {
	p := pool{db, map[statement]*sql.Stmt{}, r}
	for _, query := range queries() {
		if err := p.prepare(ctx, statement{query, false}, rename(query, prefix)); err != nil {
			return pool{}, err
		}
		if !strings.Contains(query, each) {
			continue
		}
		if err := p.prepare(ctx, statement{query, true}, rename(repeat(query), prefix)); err != nil {
			return pool{}, err
		}
	}
	return p, nil
}

func (p pool) prepare(ctx context.Context, s statement, text string) error {
	stmt, err := p.db.PrepareContext(ctx, text)
	if err != nil {
		return fmt.Errorf("sqlite: prepare %q: %w", text, err)
	}
	p.stmts[s] = stmt
	return nil
}

func (p pool) close(db bool) error {
	var errs []error
	for _, stmt := range p.stmts {
		errs = append(errs, stmt.Close())
	}
	if db {
		errs = append(errs, p.db.Close())
	}
	return errors.Join(errs...)
}

// batches calls run until all arguments are used, with a statement and what it takes of them.
func batches(query string, args []any, run func(name statement, args []any) error) error {
	width := strings.Count(query, "?")
	for len(args) > 0 {
		name, n := statement{query: query}, width
		if len(args) >= many*width {
			name.often, n = true, many*width
		}
		if err := run(name, args[:n]); err != nil {
			return err
		}
		args = args[n:]
	}
	return nil
}

// queries returns every statement that transactions use, to be prepared.
func queries() []string {
	return []string{
		lockForWriting,
		getEpisodes, newestEpisodes, createEpisodes, replaceSame, replaceEpisode, dueEpisodes, nextWake,
		listEpisodes, listState, listOpen, listService, listBoth, listParent, listMembers,
		rewindEpisodes, quarantineEpisode, countOpen, countAll,
		appendEntries, readEntries,
		enqueue, lanes, nextReady, readClaimable, claim, removeClaimed, retryClaimed, rewindMessages, rewindClaims, cancelAll, cancelOne,
		addRevision, latestRevision, revisionNumber, getRevision, revisionAt,
		getValue, setValue, removeValue,
		getRecords, createRecord, replaceRecord, listRecords, listOpenRecords, listRecordsSince, listRecordsBefore,
		endedEpisodes, removeEpisodes, removeRecords, cancelAlerts, removeTimelines, readEntriesFrom, replaceEntries, replaceRevision,
		exportRevisions, exportValues, exportEpisodes, exportRecords, exportEntries, exportMessages,
		holdsAnything, importRevision, importValue, importEpisode, importRecord, importMessage,
	}
}
