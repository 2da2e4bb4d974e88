package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/watchbill/watchbill/bench/chaos/history"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/timeline"
)

// collect reads everything that the store holds.
func (g *rig) collect(ctx context.Context, l *history.Log) error {
	st, closer, err := g.open(ctx)
	if err != nil {
		return err
	}
	defer closer.Close()
	if g.db != nil {
		if l.Claims, err = g.db.claims(); err != nil {
			return err
		}
	}
	return st.View(ctx, func(tx store.Tx) error {
		lanes, err := tx.Outbox().Lanes(l.Ended.Add(-bounds.Commit))
		if err != nil {
			return err
		}
		l.Waiting = len(lanes)
		cursor := ""
		for {
			page, next, err := tx.Episodes().List(store.Query{Cursor: cursor}, 1000)
			if err != nil {
				return err
			}
			for _, s := range page {
				a, err := alertOf(tx, s)
				if err != nil {
					return err
				}
				l.Alerts = append(l.Alerts, a)
			}
			if cursor = next; cursor == "" {
				return nil
			}
		}
	})
}

func alertOf(tx store.Tx, s store.Stored) (history.Alert, error) {
	entries, err := tx.Timeline().Read(timeline.Alert(s.Episode.Alert.ID), 0, 100_000)
	if s.Err == nil && s.Quarantined {
		s.Err = errors.New("it is in quarantine")
	}
	return history.Alert{Episode: s.Episode, Entries: entries, Err: s.Err}, err
}

// judge prints how the run went, and returns errBroken if a promise was broken.
func (g *rig) judge(l *history.Log) error {
	f, found := l.Figures(), l.Check()
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\nseed %d, %d signals/s for %v\n", g.seed, g.rate, g.length)
	fmt.Fprintf(w, "signals\t%d sent, %d accepted, %d alerts\n", f.Signals, f.Accepted, len(l.Alerts))
	fmt.Fprintf(w, "acknowledgements\t%d sent, %d accepted\n", f.Acks, f.AcksAccepted)
	fmt.Fprintf(w, "requests repeated\t%d refused, %d not answered\n", f.Refusals, f.Unanswered)
	fmt.Fprintf(w, "pages\t%d arrived, %d of them again with the same ID\n", f.Pages, f.Duplicates)
	fmt.Fprintf(w, "after the acknowledgement\t%d, under way at it; the last %v after\n", f.AfterAck, short(f.LatestAfterAck))
	for _, row := range []struct {
		what string
		s    history.Spread
	}{{"due signal to first page", f.ToFirst}, {"signal answered", f.Answered}, {"acknowledgement answered", f.AckAnswered}, {"repetition, lateness", f.Late}} {
		fmt.Fprintf(w, "%s\tp50 %v\tp99 %v\tmax %v\n", row.what, short(row.s.P50), short(row.s.P99), short(row.s.Max))
	}
	fmt.Fprintf(w, "\nfault\tof\tmended\tpages again\tlongest gap\tlast page of before\n")
	for _, r := range f.Recoveries {
		fmt.Fprintf(w, "%s\t%s\t%v\t%v\t%v\t%v\n", r.Kind, r.Replica, short(r.Mended), short(r.Again), short(r.Gap), short(r.Rest))
	}
	_ = w.Flush()
	fmt.Fprintln(g.out, b.String())
	for _, v := range found {
		fmt.Fprintf(g.out, "BROKEN, %d times: %s\n    %s\n", v.Count, v.Promise, v.First)
	}
	if n := g.phones.bad; n > 0 {
		fmt.Fprintf(g.out, "BROKEN: %d messages were not signed as they have to be\n", n)
	}
	if len(found) > 0 || g.phones.bad > 0 {
		return errBroken
	}
	fmt.Fprintln(g.out, "every promise was kept")
	return nil
}

func short(d time.Duration) time.Duration {
	if d < time.Second {
		return d.Round(100 * time.Microsecond)
	}
	return d.Round(10 * time.Millisecond)
}
