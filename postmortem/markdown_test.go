package postmortem_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/postmortem"
)

var update = flag.Bool("update", false, "write the golden files anew")

func names(id watchbill.UserID) string {
	return map[watchbill.UserID]string{"ada": "Ada Lovelace", "ben": "Ben B. | Ltd", "cem": "Cem"}[id]
}

func customers(id watchbill.CustomerID) string {
	return strings.ToUpper(string(id[:1])) + string(id[1:])
}

func TestMarkdown(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	for name, c := range map[string]struct {
		commands []postmortem.Command
		zone     *time.Location
	}{
		"draft":     {[]postmortem.Command{postmortem.Draft{Material: material()}}, nil},
		"unnoticed": {[]postmortem.Command{postmortem.Draft{By: ada, Material: unnoticed()}}, nil},
		"published": {append(append([]postmortem.Command{postmortem.Draft{Material: material()}}, written()...),
			postmortem.Submit{By: ada}, postmortem.SetItem{By: ada, Item: "a2", State: to(postmortem.ItemDropped)}, postmortem.Publish{By: ada},
			postmortem.SetItem{By: ada, Item: "a1", State: to(postmortem.ItemDone)}), berlin},
	} {
		t.Run(name, func(t *testing.T) {
			got := string(newWorld(t).must(c.commands...).p.Markdown(c.zone, names, customers))
			file := filepath.Join("testdata", name+".md")
			if *update {
				require.NoError(t, os.WriteFile(file, []byte(got), 0o644))
			}
			want, err := os.ReadFile(file)
			require.NoError(t, err)
			require.Equal(t, string(want), got, "-update writes the file anew")
		})
	}
}

// hostile are texts that mean something in Markdown, HTML, terminals or tables.
var hostile = []string{
	"a | b\n| --- |\n| c |", "\\| \\\\| \\", "<script>alert(1)</script>", "&lt;b&gt; &amp;", "# h\n## h\n====\n----", "x\n---", "x\n:-", "- a\n+ b\n* c\n1. d\n2) e",
	"> quote", "```\ncode\n```", "~~~\ncode", "    code\n\tcode", "[x](javascript:alert(1))", "![x](http://e.com/i.png)", "!https://e.com/", "http://e.com|x", "www.e.com",
	"[x]: http://e.com", "[^1]: note", "**b** _i_ __b__ ~~s~~ `c` $m$", "snake_case _x_ _ _y", "a\r\nb\rc\vd\fe\u0085f\u2028g\u2029h", "\x1b[31mred\x00", "\u202egnp.exe", "\xff\xfe",
	"<!--", "-->", "<https://e.com>", "title #", "###", "https://e.com/(x)_[y]*z", "", " \n\n ", "a\n\n\n\nb\\", "javascript://e.com/%0aalert(1)", "https://", "http://[::1", "%zz", "- [ ] x",
}

func TestMarkdownKeepsHostileTextInItsPlace(t *testing.T) {
	for _, text := range hostile {
		checkMarkdown(t, everywhere(text))
	}
	checkMarkdown(t, everywhere(strings.Join(hostile, "\n")))
	checkMarkdown(t, everywhere(strings.Join(hostile, "")))
}

// How one text looks in a heading, a cell, a paragraph and a list.
func TestMarkdownEscapes(t *testing.T) {
	for text, want := range map[string][4]string{
		"plain & simple":             {"plain &amp; simple", "plain &amp; simple", "plain &amp; simple", "plain &amp; simple"},
		"a|b\n# c":                   {"a&#124;b # c", "a&#124;b<br># c", "a&#124;b\\\n\\# c", "a&#124;b\\\n  \\# c"},
		"# C#":                       {"# C\\#", "# C#", "\\# C#", "\\# C#"},
		"pool_size is *not* 1\n\n2.": {"pool_size is \\*not\\* 1 2.", "pool_size is \\*not\\* 1<br><br>2.", "pool_size is \\*not\\* 1\n\n2\\.", "pool_size is \\*not\\* 1\n\n  2\\."},
		"_x_ `y` \\":                 {"\\_x\\_ \\`y\\` &#92;", "\\_x\\_ \\`y\\` &#92;", "\\_x\\_ \\`y\\` &#92;", "\\_x\\_ \\`y\\` &#92;"},
		"see https://e.com/?a=b&c.": {"see https\\://e.com/?a=b&amp;c.", "see https\\://e.com/?a=b&amp;c.",
			"see [https\\://e.com/?a=b&amp;c](https://e.com/?a=b&amp;c).", "see [https\\://e.com/?a=b&amp;c](https://e.com/?a=b&amp;c)."},
	} {
		got := string(everywhere(text).Markdown(nil, nil, nil))
		require.Contains(t, got, "# Postmortem: "+want[0]+"\n\n")
		require.Contains(t, got, "| Measured | "+want[1]+" |\n")
		require.Contains(t, got, "## Summary\n\n"+want[2]+"\n\n")
		require.Contains(t, got, "## Lessons\n\n- "+want[3]+"\n- "+want[3]+"\n\n")
	}
}

func TestMarkdownLinks(t *testing.T) {
	p := postmortem.Postmortem{Evidence: []postmortem.Link{
		{Text: "graph [1]", Href: "https://e.com/a b?q=(x|y)&z=<1>"}, {Href: "http://e.com/x"}, {Text: "click", Href: "javascript:alert(1)"}, {Text: "dump", Href: "//host/share"},
		{Text: "1. file", Href: "/var/log/x"},
	}, Items: []postmortem.ActionItem{
		{ID: "a1", Ticket: "https://t.example.com/browse/OPS-12/"}, {ID: "a2", Ticket: "https://t.example.com"}, {ID: "a3", Ticket: "OPS-13"}, {ID: "a4", Ticket: "ftp://e.com/x"}, {ID: "a5", Ticket: "javascript:alert(1)"},
	}}
	got := string(p.Markdown(nil, nil, nil))
	require.Contains(t, got, `## Evidence

- [graph \[1\]](https://e.com/a%20b?q=%28x%7Cy%29&amp;z=%3C1%3E)
- [http\://e.com/x](http://e.com/x)
- click javascript:alert(1)
- dump //host/share
- 1\. file /var/log/x
`)
	for _, cell := range []string{"[OPS-12](https://t.example.com/browse/OPS-12/)", `[https\://t.example.com](https://t.example.com)`, "OPS-13", `x ftp\://e.com/x`, "javascript:alert(1)"} {
		require.Contains(t, got, " | none | "+cell+" |\n")
	}
}

// Two days, and the two hours of the night in which clocks are set back.
func TestMarkdownTellsTimesApart(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	night := time.Date(2026, 10, 24, 21, 30, 0, 0, time.UTC)
	m := unnoticed()
	m.Incident.Impact.StartedAt = night
	m.Before = []postmortem.Event{
		{At: night.Add(3 * time.Hour), Text: "first"}, {At: night.Add(4 * time.Hour), Text: "second"},
		{At: night, Actor: "engine", Text: "x"}, {At: night.Add(time.Minute), Actor: "engine", Text: "x"}, {At: night.Add(time.Hour), Actor: "engine", Text: "x"},
	}
	got := string(draftOf(t, m).Markdown(berlin, nil, nil))
	require.Contains(t, got, `| Time (Europe/Berlin) | Who | What |
| --- | --- | --- |
| 2026-10-24 23:30:00 CEST | watchbill | x |
| 2026-10-24 23:30:00 CEST | – | Impact begins (as recorded) |
| 2026-10-24 23:31:00 CEST | watchbill | x (2 times until 2026-10-25 00:30:00 CEST) |
| 2026-10-25 02:30:00 CEST | – | first |
| 2026-10-25 02:30:00 CET | – | second |
`)
}

func TestMarkdownOfNothing(t *testing.T) {
	checkMarkdown(t, postmortem.Postmortem{})
	got := string(postmortem.Postmortem{}.Markdown(nil, nil, nil))
	require.Contains(t, got, "## Timeline\n\n_Nothing is recorded._\n")
	require.Contains(t, got, "| Began | – |\n")
	for _, title := range []string{"Summary", "Detection", "Contributing factors", "What was not known", "What went well", "Lessons", "How people worked together", "Action items", "Evidence"} {
		require.Regexp(t, "## "+title+"\n\n_[A-Z].*[.?]_\n", got, "an author is told what belongs there")
	}
}
