package timeline

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// By says who gives a command. Commands embed it; it is recorded in the entry, not in the payload.
type By struct {
	Actor Actor  `json:"-"` // empty means [Engine]
	Via   string `json:"-"` // the key through which the actor spoke, where it is not the actor's own
}

// Speaker returns b, whatever command it is embedded in.
func (b By) Speaker() By { return b }

// Entry returns the entry that records a command: with the number after that of the latest entry, at now, but not before
// latestAt, the time of that. Names that are not UTF-8 are mended, since they would not survive being stored.
func (b By) Entry(now time.Time, latest int64, latestAt time.Time, kind Kind, payload any) (Entry, error) {
	data, err := json.Marshal(payload)
	if err != nil {
		return Entry{}, fmt.Errorf("timeline: %s: %w", kind, err)
	}
	if now.Before(latestAt) {
		now = latestAt
	}
	return Entry{Seq: latest + 1, At: now, Actor: Actor(valid(string(cmp.Or(b.Actor, Engine)))), Via: valid(b.Via), Kind: kind, Data: data}, nil
}

func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }
