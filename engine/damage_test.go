package engine_test

import (
	"database/sql"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/store/sqlite"
	"github.com/watchbill/watchbill/store/storetest"
	"github.com/watchbill/watchbill/timeline"
)

// onFile returns an engine on a file, and the file's database for whoever wants to do damage.
func onFile(t *testing.T) (*engine.Engine, *sql.DB) {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "w.db")+
		"?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(5000)")
	require.NoError(t, err)
	t.Cleanup(func() { _ = db.Close() })
	st, err := sqlite.New(t.Context(), db, sqlite.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = st.Close() })
	return start(t, engine.Config{Store: st}), db
}

// paged returns who is paged by a pass, and how often.
func paged(t *testing.T, e *engine.Engine, at time.Time) map[watchbill.UserID]int {
	users := map[watchbill.UserID]int{}
	for range 3 {
		pass, err := e.RunOnce(t.Context(), at, anyRoom)
		require.NoError(t, err)
		for _, d := range pass.Deliveries {
			users[d.Message.User]++
		}
	}
	return users
}

// An alert whose record was lost can be stepped no more; its neighbours go on, and somebody hears of it.
func TestATimelineThatIsGoneStopsNobodyElse(t *testing.T) {
	e, db := onFile(t)
	bad := e.Accept(t.Context(), t0, []alert.Signal{trigger("bad")})
	_, err := db.Exec("DELETE FROM watchbill_timeline WHERE owner = ?", string(bad[0].Alert))
	require.NoError(t, err)

	over := trigger("bad")
	over.Action = alert.Resolve
	v := e.Accept(t.Context(), t0, []alert.Signal{over, trigger("good")})
	require.NoError(t, v[1].Err)
	require.Equal(t, map[watchbill.UserID]int{"ada": 1, "cem": 1}, paged(t, e, t0), "ada for good, cem for what is broken")
}

func TestATimelineThatIsGoneDoesNotStopPasses(t *testing.T) {
	e, db := onFile(t)
	e.Accept(t.Context(), t0, []alert.Signal{trigger("bad"), trigger("good")})
	_, err := db.Exec("DELETE FROM watchbill_timeline WHERE owner = (SELECT min(id) FROM watchbill_alerts)")
	require.NoError(t, err)
	require.Equal(t, map[watchbill.UserID]int{"ada": 1, "ben": 1, "cem": 1}, paged(t, e, t0.Add(20*time.Minute)))
}

// A low-urgency alert wakes nobody by itself: that its row cannot be read shows when its message is claimed.
func TestAnUnreadableAlertIsSeenWhenItsMessageIsClaimed(t *testing.T) {
	e, db := onFile(t)
	low := trigger("bad")
	low.Severity = watchbill.SeverityWarning
	e.Accept(t.Context(), t0, []alert.Signal{low})
	_, err := db.Exec("UPDATE watchbill_alerts SET body = '{', version = version + 1")
	require.NoError(t, err)
	require.Equal(t, map[watchbill.UserID]int{"cem": 1}, paged(t, e, t0))
}

// A message that cannot be read is a page that would be lost: its alert goes into quarantine, and somebody hears of it.
func TestAnUnreadableMessageIsNotLostSilently(t *testing.T) {
	e, db := onFile(t)
	low := trigger("bad")
	low.Severity = watchbill.SeverityWarning
	e.Accept(t.Context(), t0, []alert.Signal{low, trigger("good")})
	_, err := db.Exec("UPDATE watchbill_outbox SET message_key = '{' WHERE alert = (SELECT min(id) FROM watchbill_alerts)")
	require.NoError(t, err)
	require.Equal(t, map[watchbill.UserID]int{"ada": 1, "cem": 1}, paged(t, e, t0), "ada for good, cem for what is broken")
}

// A conflict about a record is no reason to look at any alert.
func TestAConflictOfARecordSetsNothingAside(t *testing.T) {
	updates, conflict := 0, error(nil)
	e := start(t, engine.Config{Store: &storetest.Faulty{Store: memory.New(), Before: func(step string) error {
		if step == "update" {
			updates++
		}
		if step == "commit" {
			return conflict
		}
		return nil
	}}})
	updates, conflict = 0, &store.ConflictError{Of: timeline.Record("incident", "i1")}
	_, err := e.RunOnce(t.Context(), t0, anyRoom)
	require.ErrorIs(t, err, store.ErrConflict)
	require.Equal(t, 5, updates, "the tries of one transaction, and none of another")
}

// A group whose head can be stepped no more: its members page by another.
func TestMembersOfAGroupThatIsBrokenPage(t *testing.T) {
	e, db := onFile(t)
	c := org()
	c.Catalog.Sources = []catalog.Source{{ID: "prom", Type: "generic", Service: "shop", Key: catalog.DigestOf("k"),
		Handling: route.Handling{Group: &route.Group{By: []string{"service"}}}}}
	_, err := e.Configure(t.Context(), t0, c)
	require.NoError(t, err)
	head := e.Accept(t.Context(), t0, []alert.Signal{trigger("head"), trigger("one"), trigger("two")})[0].Alert
	paged(t, e, t0)
	_, err = db.Exec("DELETE FROM watchbill_timeline WHERE owner = ?", string(head))
	require.NoError(t, err)

	at := t0.Add(11 * time.Minute) // its next level, since no provider has accepted the first page
	paged(t, e, at)
	require.NoError(t, e.FollowUp(t.Context(), at))
	require.Equal(t, map[watchbill.UserID]int{"ada": 1}, paged(t, e, at), "one of the members stands for the others")
}
