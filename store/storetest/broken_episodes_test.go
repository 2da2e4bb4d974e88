package storetest

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

func brokenEpisodes() []broken {
	of := func(with func(store.Episodes) store.Episodes) func() store.Store {
		return func() store.Store { return episodesStore(with) }
	}
	return []broken{
		{"E1", "returns an episode as often as it is asked for", of(func(e store.Episodes) store.Episodes { return repeats{e} })},
		{"E2", "ignores the version", of(func(e store.Episodes) store.Episodes { return ignoresVersion{e} })},
		{"E2", "does not say which alert conflicts", of(func(e store.Episodes) store.Episodes { return namesNobody{e} })},
		{"E3 E2", "versions end at 4", of(func(e store.Episodes) store.Episodes { return fewVersions{e} })},
		{"E4", "the greatest ID is the newest", of(func(e store.Episodes) store.Episodes { return greatestID{e} })},
		{"E5 E8", "due in any order", of(func(e store.Episodes) store.Episodes { return unordered{e} })},
		{"E6", "the cursor is an offset", of(func(e store.Episodes) store.Episodes { return offsetCursor{e} })},
		{"E7", "loses the mark", of(func(e store.Episodes) store.Episodes { return losesMark{e} })},
		{"E8", "rewinds nothing", of(func(e store.Episodes) store.Episodes { return brokenAdmin{e, idleRewind{e.Admin()}} })},
		{"E8", "loses the messages of one that is rewound", rewindLosesMessages},
		{"E9", "counts nobody as unreached", of(func(e store.Episodes) store.Episodes { return brokenAdmin{e, blindCount{e.Admin()}} })},
	}
}

type repeats struct{ store.Episodes }

func (r repeats) Get(ids []watchbill.AlertID) (all []store.Stored, err error) {
	for _, id := range ids {
		found, err := r.Episodes.Get([]watchbill.AlertID{id})
		if all = append(all, found...); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// ignoresVersion replaces whatever there is, but keeps to what other sentences say of it.
type ignoresVersion struct{ store.Episodes }

func (i ignoresVersion) Put(writes []store.Write) error {
	for _, w := range writes {
		found, err := i.Episodes.Get(ids(w.Episode.Alert.ID))
		if err != nil {
			return err
		}
		if w.Want > 0 && len(found) > 0 && !found[0].Quarantined {
			w.Want = found[0].Version
		}
		if err := i.Episodes.Put([]store.Write{w}); err != nil {
			return err
		}
	}
	return nil
}

type namesNobody struct{ store.Episodes }

func (n namesNobody) Put(writes []store.Write) error {
	if err := n.Episodes.Put(writes); !errors.Is(err, store.ErrConflict) {
		return err
	}
	return store.ErrConflict
}

// fewVersions says 4 of every higher version.
type fewVersions struct{ store.Episodes }

func (o fewVersions) Get(ids []watchbill.AlertID) ([]store.Stored, error) {
	found, err := o.Episodes.Get(ids)
	for i := range found {
		found[i].Version = min(found[i].Version, 4)
	}
	return found, err
}

type greatestID struct{ store.Episodes }

func (g greatestID) Newest(keys []alert.Ref) ([]store.Stored, error) {
	all, _, err := g.List(store.Query{}, 1e6)
	if err != nil {
		return nil, err
	}
	var found []store.Stored
	for _, key := range keys {
		i := slices.IndexFunc(all, func(st store.Stored) bool { return st.Episode.Ref() == key })
		if i >= 0 && !slices.Contains(alertIDs(found), all[i].Episode.Alert.ID) {
			found = append(found, all[i])
		}
	}
	return found, nil
}

type unordered struct{ store.Episodes }

func (u unordered) Due(now time.Time, limit int) ([]watchbill.AlertID, time.Time, error) {
	due, next, err := u.Episodes.Due(now, limit)
	slices.Reverse(due)
	return due, next, err
}

type offsetCursor struct{ store.Episodes }

func (o offsetCursor) List(q store.Query, limit int) ([]store.Stored, string, error) {
	offset, _ := strconv.Atoi(q.Cursor)
	q.Cursor = ""
	all, _, err := o.Episodes.List(q, 1e6)
	all = all[min(offset, len(all)):]
	if len(all) > limit {
		return all[:limit], strconv.Itoa(offset + limit), err
	}
	return all, "", err
}

type losesMark struct{ store.Episodes }

func (l losesMark) Get(ids []watchbill.AlertID) ([]store.Stored, error) {
	found, err := l.Episodes.Get(ids)
	for i := range found {
		found[i].Quarantined = false
	}
	return found, err
}

type brokenAdmin struct {
	store.Episodes
	admin store.EpisodesAdmin
}

func (b brokenAdmin) Admin() store.EpisodesAdmin { return b.admin }

type idleRewind struct{ store.EpisodesAdmin }

func (i idleRewind) Rewind(time.Time) (int, error) {
	if err := i.EpisodesAdmin.Quarantine("nothing"); err == store.ErrReadOnly {
		return 0, err
	}
	return 0, nil
}

// rewindLosesMessages is a store whose Rewind removes messages.
func rewindLosesMessages() store.Store {
	return &wrapped{Store: memory.New(), tx: func(tx store.Tx) store.Tx {
		e := tx.Episodes()
		return brokenTx{Tx: tx, episodes: brokenAdmin{e, losesMessages{e.Admin(), tx.Outbox()}}}
	}}
}

type losesMessages struct {
	store.EpisodesAdmin
	outbox store.Outbox
}

func (l losesMessages) Rewind(now time.Time) (int, error) {
	n, err := l.EpisodesAdmin.Rewind(now)
	return n, first(err, l.outbox.Cancel("a1", nil))
}

type blindCount struct{ store.EpisodesAdmin }

func (b blindCount) Count() (store.Counts, error) {
	c, err := b.EpisodesAdmin.Count()
	c.Unreached = 0
	return c, err
}
