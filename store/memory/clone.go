package memory

import "github.com/watchbill/watchbill/timeline"

func cloneEntries(entries []timeline.Entry) []timeline.Entry {
	return appendEntries(make([]timeline.Entry, 0, len(entries)), entries)
}

// appendEntries adds copies of entries to a list; the bytes of all of them are one piece of memory.
func appendEntries(list, entries []timeline.Entry) []timeline.Entry {
	size := 0
	for _, e := range entries {
		size += len(e.Data)
	}
	data := make([]byte, 0, size)
	for _, e := range entries {
		if e.Data != nil {
			data = append(data, e.Data...)
			e.Data = data[len(data)-len(e.Data) : len(data) : len(data)]
		}
		list = append(list, e)
	}
	return list
}

// unique returns a list with each element once: the list itself, where it has one or none, as it mostly has.
func unique[T comparable](list []T) []T {
	if len(list) < 2 {
		return list
	}
	seen := make(map[T]bool, len(list))
	once := make([]T, 0, len(list))
	for _, v := range list {
		if !seen[v] {
			seen[v] = true
			once = append(once, v)
		}
	}
	return once
}
