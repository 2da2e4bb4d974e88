package statuspage_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/statuspage"
	"github.com/watchbill/watchbill/timeline"
)

// FuzzApply carries out any commands: nothing panics, folding the record gives the board, and the board makes sense.
func FuzzApply(f *testing.F) {
	f.Add([]byte{0, 0, 1, 4, 0, 7, 1, 2, 3, 4, 2, 9})
	f.Add([]byte{3, 60, 1, 30, 4, 10, 5, 200, 0, 1, 2, 3, 6, 7})
	f.Fuzz(func(t *testing.T, script []byte) {
		b := statuspage.Board{Page: "public"}
		var record []timeline.Entry
		now := noon
		for len(script) >= 3 {
			now = now.Add(time.Duration(int8(script[1])) * time.Minute)
			next, entries, err := statuspage.Apply(b, now, command(script[0], script[2], now))
			if err != nil {
				require.Equal(t, b, next)
				require.Empty(t, entries)
			}
			for _, e := range entries {
				require.Equal(t, b.Seq+1, e.Seq)
				require.False(t, e.At.Before(b.UpdatedAt))
				require.NotContains(t, statuspage.Describe(e), "unreadable")
			}
			b, record, script = next, append(record, entries...), script[3:]
			sane(t, b)
			statuspage.Look(shop(), b, nil, now, base)
		}
		folded, err := statuspage.Fold("public", record)
		require.NoError(t, err)
		require.Equal(t, b, folded)
		data, err := statuspage.Encode(b)
		require.NoError(t, err)
		back, err := statuspage.Decode(data)
		require.NoError(t, err)
		require.Equal(t, b, back)
	})
}

// command makes one of two bytes.
func command(kind, arg byte, now time.Time) statuspage.Command {
	component := []string{"site", "rest", "gone", ""}[arg%4]
	maintenance := []string{"m1", "m2", "m3", "m9"}[arg%4]
	soon := now.Add(time.Duration(int8(arg)) * 10 * time.Minute)
	switch kind % 8 {
	case 0:
		return statuspage.SetComponent{Component: component, Status: status(statuspage.Status(arg % 6))}
	case 1:
		return statuspage.SetComponent{By: ada, Component: component}
	case 2:
		return statuspage.Schedule{Title: "Now", Components: []string{component}, Until: soon}
	case 3:
		return statuspage.Schedule{Title: "Then", Components: []string{"site", "rest"}, From: soon, Until: now.Add(3 * time.Hour)}
	case 4:
		return statuspage.Tell{Maintenance: maintenance, Text: "\xff words"}
	case 5:
		return statuspage.Move{Maintenance: maintenance, Until: soon}
	case 6:
		return statuspage.Complete{Maintenance: maintenance}
	}
	return statuspage.Cancel{Maintenance: maintenance}
}

// sane checks what is so of every board.
func sane(t *testing.T, b statuspage.Board) {
	end := map[string]time.Time{}
	for _, s := range b.Settings {
		last, seen := end[s.Component]
		require.False(t, seen && (last.IsZero() || s.From.Before(last)), "settings of %s overlap", s.Component)
		require.True(t, s.To.IsZero() || s.From.Before(s.To))
		end[s.Component] = s.To
	}
	for _, m := range b.Maintenances {
		require.True(t, m.From.Before(m.Until))
		require.False(t, !m.CompletedAt.IsZero() && !m.CancelledAt.IsZero())
	}
}

// FuzzFold reads any record: it never panics, and what it cannot read is an error.
func FuzzFold(f *testing.F) {
	f.Add("component_set", `{"component":"site","status":"auto"}`)
	f.Add("maintenance_moved", `{"maintenance":"m1","until":"2026-07-15T12:00:00Z"}`)
	f.Add("maintenance_scheduled", `{"title":"x","until":"2026-07-15T12:00:00Z"}`)
	f.Fuzz(func(t *testing.T, kind, data string) {
		e := timeline.Entry{Seq: 1, At: noon, Kind: timeline.Kind(kind), Data: json.RawMessage(data)}
		statuspage.Describe(e)
		if b, err := statuspage.Fold("public", []timeline.Entry{e, e}); err == nil {
			statuspage.Look(shop(), b, nil, noon, base)
		}
	})
}

// FuzzRender writes any texts: the elements of a page are the same as with harmless texts of the same form, and every
// document can be read.
func FuzzRender(f *testing.F) {
	f.Add(`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `'`)
	f.Add("</title></style><svg onload=x>", "a\r\n\r\nb\rc\x00\x01\ufffe\xff]]>", "&lt;b&gt;&amp;")
	f.Add("{{.}}", "<!--", "-->\u202e\u2028")
	f.Fuzz(func(t *testing.T, title, text, name string) {
		if len(title)+len(text)+len(name) > 390 || strings.TrimSpace(harmless(name)) == "" {
			return // what is cut is cut at a space
		}
		hostile, tame := documents(t, hostileView(title, text, name)), documents(t, hostileView(harmless(title), harmless(text), harmless(name)))
		require.Equal(t, len(tame), len(hostile))
		for file, data := range hostile {
			switch {
			case strings.HasSuffix(file, ".json"):
				require.True(t, json.Valid(data), file)
			case strings.HasSuffix(file, ".html"):
				require.Equal(t, elements(check(t, tame[file])), elements(check(t, data)), file)
			default:
				a, b := contents(t, tame[file]), contents(t, data)
				require.Equal(t, len(a), len(b))
				for i := range a {
					require.Equal(t, elements(parse(t, a[i])), elements(parse(t, b[i])))
				}
			}
		}
	})
}

// hostileView puts texts wherever visitors can read some.
func hostileView(title, text, name string) statuspage.View {
	p := catalog.Page{ID: "public", Name: "P" + name, Description: text, Components: []catalog.Component{
		{ID: "a", Name: name, Description: text, Group: "g" + title, Services: []watchbill.ServiceID{"s"}}}}
	i := incident.Incident{ID: "i1", Status: incident.Investigating, Updates: []incident.Update{{ID: "u1", At: at(9, 0), Title: title, Text: text}},
		Impact: incident.Impact{Spans: []incident.Span{{Service: "s", Effect: incident.EffectMajor, From: at(8, 0)}}}}
	over := i
	over.ID, over.Status, over.ResolvedAt = "i2", incident.Resolved, at(10, 0)
	b := statuspage.Board{Page: "public", Maintenances: []statuspage.Maintenance{{ID: "m1", Title: title, Text: text, Components: []string{"a"},
		CreatedAt: at(8, 0), From: at(11, 0), Until: at(13, 0)}}}
	return statuspage.Look(p, b, []incident.Incident{i, over}, noon, base)
}

// harmless keeps the form of a text: where its lines and words are.
func harmless(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r' || r == '\n':
			return '\n'
		case r != '\t' && unicode.IsControl(r), r == 0xFFFE, r == 0xFFFF:
			return -1
		case unicode.IsSpace(r):
			return r
		}
		return 'x'
	}, s)
}

// elements returns the names of the elements and of their attributes.
func elements(all []node) []string {
	var names []string
	for _, n := range all {
		names = append(names, n.name)
		for _, a := range []string{"class", "href", "id", "role"} {
			names = append(names, n.attrs[a])
		}
	}
	return names
}

// contents returns what a feed's entries hold.
func contents(t *testing.T, feed []byte) [][]byte {
	var f struct {
		Entries []struct {
			Content string `xml:"content"`
		} `xml:"entry"`
	}
	d := xml.NewDecoder(bytes.NewReader(feed))
	require.NoError(t, d.Decode(&f))
	var all [][]byte
	for _, e := range f.Entries {
		all = append(all, []byte(e.Content))
	}
	return all
}
