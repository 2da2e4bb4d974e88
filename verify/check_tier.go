package verify

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill/catalog"
)

// urgentTimeout is how long a level may last for a service of tier 1.
const urgentTimeout = 5 * time.Minute

// slow says which levels leave a service of tier 1 waiting for longer than that.
func (c *checker) slow(s catalog.Service) {
	p, ok := c.org.Frozen(s.Policy)
	if s.Tier != 1 || !ok {
		return
	}
	for i, l := range p.Levels {
		if d := lasts(l); d > urgentTimeout {
			c.find(c.always().finding(SlowForTier, Warning, "service:"+string(s.ID), fmt.Sprintf("%s is of tier 1; level %d of policy %s "+
				"gives way only after %s: set timeout: 5m or less in levels[%d] of policy %s", s.ID, i+1, p.ID, Length(d), i, p.ID), c.zoneOf(p)))
		}
	}
}
