package engine

import (
	"fmt"
	"strings"
	"time"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notice"
	"github.com/watchbill/watchbill/store"
)

const (
	// openRead is how many open alerts are read, of those that are acknowledged and of those that are not, to say what a
	// silence holds.
	openRead = 2000
	// openTold is how many of them a notice names.
	openTold = 10
)

// endingNotices returns who is to be told, after one instant and up to now, that a silence is about to end, or has ended,
// which still holds alerts. Who ends one before its time knows.
func (d *desk) endingNotices(after time.Time) (all []noticeRecord, err error) {
	ending := d.org.Mute().Ending(after, d.now.Add(notice.BeforeSilenceEnds))
	if len(ending) == 0 {
		return nil, nil
	}
	open, err := d.newestOpen()
	if err != nil {
		return nil, err
	}
	for _, s := range ending {
		for _, n := range notice.OfSilence(s.Silence, s.At, after, d.now) {
			if r, ok := d.endingNotice(n, s.Silence, open); ok {
				all = append(all, r)
			}
		}
	}
	return all, nil
}

// endingNotice puts a notice into words; false if nobody needs it.
func (d *desk) endingNotice(n notice.Notice, s mute.Silence, open []alert.Alert) (noticeRecord, bool) {
	u, ok := d.org.User(n.User)
	var about []string
	for _, a := range open {
		if (s.Source == "" || s.Source == a.Source) && s.Matchers.Matches(episode.Subject(a)) {
			about = append(about, a.Summary)
		}
	}
	if !ok || len(about) == 0 {
		return noticeRecord{}, false
	}
	summary := fmt.Sprintf("Your silence ends %s, and alerts that it holds are open: %d", n.To.In(d.org.Zone(u.Zone)).Format("Mon, 2 Jan 2006 15:04 MST"), len(about))
	if !n.At.Before(n.To) {
		summary = fmt.Sprintf("Your silence has ended, and alerts that it held are open: %d", len(about))
	}
	var details strings.Builder
	for _, line := range about[:min(len(about), openTold)] {
		fmt.Fprintln(&details, line)
	}
	if more := len(about) - openTold; more > 0 {
		fmt.Fprintf(&details, "and %d more\n", more)
	}
	fmt.Fprintf(&details, "It is silence %s, %s; refserver silence change -id %s -to TIME makes it last longer.\n", s.ID, describeMatchers(s.Matchers), s.ID)
	return noticeRecord{V: 1, Notice: n, NextAt: n.At, Summary: summary, Details: details.String()}, true
}

func describeMatchers(list mute.Matchers) string {
	var all []string
	for _, m := range list {
		all = append(all, m.String())
	}
	return strings.Join(all, ", ")
}

// newestOpen returns the newest alerts that are open.
func (d *desk) newestOpen() (all []alert.Alert, err error) {
	for _, state := range []alert.State{alert.Triggered, alert.Acknowledged} {
		q := store.Query{State: state}
		for read := 0; read < openRead; {
			page, next, err := d.tx.Episodes().List(q, 200)
			if err != nil {
				return nil, err
			}
			for _, s := range page {
				if s.Err == nil {
					all = append(all, s.Episode.Alert)
				}
			}
			if read, q.Cursor = read+len(page), next; next == "" {
				break
			}
		}
	}
	return all, nil
}
