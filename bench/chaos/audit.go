package main

import (
	"encoding/csv"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/bench/chaos/history"
	"github.com/watchbill/watchbill/notify"
)

// watch makes the database note each claim, in the transaction that makes it: what state it saw its alert in. The servers
// know nothing of that.
const watch = `
create table chaos_claims (n bigserial, message bytea, at timestamptz default clock_timestamp(), state smallint);
create function chaos_note() returns trigger language plpgsql as $$ begin
	insert into chaos_claims (message, state) select new.id, a.state from watchbill_alerts a where a.id = new.alert;
	return null;
end $$;
create trigger chaos_note after update of token on watchbill_outbox for each row
	when (new.token is not null and new.token is distinct from old.token) execute function chaos_note();`

const noted = `copy (select convert_from(message, 'UTF8'), floor(extract(epoch from at) * 1000000)::bigint, state from chaos_claims order by at) to stdout (format csv)`

// psql runs one command in the database, as whoever is on its machine.
func (c *cluster) psql(command string) (string, error) {
	cmd := exec.Command(filepath.Join(c.bin, "psql"), "-h", c.data, "-p", c.port, "-U", "watchbill", "-v", "ON_ERROR_STOP=1", "-qAtc", command, "postgres")
	var problem strings.Builder
	cmd.Stderr = &problem
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("psql: %w: %s", err, problem.String())
	}
	return string(out), nil
}

// watch begins to note claims.
func (c *cluster) watch() error {
	_, err := c.psql(watch)
	return err
}

// claims returns what was noted.
func (c *cluster) claims() ([]history.Claim, error) {
	out, err := c.psql(noted)
	if err != nil {
		return nil, err
	}
	rows, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		return nil, err
	}
	all := make([]history.Claim, 0, len(rows))
	for _, row := range rows {
		at, errAt := strconv.ParseInt(row[1], 10, 64)
		state, errState := strconv.ParseUint(row[2], 10, 8)
		if errAt != nil || errState != nil {
			return nil, fmt.Errorf("chaos: a claim that cannot be read: %q", row)
		}
		all = append(all, history.Claim{Message: notify.MessageID(row[0]), At: time.UnixMicro(at), State: alert.State(state)})
	}
	return all, nil
}
