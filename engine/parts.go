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
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/mute"
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
	// partSize is how many items a part of a list has on average.
	partSize = 32
	// zipFrom is the size in bytes from which parts are stored compressed.
	zipFrom = 256
)

// parts names what a configuration is made of. Equal configurations have equal parts.
type parts struct {
	Base        string                            `json:"base"`                // all but what people made
	Overrides   map[watchbill.ScheduleID][]string `json:"overrides,omitempty"` // of each schedule, in the order that they apply
	Silences    []string                          `json:"silences,omitempty"`
	Maintenance []string                          `json:"maintenance,omitempty"`
	Personal    []string                          `json:"personal,omitempty"` // one a person
}

func (p parts) equal(o parts) bool {
	return p.Base == o.Base && maps.EqualFunc(p.Overrides, o.Overrides, slices.Equal) && slices.Equal(p.Silences, o.Silences) &&
		slices.Equal(p.Maintenance, o.Maintenance) && slices.Equal(p.Personal, o.Personal)
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
	base := c
	base.Overrides, base.Made, base.Personal = nil, oncall.Made{}, nil
	data, err := base.Encode()
	if err != nil {
		return p, nil, err
	}
	p = parts{Base: partOf(data), Overrides: map[watchbill.ScheduleID][]string{}}
	contents[p.Base] = data
	for id, list := range of {
		if p.Overrides[id], err = packList(contents, list, func(o schedule.Override) string { return string(o.ID) }); err != nil {
			return p, nil, err
		}
	}
	var failed [3]error
	p.Silences, failed[0] = packList(contents, c.Made.Silences, func(s mute.Silence) string { return s.ID })
	p.Maintenance, failed[1] = packList(contents, c.Made.Maintenance, func(m mute.Maintenance) string { return m.ID })
	p.Personal, failed[2] = packList(contents, c.Personal, nil)
	return p, contents, errors.Join(failed[:]...)
}

// packList cuts a list into parts: at what its items' IDs say, or after each item where id is nil.
func packList[T any](contents map[string][]byte, list []T, id func(T) string) (names []string, err error) {
	for len(list) > 0 {
		n := 1
		if id != nil {
			n = firstPart(list, id)
		}
		data, err := json.Marshal(list[:n])
		if err != nil {
			return nil, err
		}
		contents[partOf(data)] = data
		names, list = append(names, partOf(data)), list[n:]
	}
	return names, nil
}

// firstPart says how many items the first part takes. Where one ends depends on the item there alone, so that one that
// comes or goes changes one part.
func firstPart[T any](list []T, id func(T) string) int {
	end := slices.IndexFunc(list, func(v T) bool { return crc32.ChecksumIEEE([]byte(id(v)))%partSize == 0 })
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
		var rest struct{ Overrides []oncall.Override } // all that people made in the releases that stored revisions whole
		_ = json.Unmarshal(rev.Config, &rest)          // what people agreed may be well where the rest is not
		c = oncall.Config{Overrides: rest.Overrides}
		err = undecodable(fmt.Sprint("revision ", rev.Number), err)
	}
	p, contents, unpacked := pack(c)
	maps.Copy(s.whole, contents)
	return p, worst(err, unpacked)
}

// worst returns the first error after which one may try again, else the first.
func worst(all ...error) (first error) {
	for _, err := range all {
		if err != nil && !errors.Is(err, errUndecodable) {
			return err
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// errUndecodable is what a store has kept well and this release cannot make sense of.
var errUndecodable = errors.New("it cannot be decoded")

func undecodable(what string, err error) error {
	return fmt.Errorf("engine: configuration: %s: %w: %v", what, errUndecodable, err)
}

// config returns the configuration of a revision. Where it cannot be decoded, the error is errUndecodable, and what people
// made is returned all the same, as far as it can be.
func (s *shelf) config(rev store.Revision) (c oncall.Config, p parts, err error) {
	if p, err = s.parts(rev); err == nil {
		c, err = s.base(p)
	}
	if err != nil && !errors.Is(err, errUndecodable) {
		return c, p, err
	}
	var lost [4]error
	c.Overrides, lost[0] = s.overrides(p, slices.Sorted(maps.Keys(p.Overrides)))
	c.Made.Silences, lost[1] = readList[mute.Silence](s, p.Silences)
	c.Made.Maintenance, lost[2] = readList[mute.Maintenance](s, p.Maintenance)
	c.Personal, lost[3] = readList[catalog.Personal](s, p.Personal)
	return c, p, worst(err, worst(lost[:]...))
}

// base returns a configuration without what people made.
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

// readList puts a list together again. Parts that cannot be decoded are left out, and the error says so.
func readList[T any](s *shelf, names []string) (all []T, err error) {
	for _, name := range names {
		list, failed := readPart(s, map[string][]T{}, name, func(data []byte) (list []T, err error) {
			err = json.Unmarshal(data, &list)
			return list, err
		})
		all, err = append(all, list...), worst(err, failed)
	}
	return all, err
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
