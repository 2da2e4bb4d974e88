package timeline

import (
	"fmt"

	"github.com/watchbill/watchbill/internal/jsonw"
)

// Encode returns entries as json.Marshal would write them. Their data is JSON already, and is neither checked nor compacted
// again.
func Encode(entries []Entry) ([]byte, error) {
	size := 2
	for _, e := range entries {
		size += len(e.Data) + 128
	}
	w := jsonw.New(size)
	w.Open('[')
	for _, e := range entries {
		w.Open('{')
		w.Int("seq", e.Seq)
		w.Time("at", e.At)
		w.Text("actor", string(e.Actor))
		w.TextIf("via", e.Via)
		w.Text("kind", string(e.Kind))
		if len(e.Data) > 0 {
			w.Raw("data", e.Data)
		}
		w.Close('}')
	}
	w.Close(']')
	text, err := w.Bytes()
	if err != nil {
		return nil, fmt.Errorf("timeline: %w", err)
	}
	return text, nil
}
