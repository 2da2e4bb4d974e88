package archtest

import (
	"go/ast"
	"path"
	"slices"
	"strconv"
	"strings"
)

// imports holds rooms to the edges of the table. Tests may import what they like.
func imports(l Law, room Room, p Package) []Finding {
	var found []Finding
	for _, f := range p.production() {
		for _, spec := range f.AST.Imports {
			name := importPath(spec)
			if text := l.forbidden(room, name); text != "" {
				found = append(found, Finding{"imports", f.Path + " " + name, f.line(spec.Pos()), text})
			}
		}
	}
	return found
}

func importPath(spec *ast.ImportSpec) string {
	name, _ := strconv.Unquote(spec.Path.Value)
	return name
}

// forbidden says what is wrong with an import; empty means nothing.
func (l Law) forbidden(room Room, name string) string {
	if strings.HasPrefix(name, "github.com/stretchr/testify/") {
		return name + ": testify stays in _test.go"
	}
	if first, _, _ := strings.Cut(name, "/"); !strings.Contains(first, ".") {
		return ""
	}
	if dir, ours := l.ours(name); ours {
		if allows(room.Imports, dir) {
			return ""
		}
		return "may not import " + dir
	}
	if slices.ContainsFunc(room.ThirdParty, func(m string) bool { return m == "..." || within(m, name) }) {
		return ""
	}
	return name + ": third-party code stays at the edge"
}

// ours returns the room of an import path of this module.
func (l Law) ours(name string) (string, bool) {
	if !within(l.Module, name) {
		return "", false
	}
	return path.Clean(strings.TrimPrefix(strings.TrimPrefix(name, l.Module), "/")), true
}

func allows(rooms []string, dir string) bool {
	return slices.Contains(rooms, "...") || slices.Contains(rooms, dir)
}

// within reports whether name is module or lies below it.
func within(module, name string) bool {
	return name == module || strings.HasPrefix(name, module+"/")
}

// uses calls fn for every use of a name of the package with the given import path.
func uses(f File, pkg string, fn func(*ast.SelectorExpr)) {
	local := ""
	for _, spec := range f.AST.Imports {
		if importPath(spec) == pkg {
			local = path.Base(pkg)
			if spec.Name != nil {
				local = spec.Name.Name
			}
		}
	}
	if local == "" {
		return
	}
	ast.Inspect(f.AST, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Name == local && x.Obj == nil {
				fn(s)
			}
		}
		return true
	})
}
