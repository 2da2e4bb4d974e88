package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// oldest is the first release of PostgreSQL that is known to do.
const oldest = 130000

const askServer = `select current_setting('server_version_num')::int, pg_is_in_recovery(), current_setting('transaction_read_only') = 'on',
	current_setting('synchronous_commit') = 'off'`

// checkServer refuses a server where a commit can be lost, or nothing can be written.
func checkServer(ctx context.Context, pool *pgxpool.Pool) error {
	var version int
	var standby, readOnly, careless bool
	if err := pool.QueryRow(ctx, askServer).Scan(&version, &standby, &readOnly, &careless); err != nil {
		return wrapped("connect", err)
	}
	switch {
	case version < oldest:
		return fmt.Errorf("postgres: the server is of release %d; use 13 or later", version/10000)
	case standby:
		return errors.New("postgres: the server is a standby; name the primary, or several hosts and target_session_attrs=read-write")
	case readOnly:
		return errors.New("postgres: transactions are read-only here; set default_transaction_read_only = off for this user or database")
	case careless:
		return errors.New("postgres: synchronous_commit is off, so commits can be lost; set it to on for this user or database")
	}
	return nil
}
