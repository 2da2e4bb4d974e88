package archive_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/archive"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/store/sqlite"
	"github.com/watchbill/watchbill/timeline"
)

var t0 = time.Date(2026, 1, 5, 12, 0, 0, 123000, time.UTC)

// bodies are bytes that an archive must give back just so, whether it inlines them or not.
func bodies() []string {
	deep := strings.Repeat("[", 2000) + strings.Repeat("]", 2000)
	return []string{
		`{"a":1}`, `{"a": 1}`, ` {}`, "{}\n", `null`, `true`, `"text"`, `""`, `1e400`, `1.0`, `[]`, `{"base64":"AAAA"}`, `{"base64":1}`,
		`{"base64" :1}`, `{"a":"<&>"}`, "{\"a\":\"\u2028\"}", `{"a":"\u003c"}`, "{\"a\":\"\xff\"}", "\x00\xff", "text", `{"a":1}{`,
		`{"a":1,"a":2}`, `"\ud800"`, deep, `["` + strings.Repeat("[", 2000) + `"]`, strings.Repeat("x", 200_000),
	}
}

// items is a store with something odd in every field.
func items() (all []store.Item) {
	for i, body := range bodies() {
		all = append(all, store.Item{Revision: &store.Revision{Number: int64(i + 1), EffectiveAt: t0, Config: []byte(body)}})
	}
	for i, body := range bodies() {
		all = append(all, store.Item{Value: &store.Value{Name: fmt.Sprintf("v%03d\xff<", i), Value: []byte(body)}})
	}
	for i, body := range bodies() {
		all = append(all, store.Item{Episode: &store.ArchivedEpisode{
			ID: watchbill.AlertID(fmt.Sprintf("a%03d", i)), Version: store.Version(i + 1), Source: "prom", Key: "k\xff", Service: "<s>",
			Parent: "a000", State: alert.State(i % 4), Unreached: i%4%3 > 0, CreatedAt: t0, WakeAt: t0.Add(time.Duration(i) * time.Second),
			SteppedAt: time.Unix(1<<33*int64(i-2), 0).UTC(), Body: []byte(body)}})
	}
	for i, body := range bodies() {
		r := store.Record{Kind: "incident", ID: fmt.Sprintf("i%03d", i), Body: []byte(body)}
		if i%2 > 0 {
			r.ClosedAt = t0
		}
		all = append(all, store.Item{Record: &store.StoredRecord{Record: r, Version: 2}})
	}
	lines := store.Entries{Of: "a000"}
	for i, body := range bodies() {
		if json.Valid([]byte(body)) && strings.TrimSpace(body) == body { // as a store keeps it
			lines.Entries = append(lines.Entries, timeline.Entry{Seq: int64(len(lines.Entries) + 1), At: t0, Actor: "user:<ada>",
				Via: fmt.Sprint("key ", i), Kind: "noted", Data: json.RawMessage(body)})
		}
	}
	all = append(all, store.Item{Entries: &lines})
	for i, body := range bodies() {
		m := store.ArchivedMessage{Alert: watchbill.AlertID(fmt.Sprintf("a%03d", i)), ID: notify.MessageID(fmt.Sprint("m", i)),
			Lane: []byte(`{"channel":"email"}`), Key: []byte(body), DueAt: t0, ReadyAt: t0.Add(time.Second), Tries: i, Token: "t"}
		if i%2 > 0 {
			m.Lane, m.Token = []byte(body), ""
		}
		all = append(all, store.Item{Message: &m})
	}
	return all
}

func source(items []store.Item) func() (store.Item, error) {
	return func() (store.Item, error) {
		if len(items) == 0 {
			return store.Item{}, io.EOF
		}
		next := items[0]
		items = items[1:]
		return next, nil
	}
}

func filled(t *testing.T, items ...store.Item) *memory.Store {
	s := memory.New()
	require.NoError(t, s.Import(t.Context(), source(items)))
	return s
}

func opened(t *testing.T) *sqlite.Store {
	s, err := sqlite.Open(t.Context(), filepath.Join(t.TempDir(), "watchbill.db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

func written(t *testing.T, s store.Archiver) []byte {
	var file bytes.Buffer
	_, err := archive.Write(t.Context(), &file, s, t0)
	require.NoError(t, err)
	return file.Bytes()
}

// TestRoundTrip goes from memory to a file to SQLite to a file to memory, with bytes of every sort in every place.
func TestRoundTrip(t *testing.T) {
	from, by, into := filled(t, items()...), opened(t), memory.New()
	var first, second bytes.Buffer
	wrote, err := archive.Write(t.Context(), &first, from, t0)
	require.NoError(t, err)
	text := first.String()
	require.True(t, strings.HasPrefix(text, `{"watchbill_archive":1,"at":"2026-01-05T12:00:00.000123Z"}`+"\n"))
	n := int64(len(bodies()))
	assert.Equal(t, archive.Counts{Revisions: n, Values: n, Alerts: n, Records: n, Timelines: 1, Entries: 20, Messages: n}, wrote.Counts)

	read, err := archive.Read(t.Context(), iotest.OneByteReader(&first), by)
	require.NoError(t, err)
	assert.Equal(t, wrote, read)
	again, err := archive.Write(t.Context(), &second, by, t0)
	require.NoError(t, err)
	assert.Equal(t, wrote, again)
	require.Equal(t, text, second.String())
	read, err = archive.Read(t.Context(), &second, into)
	require.NoError(t, err)
	assert.Equal(t, wrote, read)
	for _, other := range []store.Archiver{by, into} {
		diff, err := archive.Compare(t.Context(), from, other)
		require.NoError(t, err)
		assert.Empty(t, diff)
		sum, err := archive.Digest(t.Context(), other)
		require.NoError(t, err)
		assert.Equal(t, archive.Summary{Counts: wrote.Counts, Content: wrote.Content}, sum)
	}
	i := 0
	require.NoError(t, into.Export(t.Context(), func(item store.Item) error {
		require.Equal(t, items()[i], item)
		i++
		return nil
	}))
}

func TestPeopleCanReadIt(t *testing.T) {
	s := memory.New()
	require.NoError(t, s.Update(t.Context(), func(tx store.Tx) error {
		_, err := tx.Revisions().Add(t0, []byte(`{"users":["<ada>"]}`))
		return errors.Join(err, tx.Values().Set("key", []byte{0, 1}),
			tx.Outbox().Enqueue([]store.Delivery{{ID: "m", Key: notify.Key{Alert: "a"}, Lane: notify.Lane{Channel: "email"}, DueAt: t0}}))
	}))
	lines := strings.Split(string(written(t, s)), "\n")
	assert.Equal(t, `{"revision":{"number":1,"effective_at":"2026-01-05T12:00:00.000123Z","config":{"users":["<ada>"]}}}`, lines[1])
	assert.Equal(t, `{"value":{"name":"key","value":{"base64":"AAE="}}}`, lines[2])
	assert.Contains(t, lines[3], `{"message":{"alert":"a","id":"m","lane":{"channel":"email"},"key":{"alert":"a",`)
	assert.Contains(t, lines[4], `{"end":{"counts":{"revisions":1,"values":1,"alerts":0,"records":0,"timelines":0,"entries":0,"messages":1},"sha256":"`)
}

// some is an archive of a few lines.
func some(t *testing.T) []byte {
	return written(t, filled(t, items()[0], items()[len(bodies())], items()[2*len(bodies())]))
}

// TestEveryCutIsRefused cuts an archive after each byte, and changes each byte: nothing of it is ever taken in.
func TestEveryCutIsRefused(t *testing.T) {
	whole := some(t)
	_, err := archive.Check(bytes.NewReader(whole[:len(whole)-1]))
	require.NoError(t, err, "the last line need not have an end")
	into := memory.New()
	for n := range len(whole) - 1 {
		_, err := archive.Read(t.Context(), bytes.NewReader(whole[:n]), into)
		require.ErrorIs(t, err, archive.ErrBroken, "%d bytes", n)
	}
	for n := range whole {
		spoilt := bytes.Clone(whole)
		spoilt[n] ^= 1
		_, err := archive.Read(t.Context(), bytes.NewReader(spoilt), into)
		if n == len(whole)-1 && err == nil { // the end of the last line
			continue
		}
		require.Error(t, err, "byte %d", n)
	}
	sum, err := archive.Digest(t.Context(), into)
	require.NoError(t, err)
	assert.Zero(t, sum.Counts)
}

func TestRefusals(t *testing.T) {
	whole := string(some(t))
	lines := strings.SplitAfter(whole, "\n")
	for _, c := range []struct{ name, file, want string }{
		{"nothing", "", "it ends after line 0, without its last line"},
		{"no archive", "a,b\n", `line 1: the file is not an archive: it does not begin with {"watchbill_archive":`},
		{"other JSON", "{}\n", "line 1: the file is not an archive"},
		{"compressed", "\x1f\x8b\x08\n", "line 1: the file is compressed: read it through gunzip"},
		{"format 0", `{"watchbill_archive":0}` + "\n", "line 1: there is no format 0"},
		{"head with more", `{"watchbill_archive":1,"more":1}` + "\n", `line 1: json: unknown field "more"`},
		{"no end", lines[0] + lines[1], "it ends after line 2, without its last line: the rest is missing"},
		{"a line less", lines[0] + lines[2] + lines[3] + lines[4], "line 4: the archive is not as it was written: it should hold"},
		{"a line changed", strings.Replace(whole, `"version":1`, `"version":2`, 1), "line 5: the archive is not as it was written: a line before this one was changed"},
		{"more after the end", whole + "\n", "line 5: something follows after the end"},
		{"an unknown thing", lines[0] + `{"thing":{}}` + "\n", `line 2: json: unknown field "thing"`},
		{"an unknown field", lines[0] + `{"value":{"name":"a","more":1}}` + "\n", `line 2: json: unknown field "more"`},
		{"two things", lines[0] + `{"value":{"name":"a"},"record":{"kind":"a","id":"b","version":1}}` + "\n", "line 2: it has 2 things, not one"},
		{"nothing in a line", lines[0] + "{}\n", "line 2: it has 0 things, not one"},
		{"an empty line", lines[0] + "\n", "line 2: EOF"},
		{"no JSON", lines[0] + "value\n", "line 2: invalid character 'v'"},
		{"more in a line", lines[0] + `{"value":{"name":"a"}} {}` + "\n", "line 2: something follows after the object"},
		{"no time", lines[0] + `{"revision":{"number":1,"effective_at":"secret"}}` + "\n", "line 2: archive: neither a time"},
		{"no string", lines[0] + `{"value":{"name":["secret"]}}` + "\n", "line 2: archive: neither a string"},
		{"no base64", lines[0] + `{"value":{"name":{"base64":"secret!"}}}` + "\n", "line 2: archive: neither a string"},
		{"no state", lines[0] + `{"alert":{"id":"a","state":"secret"}}` + "\n", "line 2: archive: not a state"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := archive.Check(strings.NewReader(c.file))
			require.ErrorIs(t, err, archive.ErrBroken)
			assert.ErrorContains(t, err, c.want)
			assert.NotContains(t, err.Error(), "secret")
		})
	}
	_, err := archive.Check(strings.NewReader(`{"watchbill_archive":2,"more":1}` + "\n"))
	require.ErrorIs(t, err, archive.ErrFormat)
	assert.ErrorContains(t, err, "it has format 2, this release reads 1")
	broken := errors.New("cable")
	_, err = archive.Check(io.MultiReader(strings.NewReader(lines[0]), iotest.ErrReader(broken)))
	assert.ErrorIs(t, err, broken)
}

func TestStoresErrorsComeThrough(t *testing.T) {
	full := filled(t, items()...)
	_, err := archive.Read(t.Context(), bytes.NewReader(some(t)), full)
	assert.ErrorIs(t, err, store.ErrNotEmpty)
	disk := errors.New("disk is full")
	_, err = archive.Write(t.Context(), failing{disk}, full, t0)
	assert.ErrorIs(t, err, disk)
	require.NoError(t, full.Close())
	_, err = archive.Digest(t.Context(), full)
	require.ErrorIs(t, err, store.ErrClosed)
	_, err = archive.Compare(t.Context(), memory.New(), full)
	require.ErrorIs(t, err, store.ErrClosed)
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestCompareNamesTheFirstDifference(t *testing.T) {
	revision := func(n int64, config string) store.Item {
		return store.Item{Revision: &store.Revision{Number: n, EffectiveAt: t0, Config: []byte(config)}}
	}
	value := func(name string) store.Item { return store.Item{Value: &store.Value{Name: name, Value: []byte("x")}} }
	record := func(kind, id string, v store.Version, closed time.Time) store.Item {
		return store.Item{Record: &store.StoredRecord{Record: store.Record{Kind: kind, ID: id, ClosedAt: closed}, Version: v}}
	}
	for _, c := range []struct {
		a, b []store.Item
		want string
	}{
		{nil, nil, ""},
		{[]store.Item{value("a")}, nil, "value a: only in the first"},
		{nil, []store.Item{value("a")}, "value a: only in the second"},
		{[]store.Item{value("a"), value("c")}, []store.Item{value("a"), value("b"), value("c")}, "value b: only in the second"},
		{[]store.Item{value("a")}, []store.Item{revision(1, "x")}, "revision 1: only in the second"},
		{[]store.Item{revision(1, "x")}, []store.Item{revision(1, "secret")}, "revision 1: config"},
		{[]store.Item{record("a", "b", 1, t0)}, []store.Item{record("a", "b", 2, t0)}, "a b: version"},
		{[]store.Item{record("a", "b", 1, t0)}, []store.Item{record("a", "b", 1, time.Time{})}, "a b: closed_at"},
		{[]store.Item{record("a", "b", 1, time.Time{})}, []store.Item{record("a", "b", 1, t0)}, "a b: closed_at"},
		{[]store.Item{record("a", "c", 1, t0)}, []store.Item{record("a", "b", 1, t0)}, "a b: only in the second"},
		{items()[2*len(bodies()):][:1], nil, "alert a000: only in the first"},
		{items()[4*len(bodies()):][:1], nil, "timeline of a000: only in the first"},
		{items()[4*len(bodies())+1:][:1], nil, "message m0 of alert a000: only in the first"},
	} {
		got, err := archive.Compare(t.Context(), filled(t, c.a...), filled(t, c.b...))
		require.NoError(t, err)
		assert.Equal(t, c.want, got)
	}
}

// FuzzCheck feeds files: what is taken must survive being written and read again.
func FuzzCheck(f *testing.F) {
	s := memory.New()
	if err := s.Import(f.Context(), source(items())); err != nil {
		f.Fatal(err)
	}
	var file bytes.Buffer
	if _, err := archive.Write(f.Context(), &file, s, t0); err != nil {
		f.Fatal(err)
	}
	lines := strings.SplitAfter(file.String(), "\n")
	for i, line := range lines {
		if len(line) < 1000 && i > 0 {
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, line string) {
		_, _ = archive.Check(strings.NewReader(line))
		file := archive.Close(lines[0] + strings.TrimRight(line, "\n") + "\n")
		into := memory.New()
		read, err := archive.Read(t.Context(), strings.NewReader(file), into)
		if err != nil {
			return
		}
		again, err := archive.Check(bytes.NewReader(written(t, into)))
		require.NoError(t, err)
		require.Equal(t, read.Content, again.Content, "%s", written(t, into))
	})
}

func TestLineTooLong(t *testing.T) {
	file := some(t)
	longest := 0
	for line := range bytes.Lines(file) {
		longest = max(longest, len(line))
	}
	require.Equal(t, io.EOF, archive.CheckLines(bytes.NewReader(file), longest))
	err := archive.CheckLines(bytes.NewReader(file), longest-1)
	require.ErrorIs(t, err, archive.ErrBroken)
	assert.ErrorContains(t, err, fmt.Sprintf("it is longer than %d bytes", longest-1))
}
