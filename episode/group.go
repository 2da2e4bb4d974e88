package episode

import "time"

// Members is what a group knows of its members. An alert without any stands for itself.
type Members struct {
	Total  int       `json:"total,omitempty"`
	Open   int       `json:"open,omitempty"`
	Own    bool      `json:"own,omitempty"`    // one of the open ones is the alert itself, which others were merged into
	Merged bool      `json:"merged,omitempty"` // others were merged into it, so its own source opens and closes a member
	LastAt time.Time `json:"last_at,omitzero"` // when the latest joined
}

// IsGroup reports whether the alert has, or had, members.
func (e Episode) IsGroup() bool { return e.Members.Total > 0 }
