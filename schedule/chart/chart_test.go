package chart_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/schedule/chart"
)

// TestGolden keeps a few pictures byte for byte. After a change look at them in a browser, in grey too.
func TestGolden(t *testing.T) {
	narrow := window("2026-03-16", "2026-04-06")
	narrow.Width, narrow.Theme = 360, chart.Auto
	dark := window("2026-03-23", "2026-03-30")
	dark.Theme, dark.Now = chart.Dark, day("2026-03-25").Add(13*time.Hour)
	for name, c := range map[string]struct {
		spec string
		o    chart.Options
	}{
		"week":          {week, window("2026-03-23", "2026-03-30")},
		"sun-dark":      {sun, dark},
		"nights-narrow": {nights, narrow},
	} {
		s := made(t, c.spec)
		var text strings.Builder
		require.NoError(t, chart.Text(&text, s, c.o))
		for ext, got := range map[string]string{".svg": draw(t, s, c.o), ".txt": text.String()} {
			path := filepath.Join("testdata", name+ext)
			if *update {
				require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
			}
			want, err := os.ReadFile(path)
			require.NoError(t, err)
			require.Equal(t, string(want), got, path)
		}
	}
}

// TestRead is what a screen reader and a pointer find.
func TestRead(t *testing.T) {
	o := window("2026-03-23", "2026-03-30")
	root := parse(t, draw(t, made(t, week), o))
	assert.Equal(t, "img", root.attr("role"))
	title, desc := root.Children[0], root.Children[1]
	assert.Equal(t, []string{root.attr("aria-labelledby"), "title", "On call: primary"}, []string{title.attr("id"), title.XMLName.Local, title.Text})
	assert.Equal(t, []string{root.attr("aria-describedby"), "desc"}, []string{desc.attr("id"), desc.XMLName.Local})
	for _, part := range []string{
		"Who is on call from Mon 23 Mar 2026 01:00 CET to Mon 30 Mar 2026 02:00 CEST, Europe/Berlin.",
		"Ben Carter, 3 shifts, 24 h.",
		"Nobody is on call at 1 time: Fri 27 Mar 06:00 to Fri 27 Mar 09:00 CET, 3 h.",
		"Override: Ben Carter for Cem Yıldız, Tue 24 Mar 09:00 to Wed 25 Mar 09:00 CET.",
		"Override: fay too,",
		"Override: without Cem Yıldız,",
		"Override: fay for everybody,",
		"Clocks forward 1 h on Sun 29 Mar 03:00.",
	} {
		assert.Contains(t, desc.Text, part)
	}
	titles := root.texts("title")
	for _, tip := range []string{
		"Cem Yıldız, Mon 23 Mar 09:00 CET to Mon 30 Mar 02:00 CEST, layer week, turn 11",
		"Cem Yıldız, Sat 28 Mar 18:00 CET to Mon 30 Mar 02:00 CEST, layer week, turn 11",
		"Ben Carter, Tue 24 Mar 22:00 to Wed 25 Mar 09:00 CET, override dentist, for Cem Yıldız, layer week, turn 11",
		"Ben Carter for Cem Yıldız, Tue 24 Mar 09:00 to Wed 25 Mar 09:00 CET, override dentist, by ben: dentist",
		"Nobody, Fri 27 Mar 06:00 to Fri 27 Mar 09:00 CET, 3 h",
		"Clocks forward 1 h, Sun 29 Mar 03:00",
	} {
		assert.Contains(t, titles, tip)
	}
	assert.Contains(t, root.texts("text"), "nobody 3 h", "the gap is too narrow for its label, which is below it")
	assert.Contains(t, root.texts("text"), "clocks forward 1 h")
}

// TestFinalLine: what is drawn is what the schedule says, for every bar, by its title.
func TestFinalLine(t *testing.T) {
	s, o := made(t, nights), window("2026-03-23", "2026-03-30")
	titles := strings.Join(parse(t, draw(t, s, o)).texts("title"), "\n")
	for _, shift := range s.Shifts(o.From, o.To) {
		before, after := shift.Start.Format("Mon 2 Jan 15:04"), shift.End.Format("Mon 2 Jan 15:04 MST")
		if z := shift.Start.Format(" MST"); !strings.HasSuffix(after, z) {
			before += z
		}
		line := fmt.Sprintf("%s, %s to %s, layer nights, turn %d", named(shift.Users[0]), before, after, shift.Parts[0].Turn)
		assert.Equal(t, 2, strings.Count(titles, line), "%s: in the layer's row and the final one", line)
	}
	assert.Equal(t, len(s.Gaps(o.From, o.To)), strings.Count(titles, "Nobody, "))
}

// TestReasons: a bar says what it comes from, as package schedule calls it.
func TestReasons(t *testing.T) {
	s := made(t, `{"id":"s","sites":[{"id":"eu","timezone":"UTC","from":"00:00","users":["ada"],"start":"2026-03-01T00:00","rotation":{"unit":"week"}}],
		"layers":[{"id":"fair","shifts":[{"from":"2026-03-24T00:00","to":"2026-03-25T00:00","users":["ben"]}]}],
		"temporary":[{"id":"feast","from":"2026-03-26T00:00","to":"2026-03-27T00:00","shifts":[{"from":"2026-03-26T00:00","to":"2026-03-27T00:00","users":["cem"]}]}],
		"versions":[{"effective_from":"2026-03-28T00:00","layers":[{"id":"new","users":["dee"],"start":"2026-03-28T00:00","rotation":{"unit":"week"}}]},
		            {"effective_from":"2026-05-28T00:00","layers":[{"id":"later","users":["dee"],"start":"2026-05-28T00:00","rotation":{"unit":"week"}}]}]}`)
	root := parse(t, draw(t, s, window("2026-03-23", "2026-03-30")))
	titles := root.texts("title")
	for _, tip := range []string{
		"Ada Okafor, Mon 23 Mar 00:00 to Tue 24 Mar 00:00 UTC, site eu, turn 3",
		"Ben Carter, Tue 24 Mar 00:00 to Wed 25 Mar 00:00 UTC, layer fair, shift 0",
		"Cem Yıldız, Thu 26 Mar 00:00 to Fri 27 Mar 00:00 UTC, temporary schedule feast, shift 0",
		"Dee O'Neill, Sat 28 Mar 00:00 to Mon 30 Mar 00:00 UTC, layer new, turn 0",
		"New version, Sat 28 Mar 00:00",
	} {
		assert.Contains(t, titles, tip)
	}
	assert.NotContains(t, root.texts("text"), "later", "a layer that does not begin in the window has no row")
}

// TestScale: an instant has its place, whatever the clocks do.
func TestScale(t *testing.T) {
	s := made(t, `{"id":"s","timezone":"Europe/Berlin","layers":[
		{"id":"l","users":["ada","ben"],"start":"2026-03-28T00:00","rotation":{"unit":"day"}}]}`)
	o := chart.Options{From: day("2026-03-28").Add(-time.Hour), To: day("2026-03-30").Add(-2 * time.Hour), Theme: chart.Light}
	var widths []float64
	parse(t, draw(t, s, o)).walk(func(e element) {
		if e.XMLName.Local == "g" && len(e.Children) > 1 && strings.Contains(e.Children[0].Text, "layer l") {
			w, err := strconv.ParseFloat(e.Children[1].attr("width"), 64)
			require.NoError(t, err)
			widths = append(widths, w)
		}
	})
	require.Len(t, widths, 4)
	assert.InDelta(t, widths[0], widths[1], 0.1, "a day of 23 hours is as wide as any")
}

// TestManyAtOnce: everybody has a lane, up to a number; the others are counted and named.
func TestManyAtOnce(t *testing.T) {
	o := window("2026-03-23", "2026-03-30")
	users := []watchbill.UserID{"u1", "u2", "u3", "u4", "u5", "u6", "u7", "u8"}
	shift := schedule.Shift{Start: o.From, End: o.To, Users: users}
	for _, u := range users {
		shift.Parts = append(shift.Parts, schedule.Part{User: u, Layer: "all"})
	}
	o.Final = []schedule.Shift{shift}
	root := parse(t, draw(t, made(t, `{"id":"many"}`), o))
	assert.Contains(t, root.texts("text"), "and 3 more")
	assert.Contains(t, strings.Join(root.texts("title"), "\n"), "3 more people, Mon 23 Mar 00:00 to Mon 30 Mar 00:00 UTC: u6, u7, u8")
	assert.Contains(t, root.texts("text"), "u8, 1 shift, 168 h")
}

// TestEmpty: a schedule without anybody is one gap, not a blank.
func TestEmpty(t *testing.T) {
	root := parse(t, draw(t, made(t, `{"id":"empty"}`), window("2026-03-23", "2026-04-20")))
	assert.Contains(t, root.texts("text"), "nobody")
	assert.Contains(t, root.Children[1].Text, "Nobody is on call at 1 time: Mon 23 Mar 00:00 to Mon 20 Apr 00:00 UTC, 672 h.")
}

// TestDefaults: the window is four weeks from this week's Monday, in the schedule's zone.
func TestDefaults(t *testing.T) {
	s := made(t, week)
	from, to, err := chart.Options{Now: time.Date(2026, 3, 15, 23, 30, 0, 0, time.UTC)}.Window(s) // Monday 00:30 in Berlin
	require.NoError(t, err)
	assert.Equal(t, "2026-03-16T00:00:00+01:00", from.Format(time.RFC3339))
	assert.Equal(t, "2026-04-13T00:00:00+02:00", to.Format(time.RFC3339))
	require.Contains(t, draw(t, s, chart.Options{Now: from}), ">now<")
}

func TestWrongOptions(t *testing.T) {
	s, from := made(t, week), day("2026-01-01")
	for want, o := range map[string]chart.Options{
		"chart: From: is missing; give the time to begin at, or Now":            {},
		"chart: To: is not after From; give a later time":                       {From: from, To: from},
		"chart: To: is more than two years after From; draw less at once":       {From: from, To: day("2029-01-01")},
		"chart: Width: is 7; give 320 to 4000 pixels":                           {From: from, Width: 7},
		"chart: Theme: is none of Auto, Light and Dark":                         {From: from, Theme: 9},
		"chart: From: is missing; give the time to begin at, or Now\nchart: Wi": {Width: -1},
	} {
		var b strings.Builder
		err := chart.SVG(&b, s, o)
		require.ErrorContains(t, err, want)
		var field *chart.FieldError
		require.ErrorAs(t, err, &field)
		assert.Empty(t, b.String())
	}
	var theme chart.Theme
	require.NoError(t, theme.UnmarshalText([]byte("dark")))
	assert.Equal(t, "dark", theme.String())
	require.ErrorContains(t, theme.UnmarshalText([]byte("pink")), `unknown theme "pink"`)
}

// TestPolicy: the picture needs nothing but its own style, which the policy names.
func TestPolicy(t *testing.T) {
	o := window("2026-03-23", "2026-03-30")
	o.Theme = chart.Auto
	styles := parse(t, draw(t, made(t, week), o)).texts("style")
	require.Len(t, styles, 1)
	sum := sha256.Sum256([]byte(styles[0]))
	require.Contains(t, chart.CSP(), "'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	for _, theme := range []chart.Theme{chart.Light, chart.Dark} {
		o.Theme = theme
		svg := draw(t, made(t, week), o)
		require.Empty(t, parse(t, svg).named("style"))
		require.NotContains(t, svg, "class=")
	}
}
