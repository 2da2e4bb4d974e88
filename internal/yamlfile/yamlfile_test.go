package yamlfile

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
)

var form = Form{First: "title", Least: "it needs a title"}

func TestFilesThatAreNone(t *testing.T) {
	const tab, second = "is indented with a tab; use spaces", "a second document begins here; put it into a file of its own"
	deep := "is not YAML: exceeded max depth of 10000"
	for _, c := range []struct{ text, want string }{
		{"", "f.yaml: is empty; it needs a title"},
		{"\uFEFF", "f.yaml: is empty; it needs a title"},
		{"# a comment\n", "f.yaml: is empty; it needs a title"},
		{"---\n...\n", "f.yaml: is empty; it needs a title"},
		{"~", "f.yaml: is empty; it needs a title"},
		{"- a", "f.yaml:1: must begin with a field such as title:, got a list"},
		{"\n\nsecret", "f.yaml:3: must begin with a field such as title:, got a single value"},
		{"a: 1\n---\nb: 2\n", "f.yaml:2: " + second},
		{"a: 1\n---\n", "f.yaml:2: " + second},
		{"a: 1\n---\nb: [\n", "f.yaml:3: is not YAML: did not find expected node content in what begins here"},
		{"\xff\xfea\x00", "f.yaml:1: is not UTF-8; save the file in that encoding"},
		{"a: 1\r\nb: \xff\r\n", "f.yaml:2: is not UTF-8; save the file in that encoding"},
		{"a:\n\tb: 1\n", "f.yaml:2: " + tab},
		{"a:\n  b: 1\n\tc: 2\n", "f.yaml:3: " + tab},
		{"a: |\n  x\n  \ty\nb: [\n", "f.yaml:4: is not YAML: did not find expected node content in what begins here"},
		{"a: 1\r\nb: [\r\n", "f.yaml:2: is not YAML: did not find expected node content in what begins here"},
		{"a: *x\n", "f.yaml:1: uses *x, but there is no &x above"},
		{"# *x\na: 1\nb: [*x]\n", "f.yaml:3: uses *x, but there is no &x above"},
		{"a: &xy 1\nb: *xy\nc: *x\n", "f.yaml:3: uses *x, but there is no &x above"},
		{"a: 1\nb: \x00\n", "f.yaml:2: is not YAML: control characters are not allowed"},
		{"a: 1\r\n\r\nb: \x1b[2J\n", "f.yaml:3: is not YAML: control characters are not allowed"},
		{"a: b: c\n", "f.yaml:1: is not YAML: mapping values are not allowed in this context"},
		{"a: 1\nb: c: d\n", "f.yaml:2: is not YAML: mapping values are not allowed in this context"},
		{"a: @x\n", "f.yaml:1: is not YAML: found character that cannot start any token"},
		{"a: 1\nb: 1\nc: @x\n", "f.yaml:3: is not YAML: found character that cannot start any token"},
		{"{a: 1", "f.yaml:1: is not YAML: did not find expected ',' or '}' in what begins here"},
		{strings.Repeat("[", 20_000), "f.yaml:1: " + deep},
		{"a: " + strings.Repeat("{b: ", 20_000), "f.yaml:1: " + deep},
		{strings.Repeat("#", MaxSize+1), "f.yaml: is larger than 16 MiB"},
	} {
		_, problem := Parse(form, "f.yaml", []byte(c.text))
		require.NotNil(t, problem, "%.40q", c.text)
		require.Equal(t, c.want, problem.String(), "%.40q", c.text)
	}
}

func TestAdviceForFolders(t *testing.T) {
	folder := Form{First: "title", Least: "it needs a title", Folder: true}
	_, problem := Parse(folder, "f.yaml", []byte("a: 1\n---\nb: 2\n"))
	require.Equal(t, "f.yaml:2: a second document begins here; put it into a file of its own, in a folder with this one", problem.String())
	_, problem = Parse(folder, "f.yaml", make([]byte, MaxSize+1))
	require.Equal(t, "f.yaml: is larger than 16 MiB; split it into a folder of files", problem.String())
}

// thing is what the files of these tests are about.
type thing struct {
	Title, Text, Zone, Kind string
	Loud                    bool
	Count                   int
	Wait                    time.Duration
	At                      calendar.TimeOfDay
	Severity                watchbill.Severity
	Names                   []string
	Labels                  map[string]string
	Inner                   []thing
}

func thingOf(o *Object) thing {
	return thing{Title: o.Text("title"), Text: o.Paragraph("text"), Zone: o.Timezone("UTC"), Kind: o.Choice("kind", "small", "large"),
		Loud: o.Boolean("loud"), Count: o.Number("count", 1), Wait: o.Duration("wait", time.Second), At: Value[calendar.TimeOfDay](o, "at"),
		Severity: Word[watchbill.Severity](o, "severity", "critical", "error"), Names: Texts[string](o, "names"),
		Labels: Inner(o, "labels", labelsOf), Inner: List(o, "inner", func(o *Object) thing {
			return thing{Names: Texts[string](o, "names"), Labels: Inner(o, "labels", labelsOf)}
		})}
}

func labelsOf(o *Object) map[string]string {
	all := map[string]string{}
	for _, name := range o.Names() {
		all[name] = o.Text(name)
	}
	return all
}

// parse reads a thing, and what is wrong with it.
func parse(data string) (thing, []string) {
	root, problem := Parse(form, "f.yaml", []byte(data))
	if problem != nil {
		return thing{}, []string{problem.String()}
	}
	d := &Decoder{Roots: []Node{root}}
	v := Read(d, root, thingOf)
	var all []string
	for _, p := range d.Problems() {
		all = append(all, p.String())
	}
	return v, all
}

func TestWhatIsWritten(t *testing.T) {
	got, problems := parse("\uFEFFtitle: on\r\ntext: |\r\n  several\r\n  lines\r\ntimezone: Europe/Berlin\r\nkind: large\r\nloud: true\r\ncount: +07\r\n" +
		"wait: 90s\r\nat: 09:00\r\nseverity: error\r\nnames: &n [a, 1, \"~\"]\r\nlabels: {a: 1.0, b: \"\", c: ~}\r\ninner: [{names: *n}]\r\n")
	require.Empty(t, problems)
	names := []string{"a", "1", "~"}
	require.Equal(t, thing{Title: "on", Text: "several lines", Zone: "Europe/Berlin", Kind: "large", Loud: true, Count: 7, Wait: 90 * time.Second,
		At: calendar.NewTimeOfDay(9, 0), Severity: watchbill.SeverityError, Names: names, Labels: map[string]string{"a": "1.0", "b": "", "c": ""},
		Inner: []thing{{Names: names}}}, got)
}

func TestFieldsThatAreWrong(t *testing.T) {
	long := strings.Repeat("ä", 70)
	for _, c := range []struct {
		text string
		want []string
	}{
		{"titel: x\ncuont: 1", []string{`f.yaml:1: titel: is unknown; did you mean "title"?`, `f.yaml:2: cuont: is unknown; did you mean "count"?`}},
		{"colour: red", []string{"f.yaml:1: colour: is unknown; known here are title, text, timezone, kind, loud, count, wait, at, severity, names, labels, inner"}},
		{"title: x\n\ntitle: y\ntitle: z", []string{"f.yaml:3: title: is given twice; the first is in line 1", "f.yaml:4: title: is given twice; the first is in line 1"}},
		{"<<: {title: x}", []string{"f.yaml:1: \"<<\": merging is not supported; write the fields out, or share a whole value by an alias"}},
		{"? [title]\n: x", []string{"f.yaml:1: has a field whose name is not a plain word"}},
		{"\"\": x\nlabels: {\"\": [a]}", []string{`f.yaml:1: "": is unknown; known here are title, text, timezone, kind, loud, count, wait, at, severity, names, labels, inner`,
			`f.yaml:2: labels."": must be a single value, got a list`}},
		{"labels: {\"a\\e[2J\": [a]}", []string{`f.yaml:1: labels."a\x1b[2J": must be a single value, got a list`}},
		{"title: [x]\ntext: {a: b}\nnames: x\ninner: {a: b}\nlabels: [a]", []string{"f.yaml:1: title: must be a single value, got a list",
			"f.yaml:2: text: must be a single value, got fields", "f.yaml:3: names: must be a list, as [a, b]; got a single value",
			"f.yaml:4: inner: must be a list, as [a, b]; got fields", "f.yaml:5: labels: must have fields, as {name: value}; got a list"}},
		{"title: \"a\\nb\"\ntext: \"a\\e[2Jb\"", []string{"f.yaml:1: title: has a line break or another control character",
			"f.yaml:2: text: has a line break or another control character"}},
		{"names: [a, ~, [b]]\ninner: [~, 7]", []string{"f.yaml:1: names[1]: is empty; write something, or take it out", "f.yaml:1: names[2]: must be a single value, got a list",
			"f.yaml:2: inner[0]: must have fields, as {name: value}; got nothing", "f.yaml:2: inner[1]: must have fields, as {name: value}; got a single value"}},
		{"count: 0", []string{`f.yaml:1: count: is "0", must be a whole number of at least 1`}},
		{"count: 1.5", []string{`f.yaml:1: count: is "1.5", must be a whole number of at least 1`}},
		{"count: 99999999999999999999", []string{`f.yaml:1: count: is "99999999999999999999", which is too large a number`}},
		{"count: -99999999999999999999", []string{`f.yaml:1: count: is "-99999999999999999999", must be a whole number of at least 1`}},
		{"wait: 5", []string{`f.yaml:1: wait: is "5", must be a duration of at least 1s, such as 90s, 5m or 24h`}},
		{"wait: 999ms", []string{`f.yaml:1: wait: is "999ms", must be a duration of at least 1s, such as 90s, 5m or 24h`}},
		{"kind: lrage\nloud: yes\nseverity: grave", []string{`f.yaml:1: kind: is "lrage"; did you mean "large"?`, `f.yaml:2: loud: is "yes"; must be one of false, true`,
			`f.yaml:3: severity: is "grave"; must be one of critical, error`}},
		{"kind: " + long, []string{`f.yaml:1: kind: is "` + long[:2*59] + `…"; must be one of small, large`}},
		{"timezone: Berlin\nat: 25:00", []string{`f.yaml:1: timezone: unknown time zone "Berlin"; write an IANA name such as Europe/Berlin`,
			`f.yaml:2: at: "25:00" is not a time of day; write 09:00, or 24:00 for the end of the day`}},
	} {
		_, problems := parse(c.text)
		require.Equal(t, c.want, problems, c.text)
	}
}

// A file that costs more than it is worth is refused soon, whatever is behind its aliases.
func TestAliases(t *testing.T) {
	bomb := "labels: &l {"
	for i := range 2000 {
		bomb += "l" + strconv.Itoa(i) + ": v, "
	}
	bomb += "}\ninner: [" + strings.Repeat("{labels: *l}, ", 2000) + "]\n"
	_, problems := parse(bomb)
	require.Equal(t, []string{"f.yaml: has more than 1000000 values, counting those behind an alias each time",
		"f.yaml: was not read to its end; there may be more problems"}, problems)
	_, problems = parse("labels: &l {a: *l}\nnames: &n [*n]\ninner: &i [{labels: *i}, *i]\n")
	require.Equal(t, []string{"f.yaml:1: labels.a: must be a single value, got fields", "f.yaml:2: names[0]: must be a single value, got a list",
		"f.yaml:3: inner[0].labels: must have fields, as {name: value}; got a list", "f.yaml:3: inner[1]: must have fields, as {name: value}; got a list"}, problems)
}

// What is wrong a thousand times is enough.
func TestThousandsOfProblems(t *testing.T) {
	_, problems := parse("names: [" + strings.Repeat("[], ", 5000) + "]")
	require.Len(t, problems, 1001)
	require.Equal(t, "f.yaml: was not read to its end; there may be more problems", problems[1000])
}

// Many fields take time in proportion.
func TestManyFields(t *testing.T) {
	var b strings.Builder
	for i := range 50_000 {
		b.WriteString(" l" + strconv.Itoa(i) + ": v\n")
	}
	got, problems := parse("labels:\n" + b.String())
	require.Empty(t, problems)
	require.Len(t, got.Labels, 50_000)
}

func TestFind(t *testing.T) {
	root, problem := Parse(form, "f.yaml", []byte("a: {b: [x, {c: y}]}\nd: z\n"))
	require.Nil(t, problem)
	for path, want := range map[string]bool{"a.b[1].c": true, "a.b[0]": true, "d[0]": true, "a.b[2]": false, "a.x": false, "": true, "e": false} {
		n, exact := Find([]Node{root}, path)
		require.Equal(t, want, exact, path)
		require.NotNil(t, n.Node, path)
	}
}

// Whatever is in a file: nothing panics, every message has its file and is one line, and no problem is told twice.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"", "title: x", "a: [", "a:\n\tb: 1", "a: &a [*a]", "inner: &i [{labels: *i}, *i]", "? [a]\n: 1", "<<: {}", "\"\": [\"\"]", "a: 1\n---\n",
		"\uFEFFtitle: ~\r\ncount: 1e9", "labels: {a: 1, a: 2}", "text: |\n  a\n  b", "%YAML 9.9\n---\n", "a: *b", "names: !!binary aGk=", "\xff", "title: \"\\ud800\""} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		_, problems := parse(text)
		told := map[string]bool{}
		for _, p := range problems {
			require.Regexp(t, `^f\.yaml(:[1-9]\d*)?: \S`, p)
			require.NotContains(t, p, "\n")
			require.False(t, told[p], p)
			told[p] = true
		}
	})
}
