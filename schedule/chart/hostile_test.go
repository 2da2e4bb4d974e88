package chart_test

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/schedule/chart"
)

// FuzzNames: whatever people and things are called, the picture is well-formed, and has nothing in it but shapes and
// words.
func FuzzNames(f *testing.F) {
	for _, name := range []string{"Ada Okafor", `<script>alert("1")</script>`, `"' onload='x()`, "]]>&amp;&#0;", "\u202eevil\u2066", "محمد بن عبد الله",
		"👩‍👩‍👧", "Z" + strings.Repeat("\u0337", 300), strings.Repeat("W", 200), "\x00\xff\ufffe", "", " \n\t ", "\u200d\u200d"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		spec := made(t, week).Spec()
		spec.ID, spec.Layers[0].ID = watchbill.ScheduleID("x"+name), schedule.LayerID("x"+name)
		spec.Overrides[0].By, spec.Overrides[0].Reason, spec.Overrides[0].ID = name, name, schedule.OverrideID("x"+name)
		s, err := schedule.New(spec)
		if err != nil {
			t.Skip("not a schedule: ", err)
		}
		o := window("2026-03-23", "2026-03-30")
		o.Title, o.Theme = name, chart.Auto
		o.Names = func(watchbill.UserID) string { return name }
		harmless(t, parse(t, draw(t, s, o)))
		var text strings.Builder
		require.NoError(t, chart.Text(&text, s, o))
		require.False(t, strings.ContainsFunc(text.String(), func(r rune) bool { return unicode.IsControl(r) && r != '\n' }))
	})
}

func harmless(t *testing.T, root element) {
	elements := []string{"svg", "title", "desc", "style", "defs", "pattern", "g", "rect", "path", "text"}
	root.walk(func(e element) {
		require.Contains(t, elements, e.XMLName.Local)
		require.Equal(t, "http://www.w3.org/2000/svg", e.XMLName.Space)
		for _, a := range e.Attrs {
			require.False(t, strings.HasPrefix(a.Name.Local, "on") || slices.Contains([]string{"href", "src", "style"}, a.Name.Local), a)
			require.False(t, strings.Contains(a.Value, "url(") && !strings.HasPrefix(a.Value, "url(#wb"), a)
		}
		for _, r := range e.Text {
			require.True(t, r != '\ufffd' && (r >= ' ' || r == '\n') && (r < '\u202a' || r > '\u202e'), "%q", e.Text)
		}
	})
}

// TestHostileNames says what becomes of some of them.
func TestHostileNames(t *testing.T) {
	for name, want := range map[string]string{
		`<b>"&'`:                            `<b>"&'`,
		"  Ada\n\tOkafor ":                  "Ada Okafor",
		"\u202eAda\u2066\x00":               "Ada",
		strings.Repeat("W", 200):            strings.Repeat("W", 40) + "…",
		"Z" + strings.Repeat("\u0337", 300): "Z\u0337\u0337",
		"محمد":                              "\u2068محمد\u2069",
		"👩\u200d👧":                          "👩\u200d👧",
		"\x00":                              "ada", // nothing is left: the ID
	} {
		o := window("2026-01-12", "2026-01-13")
		o.Names = func(watchbill.UserID) string { return name }
		s := made(t, `{"id":"s","layers":[{"id":"l","users":["ada"],"start":"2026-01-05T09:00","rotation":{"unit":"week"}}]}`)
		root := parse(t, draw(t, s, o))
		require.Contains(t, root.Children[1].Text, " "+want+", 1 shift, 24 h.", "%q", name)
	}
}

// TestInitials: no two people have the same, and a first name stands alone only if it is one person's.
func TestInitials(t *testing.T) {
	o := window("2026-01-05", "2026-01-08")
	names := map[watchbill.UserID]string{"a": "Ada Okafor", "b": "Ada O'Neill", "c": "Anna Olsen"}
	o.Names = func(id watchbill.UserID) string { return names[id] }
	s := made(t, `{"id":"s","layers":[{"id":"l","users":["a","b","c"],"start":"2026-01-05T00:00","rotation":{"unit":"hour"}}]}`)
	texts := parse(t, draw(t, s, o)).texts("text")
	for _, initials := range []string{"AO", "AN", "AO2"} {
		require.Contains(t, texts, initials)
	}
	require.NotContains(t, texts, "Ada")
}
