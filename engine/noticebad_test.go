package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/handover"
	"github.com/watchbill/watchbill/store"
)

func TestAHandoverThatCannotBeReadKeepsNoNoticeBack(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		d := telling(t, st)
		d.remind(handoff.Add(-2 * time.Hour))
		require.NoError(t, st.Update(t.Context(), func(tx store.Tx) error {
			return tx.Records().Put([]store.RecordWrite{{Record: store.Record{Kind: handover.RecordKind, ID: handover.ID("primary", handoff), Body: []byte(`{"v":99}`)}}})
		}))
		d.minutes(handoff.Add(-time.Hour), handoff)
		require.Equal(t, wholeHandoff, d.summaries())
	})
}
