package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
)

// pragma is what a connection must have, so that a commit keeps what it promises.
type pragma struct {
	name string
	good []string // values, as SQLite answers
	want string   // for the data source name
	why  string
}

func pragmas() []pragma {
	return []pragma{
		{"journal_mode", []string{"wal"}, "journal_mode(WAL)", "views run beside an Update only in WAL mode"},
		{"synchronous", []string{"2", "3"}, "synchronous(FULL)", "a commit is not on the disk without it"},
		{"query_only", []string{"0"}, "query_only(0)", "nothing can be written with it"},
	}
}

// checkPragmas checks two connections at once, where the host allows two: pragmas set by Exec hold for one only.
func checkPragmas(ctx context.Context, db *sql.DB) error {
	conns := 2
	if db.Stats().MaxOpenConnections == 1 {
		conns = 1
	}
	for range conns {
		conn, err := db.Conn(ctx)
		if err != nil {
			return fmt.Errorf("sqlite: %w", err)
		}
		defer conn.Close()
		if err := checkConn(ctx, conn); err != nil {
			return err
		}
	}
	return nil
}

func checkConn(ctx context.Context, conn *sql.Conn) error {
	for _, p := range pragmas() {
		var value string
		if err := conn.QueryRowContext(ctx, "pragma "+p.name).Scan(&value); err != nil {
			return fmt.Errorf("sqlite: pragma %s: %w", p.name, err)
		}
		if !slices.Contains(p.good, value) {
			return fmt.Errorf("sqlite: pragma %s is %s; add _pragma=%s to the data source name: %s", p.name, value, p.want, p.why)
		}
	}
	var timeout int
	if err := conn.QueryRowContext(ctx, "pragma busy_timeout").Scan(&timeout); err != nil {
		return fmt.Errorf("sqlite: pragma busy_timeout: %w", err)
	}
	if timeout < 1000 {
		return fmt.Errorf("sqlite: pragma busy_timeout is %d; add _pragma=busy_timeout(5000) to the data source name: writers have to wait for each other", timeout)
	}
	return nil
}
