package engine

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/handover"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/postmortem"
	"github.com/watchbill/watchbill/store"
)

const (
	// sweepAtOnce is how many things of a kind one transaction removes.
	sweepAtOnce = 200
	// sweepEvery is how often it is looked whether something is old enough, and sweepPause the pause between transactions
	// while there is more: signals and pages go between them.
	sweepEvery, sweepPause = time.Minute, 100 * time.Millisecond
	// sweepAnew is how often what was kept though it is old is looked at again.
	sweepAnew = time.Hour
)

// Swept is what one [Engine.Sweep] removed.
type Swept struct {
	Alerts, Incidents, Postmortems int
	Records                        int  // hand-overs, requests for cover, notices, and what goes with them
	Helpers                        int  // of what was kept to put alerts together
	Kept                           int  // old enough, and kept all the same: a legal hold, an open group or incident
	More                           bool // there is more to remove: call it again
}

// Removed is how many things it removed.
func (s Swept) Removed() int { return s.Alerts + s.Incidents + s.Postmortems + s.Records + s.Helpers }

// sweeper remembers what need not be looked at again.
type sweeper struct {
	org   *oncall.Org
	since time.Time
	kept  map[string]bool // by kind and ID: old enough, and kept
	count map[string]int  // how many of them by kind
	group string          // the cursor in the list of groups
}

// Sweep removes what the configuration in force says need not be kept any longer, at most 200 things of each kind, each kind
// in a transaction of its own. What is open, belongs to what is open, or is under a legal hold is never removed; nor are
// configurations of the past, and who silenced or set what. [Engine.Run] calls it beside the passes. It is for one caller
// at a time.
func (e *Engine) Sweep(ctx context.Context, now time.Time) (all Swept, err error) {
	now = watchbill.Stamp(now)
	org, err := e.Org(ctx)
	if err != nil {
		return all, err
	}
	s, keep := &e.sweeper, org.Config().Keep
	if age := now.Sub(s.since); s.org != org || age >= sweepAnew || age < 0 {
		*s = sweeper{org: org, since: now, kept: map[string]bool{}, count: map[string]int{}, group: s.group}
	}
	if keep == (oncall.Keep{}) {
		return all, nil
	}
	for _, k := range sweeps(keep, &all) {
		if k.age == 0 {
			continue
		}
		var w *sweep
		err := e.change(ctx, now, func(d *desk) error {
			w = &sweep{desk: d, sweeper: s, before: now.Add(-k.age)}
			return k.do(w)
		})
		if err != nil {
			return all, err
		}
		s.keep(k.kind, w.kept)
		*k.into += w.removed
		all.More = all.More || w.more
		if w.walked {
			s.group = w.cursor
		}
	}
	all.Kept = len(s.kept)
	return all, nil
}

// keep remembers what was kept.
func (s *sweeper) keep(kind string, ids []string) {
	for _, id := range ids {
		if name := kind + ":" + id; !s.kept[name] {
			s.kept[name] = true
			s.count[kind]++
		}
	}
}

// sweepKind is how one kind of thing is removed.
type sweepKind struct {
	kind string
	age  time.Duration // zero: it is kept for good
	into *int
	do   func(*sweep) error
}

// sweeps lists the kinds, those first that keep others.
func sweeps(keep oncall.Keep, all *Swept) []sweepKind {
	list := []sweepKind{
		{postmortem.RecordKind, keep.Postmortems, &all.Postmortems, (*sweep).postmortems},
		{incident.RecordKind, keep.Incidents, &all.Incidents, (*sweep).incidents},
		{alertKind, keep.Alerts, &all.Alerts, (*sweep).alerts},
		{groupKind, keep.Alerts, &all.Helpers, (*sweep).groups},
	}
	for _, kind := range []string{groupKind, inhibitorKind} {
		list = append(list, sweepKind{kind, keep.Alerts, &all.Helpers, func(w *sweep) error { return w.records(kind) }})
	}
	for _, kind := range []string{handover.RecordKind, cover.RecordKind, NoticeKind, SummaryKind, AnswerKind} {
		list = append(list, sweepKind{kind, keep.Records, &all.Records, func(w *sweep) error { return w.records(kind) }})
	}
	return list
}

// alertKind names alerts beside the kinds of records.
const alertKind = "alert"

// sweep removes things of one kind in one transaction.
type sweep struct {
	*desk
	*sweeper
	before  time.Time
	kept    []string
	removed int
	more    bool
	walked  bool // some of a list, up to cursor
	cursor  string
}

// limit is how much to ask for, since what was kept comes first.
func (w *sweep) limit(kind string) int { return w.count[kind] + sweepAtOnce }

// alerts removes those that were resolved long enough ago.
func (w *sweep) alerts() error {
	limit := w.limit(alertKind)
	ids, err := w.tx.Episodes().Admin().Ended(w.before, limit)
	if err != nil {
		return err
	}
	w.more = len(ids) == limit
	ids = slices.DeleteFunc(ids, func(id watchbill.AlertID) bool { return w.sweeper.kept[alertKind+":"+string(id)] })
	if len(ids) == 0 {
		return nil
	}
	stored, err := w.tx.Episodes().Get(ids)
	if err != nil {
		return err
	}
	needed, err := w.neededAlerts(stored)
	if err != nil {
		return err
	}
	var gone []watchbill.AlertID
	for _, s := range stored {
		if id := s.Episode.Alert.ID; needed[id] || w.holdsAlert(s) {
			w.kept = append(w.kept, string(id))
		} else {
			gone = append(gone, id)
		}
	}
	w.removed = len(gone)
	return w.tx.Episodes().Admin().Remove(gone)
}

// neededAlerts returns which alerts, and which of these, are to be kept because of others: those of open incidents, and the
// members of groups that are open.
func (w *sweep) neededAlerts(stored []store.Stored) (map[watchbill.AlertID]bool, error) {
	needed := map[watchbill.AlertID]bool{}
	open, err := everyRecord(w.desk, store.RecordQuery{Kind: incident.RecordKind, Open: true}, incident.Decode)
	if err != nil {
		return nil, err
	}
	for _, i := range open {
		for _, id := range i.Alerts {
			needed[id] = true
		}
	}
	var heads []watchbill.AlertID
	for _, s := range stored {
		if s.Episode.Parent != "" {
			heads = append(heads, s.Episode.Parent)
		}
	}
	isOpen := map[watchbill.AlertID]bool{}
	if len(heads) > 0 {
		found, err := w.tx.Episodes().Get(heads)
		if err != nil {
			return nil, err
		}
		for _, h := range found {
			isOpen[h.Episode.Alert.ID] = h.Err != nil || h.Episode.Alert.State.Open()
		}
	}
	for _, s := range stored {
		if isOpen[s.Episode.Parent] || s.Err == nil && s.Episode.Alert.State != alert.Resolved {
			needed[s.Episode.Alert.ID] = true
		}
	}
	return needed, nil
}

// holdsAlert reports whether an alert is under a legal hold. Of one that cannot be read nobody knows.
func (w *sweep) holdsAlert(s store.Stored) bool {
	holds := w.org().Config().Holds
	if len(holds) == 0 {
		return false
	}
	_, held := heldBy(holds, matterOf(w.org(), s.Episode))
	return held || s.Err != nil
}

func (w *sweep) org() *oncall.Org { return w.desk.org }

// closed lists the records of a kind that are old enough and were not kept before.
func (w *sweep) closed(kind string) ([]store.StoredRecord, error) {
	limit := w.limit(kind)
	page, _, err := w.tx.Records().List(store.RecordQuery{Kind: kind, Before: w.before}, limit)
	w.more = len(page) == limit
	return slices.DeleteFunc(page, func(r store.StoredRecord) bool { return w.sweeper.kept[kind+":"+r.ID] }), err
}

// clear removes those records of a kind that keep says nothing against.
func (w *sweep) clear(kind string, keep func(store.StoredRecord) (bool, error)) error {
	page, err := w.closed(kind)
	if err != nil {
		return err
	}
	var gone []string
	for _, r := range page {
		kept, err := keep(r)
		if err != nil {
			return err
		}
		if kept {
			w.kept = append(w.kept, r.ID)
		} else {
			gone = append(gone, r.ID)
		}
	}
	if w.removed = len(gone); len(gone) == 0 {
		return nil
	}
	return w.tx.Records().Remove(kind, gone)
}

// records removes records that nothing else needs.
func (w *sweep) records(kind string) error {
	return w.clear(kind, func(r store.StoredRecord) (bool, error) {
		_, held := heldBy(w.org().Config().Holds, matter{ended: r.ClosedAt, body: r.Body})
		return held, nil
	})
}

// incidents removes those that have no postmortem.
func (w *sweep) incidents() error {
	return w.clear(incident.RecordKind, func(r store.StoredRecord) (bool, error) {
		reviews, err := w.tx.Records().Get(postmortem.RecordKind, []string{r.ID})
		return len(reviews) > 0 || w.holdsIncident(r), err
	})
}

func (w *sweep) holdsIncident(r store.StoredRecord) bool {
	holds := w.org().Config().Holds
	if len(holds) == 0 {
		return false
	}
	i, err := incident.Decode(r.Body)
	_, held := heldBy(holds, incidentMatter(i, r.Body))
	return held || err != nil
}

// postmortems removes those that are published and have nothing left to do.
func (w *sweep) postmortems() error {
	return w.clear(postmortem.RecordKind, func(r store.StoredRecord) (bool, error) {
		p, err := postmortem.Decode(r.Body)
		open := func(a postmortem.ActionItem) bool { return a.ClosedAt.IsZero() }
		if err == nil && slices.ContainsFunc(p.Items, open) {
			return true, nil
		}
		found, failed := w.tx.Records().Get(incident.RecordKind, []string{r.ID})
		if failed != nil {
			return false, failed
		}
		for _, i := range found {
			if w.holdsIncident(i) {
				return true, nil
			}
		}
		holds := w.org().Config().Holds
		_, held := heldBy(holds, matter{ended: r.ClosedAt, body: r.Body})
		return held || err != nil && len(holds) > 0, nil
	})
}

// groups looks at some groups, from where the last call left off, and removes those of whose alerts none is there any more.
func (w *sweep) groups() error {
	page, next, err := w.tx.Records().List(store.RecordQuery{Kind: groupKind, Open: true, Cursor: w.group}, sweepAtOnce)
	if err != nil {
		return err
	}
	w.cursor, w.walked = next, true
	var gone []string
	for _, r := range page {
		var g groupRecord
		if json.Unmarshal(r.Body, &g) != nil || w.now.Sub(g.From) < w.now.Sub(w.before) {
			continue
		}
		heads := make([]watchbill.AlertID, len(g.Heads))
		for i, h := range g.Heads {
			heads[i] = h.ID
		}
		found, err := w.tx.Episodes().Get(heads)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			gone = append(gone, r.ID)
		}
	}
	if w.removed = len(gone); len(gone) == 0 {
		return nil
	}
	return w.tx.Records().Remove(groupKind, gone)
}
