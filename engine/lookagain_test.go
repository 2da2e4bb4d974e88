package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// An alert whose record was lost keeps nobody from looking at the others when a silence is set, or ended.
func TestATimelineThatIsGoneDoesNotStopWhatIsSilenced(t *testing.T) {
	e, db := onFile(t)
	v := e.Accept(t.Context(), t0, []alert.Signal{trigger("good"), trigger("bad")})
	_, err := db.Exec("DELETE FROM watchbill_timeline WHERE owner = ?", string(v[1].Alert))
	require.NoError(t, err)
	_, err = e.Silence(t.Context(), t0, mute.Silence{Matchers: matchers(t, `service="shop"`), Span: between(t0, t0.Add(time.Hour)), By: "ada"}, byAda)
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	require.NoError(t, e.LookAgain(ctx, t0))
	good, err := e.Lookup(t.Context(), v[0].Alert)
	require.NoError(t, err)
	require.Len(t, good.Held, 1)
}

// A member that is gone must not keep the others of its group open.
func TestATimelineThatIsGoneDoesNotStopAGroup(t *testing.T) {
	e, db := onFile(t)
	v := e.Accept(t.Context(), t0, []alert.Signal{trigger("head"), trigger("bad"), trigger("good")})
	for _, member := range v[1:] {
		_, err := e.Act(t.Context(), t0, member.Alert, episode.Join{Command: episode.Command{By: "ada"}, Parent: v[0].Alert})
		require.NoError(t, err)
	}
	_, err := db.Exec("DELETE FROM watchbill_timeline WHERE owner = ?", string(v[1].Alert))
	require.NoError(t, err)
	_, err = e.Act(t.Context(), t0, v[0].Alert, episode.Resolve{By: "ada"})
	require.NoError(t, err)
	require.NoError(t, e.FollowUp(t.Context(), t0))
	good, err := e.Lookup(t.Context(), v[2].Alert)
	require.NoError(t, err)
	require.Equal(t, alert.Resolved, good.Alert.State)
}

// overtaken is a store in which another engine is faster, so often.
type overtaken struct {
	store.Store
	left int
}

func (c *overtaken) Update(ctx context.Context, fn func(store.Tx) error) error {
	return c.Store.Update(ctx, func(tx store.Tx) error {
		if err := fn(tx); err != nil || c.left == 0 {
			return err
		}
		c.left--
		return store.ErrConflict
	})
}

func TestAConflictWithAnotherEngineSkipsNobodyWhoIsToBeLookedAt(t *testing.T) {
	st := &overtaken{Store: memory.New()}
	e := start(t, engine.Config{Store: st})
	v := e.Accept(t.Context(), t0, []alert.Signal{trigger("a")})
	_, err := e.Silence(t.Context(), t0, mute.Silence{Matchers: matchers(t, `service="shop"`), Span: between(t0, t0.Add(time.Hour)), By: "ada"}, byAda)
	require.NoError(t, err)
	st.left = 7
	require.NoError(t, e.LookAgain(t.Context(), t0))
	a, err := e.Lookup(t.Context(), v[0].Alert)
	require.NoError(t, err)
	require.Len(t, a.Held, 1)
}
