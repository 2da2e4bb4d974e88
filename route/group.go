package route

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/watchbill/watchbill/alert"
)

// none reports whether a group is that of a rule that takes alerts out of every group.
func (g Group) none() bool { return len(g.By) == 0 && g.Similar == 0 && g.Window == 0 && g.Idle == 0 }

// String says what is grouped, as "by host, similar from 0.8".
func (g Group) String() string {
	if g.none() {
		return "with nothing"
	}
	var parts []string
	if len(g.By) > 0 {
		parts = append(parts, "by "+strings.Join(g.By, ", "))
	}
	if g.Similar > 0 {
		parts = append(parts, fmt.Sprintf("similar from %v", g.Similar))
	}
	if len(parts) == 0 {
		parts = []string{"with all of its source"}
	}
	if g.Window > 0 {
		parts = append(parts, fmt.Sprintf("for %v", g.Window))
	}
	if g.Idle > 0 {
		parts = append(parts, fmt.Sprintf("until %v without any", g.Idle))
	}
	return strings.Join(parts, ", ")
}

// GroupKey returns the key of the group that a signal belongs to: the same for the same values of what the group is by.
// It fits wherever a dedup key does, and no sender makes one like it by chance. Where the group asks for similar
// summaries too, those with the same key remain to be compared by [Similar].
//
// It is false where the signal is in no group: the group is none, or the signal has none of the labels. What lacks them
// all has nothing in common but that, and one of them must not hide the others.
func GroupKey(g Group, s alert.Signal) (key string, ok bool) {
	if g.none() {
		return "", false
	}
	sum := sha256.New()
	found := len(g.By) == 0
	for _, name := range g.By {
		value := valueOf(s, name)
		found = found || value != ""
		for _, part := range []string{name, value} {
			var size [8]byte
			binary.BigEndian.PutUint64(size[:], uint64(len(part)))
			sum.Write(size[:])
			sum.Write([]byte(part))
		}
	}
	return "group:" + hex.EncodeToString(sum.Sum(nil)), found
}

// valueOf returns what a signal has by a name: a label, or else a field.
func valueOf(s alert.Signal, name string) string {
	for _, l := range s.Labels {
		if l.Name == name {
			return l.Value
		}
	}
	switch name {
	case "service":
		return string(s.Service)
	case "severity":
		return severity(s.Severity).String()
	case "summary":
		return s.Summary
	}
	return ""
}
