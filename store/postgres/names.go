package postgres

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"strings"
	"sync"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const defaultPrefix = "watchbill_"

// names says what the tables are called.
type names struct{ schema, prefix string }

func newNames(ctx context.Context, pool *pgxpool.Pool, o Options) (n names, err error) {
	n = names{o.Schema, cmp.Or(o.TablePrefix, defaultPrefix)}
	for i, c := range n.prefix {
		if letter := c == '_' || 'a' <= c && c <= 'z'; !letter && (i == 0 || c < '0' || c > '9') {
			return n, fmt.Errorf("postgres: table prefix %q; use lower-case letters, digits and underscores, and begin with a letter", n.prefix)
		}
	}
	if n.schema != "" {
		return n, nil
	}
	err = pool.QueryRow(ctx, `select coalesce(current_schema(), '')`).Scan(&n.schema)
	if err != nil {
		return n, wrapped("ask for the schema", err)
	}
	if n.schema == "" {
		return n, fmt.Errorf("postgres: no schema of the search_path exists; create one, or name it in Options.Schema")
	}
	return n, nil
}

// quoted is the schema as it is written in a statement.
func (n names) quoted() string { return pgx.Identifier{n.schema}.Sanitize() }

// texts are the statements with the names of this store's tables, each made once.
type texts struct {
	names
	made sync.Map // from the statement with the default prefix
}

// of returns a statement for this store's tables.
func (t *texts) of(query string) string {
	if made, ok := t.made.Load(query); ok {
		return made.(string)
	}
	made := strings.ReplaceAll(query, defaultPrefix, t.quoted()+"."+t.prefix)
	t.made.Store(query, made)
	return made
}

// hash64 is the same in every process and every release.
func hash64(parts ...string) int64 {
	var text []byte
	for _, p := range parts {
		text = append(binary.AppendUvarint(text, uint64(len(p))), p...)
	}
	sum := sha256.Sum256(text)
	return int64(binary.BigEndian.Uint64(sum[:]))
}

// rename puts the table prefix into a migration, which runs in the schema.
func rename(text, prefix string) string { return strings.ReplaceAll(text, defaultPrefix, prefix) }
