package archtest_test

import (
	"path"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/internal/archtest"
)

// plain is a law for planted modules: pure rooms a and b, and an edge that may do anything.
func plain() archtest.Law {
	return archtest.Law{
		Module:       "example.com/m",
		Constructors: []string{"errors.New"},
		Rooms: map[string]archtest.Room{
			".": {MaxLines: 5},
			"a": {},
			"b": {Imports: []string{".", "a"}, ThirdParty: []string{"example.com/good"}},
			"edge": {Imports: []string{"..."}, ThirdParty: []string{"..."}, Clock: true, Owner: "main",
				Variables: true},
			"cmd/...": {Imports: []string{"..."}, ThirdParty: []string{"..."}},
		},
	}
}

// findings checks a module given as files, each "package clause; rest" of Go source.
func findings(t *testing.T, law archtest.Law, files map[string]string) []string {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, source := range files {
		fsys[path.Clean(name)] = &fstest.MapFile{Data: []byte(source)}
	}
	packages, err := archtest.Load(fsys)
	require.NoError(t, err)
	var found []string
	for _, f := range law.Check(packages) {
		found = append(found, f.String())
	}
	return found
}

const doc = "// Package p is planted.\npackage p\n"

func TestPlantedBreaches(t *testing.T) {
	for name, c := range map[string]struct {
		dir, source string // source follows a documented package clause of two lines
		want        []string
	}{
		"import not listed":      {"a", `import "example.com/m/b"`, []string{"a/p.go:3: [imports] may not import b"}},
		"import of the root":     {"a", `import "example.com/m"`, []string{"a/p.go:3: [imports] may not import ."}},
		"import listed":          {"b", `import ("example.com/m"; "example.com/m/a"; "net/http")`, nil},
		"import of a sub-room":   {"b", `import "example.com/m/a/deep"`, []string{"a/deep"}},
		"module of similar name": {"a", `import "example.com/mm"`, []string{"third-party"}},
		"third party":            {"a", `import "example.com/good"`, []string{"a/p.go:3: [imports] example.com/good: third-party code stays at the edge"}},
		"third party listed":     {"b", `import "example.com/good/v2/x"`, nil},
		"third party not listed": {"b", `import "example.com/goodness"`, []string{"third-party"}},
		"testify":                {"edge", `import "github.com/stretchr/testify/require"`, []string{"testify stays in _test.go"}},

		"clock":            {"a", "import \"time\"\nfunc f() { _ = time.Now() }", []string{"a/p.go:4: [clock] time.Now: "}},
		"clock renamed":    {"a", "import tm \"time\"\nfunc f() { tm.Sleep(1) }", []string{"time.Sleep"}},
		"clock as a value": {"a", "import \"time\"\nfunc f() any { return time.After }", []string{"time.After"}},
		"clock at an edge": {"edge", "import \"time\"\nfunc f() { _ = time.Now() }", nil},
		"no clock":         {"a", "import \"time\"\nfunc f(time struct{ Now int }) int { return time.Now }\nvar _ = time.UTC", nil},

		"goroutine":            {"a", "func f() { go f() }", []string{"a/p.go:3: [goroutine]"}},
		"goroutine by a group": {"a", "func f(g interface{ Go(func()) }) { g.Go(func() {}) }", []string{"[goroutine]"}},
		"goroutine, owned":     {"edge", "func f() { go f() }", nil},

		"init":           {"edge", "func init() {}", []string{"edge/p.go:3: [init]"}},
		"init, a method": {"a", "type t int\nfunc (t) init() {}", nil},

		"variable":           {"a", "var n int", []string{"a/p.go:3: [variable] package variable n"}},
		"variable, mutex":    {"a", "import \"sync\"\nvar mu = sync.Mutex{}", []string{"[variable]"}},
		"variable, pointer":  {"a", "var p = &struct{}{}", []string{"[variable]"}},
		"variable, made":     {"a", "var m = make(map[string]int)", []string{"[variable]"}},
		"variable, assigned": {"a", "var n = 1\nfunc f() { n = 2 }", []string{"[variable]"}},
		"variable, counted":  {"a", "var n = 1\nfunc f() { n++ }", []string{"[variable]"}},
		"variable, element":  {"a", "var m = map[string]int{}\nfunc f() { m[``] = 2 }", []string{"[variable]"}},
		"variable, deleted":  {"a", "var m = map[string]int{}\nfunc f() { delete(m, ``) }", []string{"[variable]"}},
		"variable, field":    {"a", "var v = struct{ x [2]int }{}\nfunc f() { v.x[0] += 1 }", []string{"[variable]"}},
		"variable, pointed":  {"a", "var v = 1\nfunc f() *int { return &v }", []string{"[variable]"}},
		"variable, ranged":   {"a", "var v = 1\nfunc f() { for v = range 3 {} }", []string{"[variable]"}},
		"variable, shadowed": {"a", "var v = 1\nfunc f() { v := 2; v++ }", nil},
		"variable, error":    {"a", "import \"errors\"\nvar errX = errors.New(``)", nil},
		"variable, pattern":  {"a", "import \"regexp\"\nvar re = regexp.MustCompile(``)", nil},
		"variable, table":    {"a", "var names = [...]string{``}\nvar m = map[string]bool{}\nvar _ = f()", nil},
		"variable, embedded": {"a", "import _ \"embed\"\n//go:embed x\nvar x string\nvar (\n//go:embed y\ny string\n)", nil},
		"variable, function": {"a", "var n = count()", []string{"[variable]"}},
		"variable, edge":     {"edge", "var n int", nil},

		"export":           {"a", "func F() {}\ntype T int\nconst C = 1\nvar V = 1", []string{"exported F", "exported T", "exported C", "exported V"}},
		"export, method":   {"a", "type t[K any] int\nfunc (*t[K]) M() {}\n// T is.\ntype T[K any] int\nfunc (*T[K]) N() {}", []string{"a/p.go:7: [doc] exported N"}},
		"export, in group": {"a", "// All.\nconst (A = 1; B = 2)\ntype (\nX int // says\n// Says.\nY int\nZ int\n)", []string{"exported Z"}},

		"interface":        {"edge", "type i interface { A(); B(); C(); D(); E(); F(); G() }", []string{"edge/p.go:3: [interface] interface i has 7 methods, may have 6"}},
		"interface of six": {"a", "type i interface { A(); B(); C(); D(); E(); F() }", nil},

		"long file":         {"a", strings.Repeat("\n", 399), []string{"[size] 401 lines, may have 400"}},
		"file of 400 lines": {"a", strings.Repeat("\n", 398), nil},
		"long function":     {"a", "type t int\nfunc (t) f() {\n" + strings.Repeat("\n", 59) + "}", []string{"a/p.go:4: [size] function t.f has 61 lines, may have 60"}},
		"function of 60":    {"a", "func f() {\n" + strings.Repeat("\n", 58) + "}", nil},
		"long root":         {".", strings.Repeat("\n", 4), []string{".: [size] the package has 6 lines, may have 5"}},
	} {
		t.Run(name, func(t *testing.T) {
			found := findings(t, plain(), map[string]string{c.dir + "/p.go": doc + c.source})
			require.Len(t, found, len(c.want), found)
			for i, want := range c.want {
				require.Contains(t, found[i], want)
			}
		})
	}
}

func TestPlantedPackages(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  []string
	}{
		"unknown room": {map[string]string{"c/c.go": doc}, []string{
			"c: [room] this room is not in the table: add it to the law in internal/archtest/law_test.go"}},
		"room below dots":                   {map[string]string{"cmd/x/y/main.go": doc}, nil},
		"dots are below only":               {map[string]string{"cmd/main.go": doc}, []string{"cmd: [room]"}},
		"no package comment":                {map[string]string{"a/a.go": "package a\n", "a/b.go": "package a\n"}, []string{"a: [doc] the package has no comment"}},
		"one comment is enough":             {map[string]string{"a/a.go": "package a\n", "a/doc.go": doc}, nil},
		"comment in a test":                 {map[string]string{"a/a.go": "package a\n", "a/a_test.go": doc}, []string{"a: [doc]"}},
		"name of the package":               {map[string]string{"a/a.go": "// Package util is.\npackage util\n"}, []string{"a: [name] a package named util"}},
		"name of the folder":                {map[string]string{"cmd/helpers/a.go": doc}, []string{"cmd/helpers: [name]"}},
		"main needs no comments on exports": {map[string]string{"cmd/x/main.go": "// Command x is.\npackage main\nfunc F() {}\n"}, nil},

		"sleeping test": {map[string]string{"edge/a_test.go": "package a\nimport \"time\"\nfunc f() { time.Sleep(1) }\n"},
			[]string{"edge/a_test.go:3: [sleep] time.Sleep in a test"}},
		"tests may do the rest": {map[string]string{"a/a_test.go": "package a\nimport (\"time\"; \"github.com/stretchr/testify/require\"; \"example.com/m/b\")\n" +
			"var n int\nfunc init() { go init(); time.Now() }\nfunc F() {}\n" + strings.Repeat("\n", 400)}, nil},
		"written in another file": {map[string]string{"a/a.go": doc + "var n = 1\n", "a/b.go": "package p\nfunc f() { n = 2 }\n"},
			[]string{"a/a.go:3: [variable]"}},
		"foreign folders": {map[string]string{"clienttest/go.mod": "", "clienttest/c.go": "package c\n", "a/testdata/x.go": "package c\n",
			".git/x.go": "package c\n", "_old/x.go": "package c\n"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			found := findings(t, plain(), c.files)
			require.Len(t, found, len(c.want), found)
			for i, want := range c.want {
				require.Contains(t, found[i], want)
			}
		})
	}
}

func TestExemptions(t *testing.T) {
	files := map[string]string{"a/p.go": doc + "import \"example.com/m/b\"\nfunc F() {}\n"}
	law := plain()
	law.Exemptions = []archtest.Exemption{
		{Rule: "doc", Subject: "a/p.go F"},
		{Rule: "imports", Subject: "a/p.go example.com/m/b"},
		{Rule: "doc", Subject: "a/p.go G"},
	}
	require.Equal(t, []string{"a/p.go: [exemption] the exemption from doc excuses nothing: delete it"}, findings(t, law, files))
}

func TestSourceThatIsNotGo(t *testing.T) {
	_, err := archtest.Load(fstest.MapFS{"a/a.go": {Data: []byte("package")}})
	require.ErrorContains(t, err, "archtest: a/a.go:1:8: expected 'IDENT'")
}
