package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Reasons to run an Update again. They are joined to what the driver said.
var (
	errLost  = errors.New("postgres: the connection was lost")
	errRaced = errors.New("postgres: others were in the way")
)

// How often an Update is run again: for as long as others are in the way it gets further in line, and a server that
// restarts needs seconds.
const (
	maxRaces  = 200
	maxLosses = 12
)

// again calls run until there is no reason to do so again.
func (s *Store) again(ctx context.Context, run func() error) error {
	for races, losses := 0, 0; ; {
		err := run()
		switch {
		case errors.Is(err, errLost) && losses < maxLosses:
			losses++
			if s.own {
				s.pool.Reset() // what broke one connection has broken others
			}
			if losses > 1 {
				pause(ctx, 10<<min(losses, 6))
			}
		case errors.Is(err, errRaced) && races < maxRaces:
			races++
			if races > 2 {
				pause(ctx, min(races, 50))
			}
		default:
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// pause waits for up to that many milliseconds, but at least half of them, or until the context is done.
func pause(ctx context.Context, ms int) {
	d := time.Duration(ms) * time.Millisecond
	wait, cancel := context.WithTimeout(ctx, d/2+rand.N(d/2+1))
	defer cancel()
	<-wait.Done()
}

// wrapped names what failed, and joins the reason there is to do it again. What the driver says of a connection that
// cannot be made holds no password.
func wrapped(op string, err error) error {
	if err == nil {
		return nil
	}
	if reason := reason(err); reason != nil {
		return fmt.Errorf("%w: %s: %w", reason, op, err)
	}
	return fmt.Errorf("postgres: %s: %w", op, err)
}

// reason returns errLost, errRaced, or nil if it would come to nothing to do it again.
func reason(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errLost):
		return errLost
	case errors.Is(err, errRaced):
		return errRaced
	}
	var said *pgconn.PgError
	if errors.As(err, &said) {
		return reasonOf(said.Code)
	}
	var netErr net.Error
	var refused *pgconn.ConnectError
	if errors.As(err, &refused) || errors.As(err, &netErr) || pgconn.SafeToRetry(err) || brokenOff(err) {
		return errLost
	}
	return nil
}

// reasonOf goes by what the server said.
func reasonOf(code string) error {
	switch code {
	case "40001", "40P01", "55P03": // serialization failure, deadlock, lock timeout
		return errRaced
	case "0A000", "26000": // a plan or a prepared statement is gone: the tables have changed
		return errLost
	case "25006": // what was the primary is none any more
		return errLost
	case "57P01", "57P02", "57P03", "57P05", "25P03", "53300": // shutting down, crashed, starting; idle for too long; too many connections
		return errLost
	}
	if strings.HasPrefix(code, "08") {
		return errLost
	}
	return nil
}

// brokenOff reports whether the server is gone without a word.
func brokenOff(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed)
}
