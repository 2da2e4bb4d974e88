package engine

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"maps"
	"slices"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/store"
)

// A revision names the parts that its configuration is made of. Each part is a value of the store, under a name that its
// content gives it, so that what a revision has in common with others is stored once, and is read once by who reads many.
const (
	// partsMark begins such a revision; what begins otherwise is a whole configuration, as earlier releases stored it. They
	// refuse what begins like this.
	partsMark = "parts 1\n"
	// partPrefix begins the name of a part's value.
	partPrefix = "engine.part."
	// partSize is how many overrides a part has on average.
	partSize = 32
	// zipFrom is the size in bytes from which parts are stored compressed.
	zipFrom = 256
)

// parts names what a configuration is made of. Equal configurations have equal parts.
type parts struct {
	Base      string                            `json:"base"`                // all but the overrides that people made
	Overrides map[watchbill.ScheduleID][]string `json:"overrides,omitempty"` // of each schedule, in the order that they apply
}

func (p parts) equal(o parts) bool {
	return p.Base == o.Base && maps.EqualFunc(p.Overrides, o.Overrides, slices.Equal)
}

func (p parts) encode() ([]byte, error) {
	data, err := json.Marshal(p)
	return append([]byte(partsMark), data...), err
}

// pack takes a configuration apart. It returns the parts, and their contents by name.
func pack(c oncall.Config) (p parts, contents map[string][]byte, err error) {
	contents = map[string][]byte{}
	of := map[watchbill.ScheduleID][]schedule.Override{}
	for _, o := range c.Overrides {
		of[o.Schedule] = append(of[o.Schedule], o.Override)
	}
	c.Overrides = nil
	data, err := c.Encode()
	if err != nil {
		return p, nil, err
	}
	p = parts{Base: partOf(data), Overrides: map[watchbill.ScheduleID][]string{}}
	contents[p.Base] = data
	for id, list := range of {
		for len(list) > 0 {
			n := firstPart(list)
			if data, err = json.Marshal(list[:n]); err != nil {
				return p, nil, err
			}
			contents[partOf(data)] = data
			p.Overrides[id], list = append(p.Overrides[id], partOf(data)), list[n:]
		}
	}
	return p, contents, nil
}

// firstPart says how many overrides the first part takes. Where one ends depends on the override there alone, so that
// one that comes or goes changes one part.
func firstPart(list []schedule.Override) int {
	end := slices.IndexFunc(list, func(o schedule.Override) bool { return crc32.ChecksumIEEE([]byte(o.ID))%partSize == 0 })
	if end < 0 {
		return len(list)
	}
	return end + 1
}

func partOf(data []byte) string {
	sum := sha256.Sum256(data)
	return base64.RawURLEncoding.EncodeToString(sum[:15])
}

// putParts stores those parts that the store does not have yet.
func putParts(values store.Values, contents map[string][]byte) error {
	for _, name := range slices.Sorted(maps.Keys(contents)) { // the same calls in the same order, for simulators
		data := contents[name]
		had, err := values.Get(partPrefix + name)
		if err != nil {
			return err
		}
		if had != nil {
			continue
		}
		if err := values.Set(partPrefix+name, zipped(data)); err != nil {
			return err
		}
	}
	return nil
}

// zipped compresses what is large. JSON begins with no byte that gzip begins with.
func zipped(data []byte) []byte {
	if len(data) < zipFrom {
		return data
	}
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(data); err != nil || w.Close() != nil {
		return data
	}
	return b.Bytes()
}

func unzipped(data []byte) ([]byte, error) {
	if len(data) == 0 || data[0] != 0x1f {
		return data, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
}

// shelf reads the parts of revisions in one transaction, each part once.
type shelf struct {
	tx    store.Tx
	whole map[string][]byte // parts of revisions that were stored whole
	bases map[string]oncall.Config
	lists map[string][]schedule.Override
}

func newShelf(tx store.Tx) *shelf {
	return &shelf{tx, map[string][]byte{}, map[string]oncall.Config{}, map[string][]schedule.Override{}}
}

// parts returns those of a revision. One that was stored whole has the same as if it had not been.
func (s *shelf) parts(rev store.Revision) (p parts, err error) {
	if data, isParts := bytes.CutPrefix(rev.Config, []byte(partsMark)); isParts {
		if err := json.Unmarshal(data, &p); err != nil {
			return p, undecodable(fmt.Sprint("revision ", rev.Number), err)
		}
		return p, nil
	}
	c, err := oncall.Decode(rev.Config)
	if err != nil {
		var rest struct{ Overrides []oncall.Override }
		_ = json.Unmarshal(rev.Config, &rest) // what people agreed may be well where the rest is not
		c = oncall.Config{Overrides: rest.Overrides}
		err = undecodable(fmt.Sprint("revision ", rev.Number), err)
	}
	p, contents, unpacked := pack(c)
	maps.Copy(s.whole, contents)
	return p, firstOf(err, unpacked)
}

// firstOf returns the first of two errors that is one.
func firstOf(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// errUndecodable is what a store has kept well and this release cannot make sense of.
var errUndecodable = errors.New("it cannot be decoded")

func undecodable(what string, err error) error {
	return fmt.Errorf("engine: configuration: %s: %w: %v", what, errUndecodable, err)
}

// config returns the configuration of a revision. Where it cannot be decoded, the error is errUndecodable, and overrides
// that can be are returned all the same.
func (s *shelf) config(rev store.Revision) (c oncall.Config, p parts, err error) {
	if p, err = s.parts(rev); err == nil {
		c, err = s.base(p)
	}
	if err != nil && !errors.Is(err, errUndecodable) {
		return c, p, err
	}
	var lost error
	c.Overrides, lost = s.overrides(p, slices.Sorted(maps.Keys(p.Overrides)))
	return c, p, firstOf(err, lost)
}

// base returns a configuration without the overrides that people made.
func (s *shelf) base(p parts) (oncall.Config, error) {
	return readPart(s, s.bases, p.Base, oncall.Decode)
}

// overrides returns those of some schedules.
func (s *shelf) overrides(p parts, ids []watchbill.ScheduleID) (all []oncall.Override, err error) {
	for _, id := range ids {
		for _, name := range p.Overrides[id] {
			list, err := readPart(s, s.lists, name, decodeOverrides)
			if err != nil {
				return nil, err
			}
			for _, o := range list {
				all = append(all, oncall.Override{Schedule: id, Override: o})
			}
		}
	}
	return all, nil
}

func decodeOverrides(data []byte) (list []schedule.Override, err error) {
	err = json.Unmarshal(data, &list)
	return list, err
}

func readPart[T any](s *shelf, known map[string]T, name string, decode func([]byte) (T, error)) (T, error) {
	if v, ok := known[name]; ok {
		return v, nil
	}
	var none T
	data, ok := s.whole[name]
	if !ok {
		stored, err := s.tx.Values().Get(partPrefix + name)
		if err != nil {
			return none, err
		}
		if data, err = unzipped(stored); err == nil && stored == nil {
			err = store.ErrNotFound
		}
		if err != nil {
			return none, undecodable("part "+name, err)
		}
	}
	v, err := decode(data)
	if err != nil {
		return none, undecodable("part "+name, err)
	}
	known[name] = v
	return v, nil
}
