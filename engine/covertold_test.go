package engine_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/store"
)

// A withdrawal gives duty back to people who agreed to nothing, and takes it from those who took it on further: all of them
// are told, except who withdrew.
func TestEverybodyIsToldWhoseDutyAWithdrawalMoves(t *testing.T) {
	onEach(t, func(t *testing.T, st store.Store) {
		d := telling(t, st) // ada has it until handoff, ben from then on
		from, to := handoff.Add(time.Hour), handoff.Add(9*time.Hour)
		now := handoff.Add(-4 * time.Hour)
		d.remind(now)
		whole := covered(t, d.Engine, now, "", cover.TakeOver{Voice: voice("cem"), Schedule: "primary", From: from, To: to})
		covered(t, d.Engine, now.Add(time.Minute), whole.ID, cover.Withdraw{Voice: voice("cem")})
		d.remind(now.Add(2 * time.Minute))
		require.Contains(t, d.summaries(), "23 05:02 ben cem withdrew what was agreed, and you are on call again: primary, Mon 2026-11-23 10:00 to 18:00 UTC")

		one := covered(t, d.Engine, now.Add(3*time.Minute), "", cover.TakeOver{Voice: voice("ada"), Replaces: "ben", Schedule: "primary", From: from, To: to})
		covered(t, d.Engine, now.Add(4*time.Minute), "", cover.TakeOver{Voice: voice("cem"), Replaces: "ada", Schedule: "primary", From: from, To: to})
		require.Equal(t, []watchbill.UserID{"cem"}, whoIs(t, d.Engine, from, time.Time{}))
		covered(t, d.Engine, now.Add(5*time.Minute), one.ID, cover.Withdraw{Voice: voice("ben")})
		d.remind(now.Add(6 * time.Minute))
		require.Contains(t, d.summaries(), "23 05:06 cem ben withdrew what was agreed, and you are not on call any more: primary, Mon 2026-11-23 10:00 to 18:00 UTC")
	})
}
