package sqlkit

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

// Micro is how a time is stored: Unix microseconds. The zero time is stored as any other.
func Micro(t time.Time) int64 { return t.UnixMicro() }

// Instant reads what Micro wrote.
func Instant(us int64) time.Time { return time.UnixMicro(us).UTC() }

// Unreached reports whether an episode is open and reached nobody: somebody should know that nobody knows.
func Unreached(e episode.Episode) bool { return e.Alert.State.Open() && !e.Reached() }

// WakeAt returns when an episode is due, zero if never.
func WakeAt(e episode.Episode) time.Time {
	if !e.Alert.State.Open() {
		return time.Time{}
	}
	return e.WakeAt()
}

// EncodeEntries returns what a row keeps of a timeline.
func EncodeEntries(entries []timeline.Entry) ([]byte, error) { return timeline.Encode(entries) }

// DecodeEntries returns what EncodeEntries was given, after a sequence number.
func DecodeEntries(data []byte, after int64) ([]timeline.Entry, error) {
	var entries []timeline.Entry
	if err := json.Unmarshal(data, &entries); err != nil {
		return nil, err
	}
	for len(entries) > 0 && entries[0].Seq <= after {
		entries = entries[1:]
	}
	return entries, nil
}

// EncodeLane returns the text that DecodeLane was given.
func EncodeLane(l notify.Lane) ([]byte, error) {
	if l.Channel == "" {
		return []byte(l.Destination), nil
	}
	return json.Marshal(l)
}

// DecodeLane returns a lane, or what Claim takes for one that it can neither decode nor name: no channel, and the text.
func DecodeLane(text []byte) notify.Lane {
	var l notify.Lane
	if err := json.Unmarshal(text, &l); err == nil && l.Channel != "" {
		if again, err := json.Marshal(l); err == nil && bytes.Equal(again, text) {
			return l
		}
	}
	return notify.Lane{Destination: string(text)}
}

// SortLanes sorts lanes as Lanes returns them.
func SortLanes(all []notify.Lane) {
	slices.SortFunc(all, func(a, b notify.Lane) int {
		return cmp.Or(cmp.Compare(a.Channel, b.Channel), cmp.Compare(a.Destination, b.Destination))
	})
}

// DecodeKey returns the key of a message of an alert in a lane; after an error, one that has only the alert.
func DecodeKey(text []byte, of watchbill.AlertID, lane notify.Lane) (k notify.Key, err error) {
	err = json.Unmarshal(text, &k)
	switch {
	case err != nil:
	case k.Alert != of:
		err = fmt.Errorf("it is of alert %s and has the key of %q", of, k.Alert)
	case lane.Channel == "":
		err = fmt.Errorf("lane %q cannot be decoded", lane.Destination)
	}
	if err != nil {
		k = notify.Key{Alert: of}
	}
	return k, err
}
