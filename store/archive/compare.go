package archive

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"

	"github.com/watchbill/watchbill/store"
)

// Compare says what differs first between two stores, as "alert 06nf...: version"; empty if they hold the same. It names
// no content, which may be secret.
func Compare(ctx context.Context, a, b store.Archiver) (string, error) {
	nextA, stopA := iter.Pull2(lines(ctx, a))
	defer stopA()
	nextB, stopB := iter.Pull2(lines(ctx, b))
	defer stopB()
	for {
		lineA, errA, okA := nextA()
		lineB, errB, okB := nextB()
		switch {
		case errA != nil || errB != nil:
			return "", cmp.Or(errA, errB)
		case !okA && !okB:
			return "", nil
		}
		if diff, err := difference(lineA, okA, lineB, okB); diff != "" || err != nil {
			return diff, err
		}
	}
}

// lines yields the lines of an export. An error is the last thing.
func lines(ctx context.Context, of store.Archiver) iter.Seq2[line, error] {
	return func(yield func(line, error) bool) {
		err := of.Export(ctx, func(item store.Item) error {
			l, err := lineOf(item)
			if err == nil && !yield(l, nil) {
				err = errStop
			}
			return err
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(line{}, err)
		}
	}
}

func difference(a line, okA bool, b line, okB bool) (string, error) {
	switch {
	case !okB:
		return a.name().shown + ": only in the first", nil
	case !okA:
		return b.name().shown + ": only in the second", nil
	}
	switch nameA, nameB := a.name(), b.name(); nameA.compare(nameB) {
	case -1:
		return nameA.shown + ": only in the first", nil
	case 1:
		return nameB.shown + ": only in the second", nil
	}
	textA, errA := encode(a)
	textB, errB := encode(b)
	if err := cmp.Or(errA, errB); err != nil || bytes.Equal(textA, textB) {
		return "", err
	}
	field, err := firstField(textA, textB)
	return a.name().shown + ": " + field, err
}

// firstField names the field of the thing in two lines that differs.
func firstField(a, b []byte) (string, error) {
	fieldsA, errA := fields(a)
	fieldsB, errB := fields(b)
	if err := cmp.Or(errA, errB); err != nil {
		return "", err
	}
	for _, field := range slices.Sorted(maps.Keys(fieldsA)) {
		if other, ok := fieldsB[field]; !ok || !bytes.Equal(fieldsA[field], other) {
			return field, nil
		}
		delete(fieldsB, field)
	}
	return slices.Min(slices.Collect(maps.Keys(fieldsB))), nil // the lines differ, so one is left
}

func (n name) compare(m name) int {
	return cmp.Or(cmp.Compare(n.kind, m.kind), cmp.Compare(n.first, m.first), cmp.Compare(n.second, m.second))
}

func encode(l line) ([]byte, error) {
	var text bytes.Buffer
	err := newEncoder(&text).line(l)
	return text.Bytes(), err
}

// fields returns the fields of the thing in a line.
func fields(text []byte) (map[string]json.RawMessage, error) {
	var things map[string]map[string]json.RawMessage
	if err := json.Unmarshal(text, &things); err != nil {
		return nil, fmt.Errorf("archive: %w", err)
	}
	for _, thing := range things { // there is one
		return thing, nil
	}
	return nil, nil
}

// errStop ends an export of which enough was seen.
var errStop = errors.New("archive: stop")
