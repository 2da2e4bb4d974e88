package memory

import (
	"slices"

	"github.com/watchbill/watchbill/timeline"
)

func cloneEntries(entries []timeline.Entry) []timeline.Entry {
	entries = slices.Clone(entries)
	for i := range entries {
		entries[i].Data = slices.Clone(entries[i].Data)
	}
	return entries
}
