// Package archtest reads the module's source and checks the law of its architecture: who imports whom, who may read the
// clock or start goroutines, what may be a package variable, how long things may be, and what must be documented. The
// law itself is a table in the package's test, with its exemptions beside it.
//
// The checks see syntax and no types, which keeps them fast and their messages plain. What they cannot see is left to
// reviewers.
package archtest

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Law is what a module must keep.
type Law struct {
	Module       string          // its path
	Rooms        map[string]Room // by folder, "." for the root; one that ends in "/..." stands for all below it
	Constructors []string        // "package.Function" of those whose results cannot change, for package variables
	Exemptions   []Exemption
}

// Room is what the law says of one package. The zero value allows nothing.
type Room struct {
	Imports    []string // other rooms that it may import; "..." means every room
	ThirdParty []string // modules outside the standard library that it may import; "..." means any
	Clock      bool     // may read the time and set timers
	Owner      string   // who stops the goroutines that it starts; empty means that it may start none
	Variables  bool     // may have package variables that are not constant in all but name
	MaxLines   int      // of all its files together; 0 means no limit
}

// Exemption excuses one finding.
type Exemption struct {
	Rule    string // as in Finding
	Subject string // as in Finding
	Reason  string // for the reader of the list
}

// Finding is one breach of the law.
type Finding struct {
	Rule    string // the rule's name
	Subject string // a folder, a file, or a file and a name in it, such as "engine/run.go Engine.Run"
	Line    int    // in the file; 0 where there is none
	Text    string // what is wrong, and what to do
}

// String returns the finding as one line that editors can follow.
func (f Finding) String() string {
	file, _, _ := strings.Cut(f.Subject, " ")
	if f.Line > 0 {
		file = fmt.Sprintf("%s:%d", file, f.Line)
	}
	return fmt.Sprintf("%s: [%s] %s", file, f.Rule, f.Text)
}

// Package is the Go source of one folder.
type Package struct {
	Dir   string // relative to the module, "." for the root
	Files []File
}

// File is one parsed file.
type File struct {
	Path  string
	Test  bool // named _test.go
	Lines int
	AST   *ast.File
	Set   *token.FileSet
}

func (f File) line(p token.Pos) int { return f.Set.Position(p).Line }

// production returns the files that are no tests.
func (p Package) production() []File {
	return slices.DeleteFunc(slices.Clone(p.Files), func(f File) bool { return f.Test })
}

// Load parses all packages of the module whose root is fsys, leaving out nested modules, hidden folders and testdata.
func Load(fsys fs.FS) ([]Package, error) {
	packages := map[string]*Package{}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && foreign(fsys, name):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go":
			return nil
		}
		file, err := parse(fsys, name)
		if err != nil {
			return fmt.Errorf("archtest: %w", err)
		}
		dir := path.Dir(name)
		if packages[dir] == nil {
			packages[dir] = &Package{Dir: dir}
		}
		packages[dir].Files = append(packages[dir].Files, file)
		return nil
	})
	var sorted []Package
	for _, p := range packages {
		sorted = append(sorted, *p)
	}
	slices.SortFunc(sorted, func(a, b Package) int { return cmp.Compare(a.Dir, b.Dir) })
	return sorted, err
}

func foreign(fsys fs.FS, dir string) bool {
	if dir == "." {
		return false
	}
	base := path.Base(dir)
	_, err := fs.Stat(fsys, path.Join(dir, "go.mod"))
	return err == nil || base == "testdata" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")
}

func parse(fsys fs.FS, name string) (File, error) {
	source, err := fs.ReadFile(fsys, name)
	if err != nil {
		return File{}, err
	}
	f := File{Path: name, Test: strings.HasSuffix(name, "_test.go"), Set: token.NewFileSet()}
	f.Lines = bytes.Count(source, []byte("\n"))
	f.AST, err = parser.ParseFile(f.Set, name, source, parser.ParseComments)
	return f, err
}

// Check returns what breaks the law, exempted findings left out, and the exemptions that excuse nothing any more.
func (l Law) Check(packages []Package) []Finding {
	var findings []Finding
	for _, p := range packages {
		room, known := l.room(p.Dir)
		if !known {
			findings = append(findings, Finding{"room", p.Dir, 0,
				"this room is not in the table: add it to the law in internal/archtest/law_test.go, saying what it may import"})
			continue
		}
		for _, rule := range rules() {
			findings = append(findings, rule(l, room, p)...)
		}
	}
	return l.exempt(findings)
}

func rules() []func(Law, Room, Package) []Finding {
	return []func(Law, Room, Package) []Finding{
		imports, clock, sleepingTests, goroutines, initFunctions, variables,
		packageNames, packageComments, exportComments, interfaces, sizes,
	}
}

// room finds the entry for a folder: its own, or that of the nearest folder above with "/...".
func (l Law) room(dir string) (Room, bool) {
	if room, ok := l.Rooms[dir]; ok {
		return room, true
	}
	for up := path.Dir(dir); up != "."; up = path.Dir(up) {
		if room, ok := l.Rooms[up+"/..."]; ok {
			return room, true
		}
	}
	return Room{}, false
}

func (l Law) exempt(findings []Finding) []Finding {
	used := map[int]bool{}
	kept := slices.DeleteFunc(findings, func(f Finding) bool {
		i := slices.IndexFunc(l.Exemptions, func(e Exemption) bool { return e.Rule == f.Rule && e.Subject == f.Subject })
		used[i] = true
		return i >= 0
	})
	for i, e := range l.Exemptions {
		if !used[i] {
			kept = append(kept, Finding{"exemption", e.Subject, 0, "the exemption from " + e.Rule + " excuses nothing: delete it"})
		}
	}
	return kept
}
