package notice

import (
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/mute"
)

// BeforeSilenceEnds is how long before the end of a silence whoever made it is told.
const BeforeSilenceEnds = 30 * time.Minute

// OfSilence returns the notices that a silence ends, and has ended, at its end, that become due in a window. Who made it so
// short that the first would be due before it was made is told of its end alone; who ended it before its time of neither.
// To is the end.
func OfSilence(s mute.Silence, end, after, upTo time.Time) (all []Notice) {
	end, after, upTo = watchbill.Stamp(end), watchbill.Stamp(after), watchbill.Stamp(upTo)
	add := func(at time.Time) {
		if !at.After(s.UpdatedAt) || !at.After(after) || at.After(upTo) {
			return
		}
		n := Notice{Kind: SilenceEnding, User: s.By, At: at, To: end}
		all = append(all, n.named(s.ID, at.UnixMicro()))
	}
	add(end.Add(-BeforeSilenceEnds))
	add(end)
	return sorted(all)
}
