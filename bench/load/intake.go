package main

import (
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	_ "modernc.org/sqlite"
)

// intake measures how many signals a second are committed and answered while every one is paged.
func intake(s settings) error {
	dir, err := os.MkdirTemp("", "watchbill-load-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	binary, err := serverBinary(s, dir)
	if err != nil {
		return err
	}
	am, err := exec.LookPath(s.am)
	if err != nil {
		fmt.Printf("(no Alertmanager: go install github.com/prometheus/alertmanager/cmd/alertmanager@v0.31.1)\n\n")
	}
	head("signals/s, one a request, unique keys")
	for _, clients := range []int{1, 16, 64} {
		if err := intakeAt(s, binary, am, clients); err != nil {
			return err
		}
	}
	head("\ncommits/s")
	var bare spread
	for range s.runs {
		v, err := bareCommits(dir, s.duration/2)
		if err != nil {
			return err
		}
		bare = append(bare, v)
	}
	row("bare commits of one row, same disk and settings", bare)
	return nil
}

// intakeAt interleaves the subjects, so that the machine's moods hit all of them.
func intakeAt(s settings, binary, am string, clients int) error {
	var ours, nothing, theirs, lag, unsent, used spread
	for range s.runs {
		rate, worst, late, cpu, err := intakeOurs(s, binary, clients)
		if err != nil {
			return err
		}
		ours, lag, unsent, used = append(ours, rate), append(lag, worst), append(unsent, late), append(used, cpu)
		v, err := measure(startNothing, generic("good"), clients, s)
		if err != nil {
			return err
		}
		nothing = append(nothing, v)
		if am == "" {
			continue
		}
		v, err = measure(func() (*subject, error) { return startAlertmanager(am) }, alertmanagerV2(), clients, s)
		if err != nil {
			return err
		}
		theirs = append(theirs, v)
	}
	row(fmt.Sprintf("%2d clients: watchbill, SQLite, every page sent", clients), ours)
	row("            longest from answer to page, ms", lag)
	row("            pages still to be sent 1 s after the end", unsent)
	row("            processor time of the server a signal, µs", used)
	row("            the same handler, nothing committed", nothing)
	if len(theirs) > 0 {
		row("            Alertmanager 0.31.1, memory, nothing sent", theirs)
		fmt.Printf("            ratio to Alertmanager, medians: %.2f; to nothing committed: %.2f\n",
			ours.median()/theirs.median(), ours.median()/nothing.median())
	}
	return nil
}

func measure(start func() (*subject, error), sh shape, clients int, s settings) (float64, error) {
	sub, err := start()
	if err != nil {
		return 0, err
	}
	defer sub.stop()
	return closedLoop(sub.addr, sh, clients, s.duration)
}

// intakeOurs returns the rate, the longest time from an answer to the page, how many pages were missing a second after the
// last answer, and the processor time of the server a signal, in microseconds.
func intakeOurs(s settings, binary string, clients int) (rate, worst, missing, cpu float64, err error) {
	phones, err := newSink()
	if err != nil {
		return 0, 0, 0, 0, err
	}
	defer phones.close()
	sub, err := startRefserver(binary, phones.addr, phones.addr)
	if err != nil {
		return 0, 0, 0, 0, err
	}
	defer sub.stop()
	answered, idle := newAnswers(), sub.cpu()
	rate, err = closedLoop(sub.addr, answered.noting(generic("good")), clients, s.duration)
	if err != nil {
		return 0, 0, 0, 0, err
	}
	timer := time.NewTimer(time.Second)
	<-timer.C
	cpu = float64((sub.cpu() - idle).Microseconds()) / float64(answered.count())
	missing = float64(max(0, answered.count()-phones.count()))
	return rate, ms(answered.longestTo(phones.arrivals())), missing, cpu, nil
}

// bareCommits commits one small row at a time.
func bareCommits(dir string, d time.Duration) (float64, error) {
	path := filepath.Join(dir, fmt.Sprintf("bare-%d.db", time.Now().UnixNano()))
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_txlock=immediate")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.Exec("CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)"); err != nil {
		return 0, err
	}
	insert, err := db.Prepare("INSERT INTO t (v) VALUES (?)")
	if err != nil {
		return 0, err
	}
	value, n, began := make([]byte, 400), 0, time.Now()
	for time.Since(began) < d {
		if _, err := insert.Exec(value); err != nil {
			return 0, err
		}
		n++
	}
	return float64(n) / time.Since(began).Seconds(), nil
}
