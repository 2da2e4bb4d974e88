package archtest

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"
)

// initFunctions allows none: what a program does before main should be nothing.
func initFunctions(_ Law, _ Room, p Package) []Finding {
	var found []Finding
	for _, f := range p.production() {
		for _, decl := range f.AST.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				found = append(found, Finding{"init", f.Path, f.line(fn.Pos()), "init(): make it a constructor or a table"})
			}
		}
	}
	return found
}

// variables allows package variables that are constants in all but name: blank ones, embedded files, and those that
// start with a value that cannot change behind our back and are nowhere written.
func variables(l Law, room Room, p Package) []Finding {
	if room.Variables {
		return nil
	}
	files := p.production()
	var found []Finding
	for _, f := range files {
		for _, v := range packageVars(f) {
			for i, name := range v.Names {
				if name.Name != "_" && (!l.constant(v, i) || written(files, name)) {
					found = append(found, Finding{"variable", f.Path + " " + name.Name, f.line(name.Pos()),
						"package variable " + name.Name + ": package state may not change"})
				}
			}
		}
	}
	return found
}

// packageVars returns the variables of a file that are not embedded files.
func packageVars(f File) []*ast.ValueSpec {
	var specs []*ast.ValueSpec
	for _, decl := range f.AST.Decls {
		g, ok := decl.(*ast.GenDecl)
		if !ok || g.Tok != token.VAR || embeds(g.Doc) {
			continue
		}
		for _, spec := range g.Specs {
			if v := spec.(*ast.ValueSpec); !embeds(v.Doc) {
				specs = append(specs, v)
			}
		}
	}
	return specs
}

func embeds(doc *ast.CommentGroup) bool {
	return doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool {
		return strings.HasPrefix(c.Text, "//go:embed ")
	})
}

// constant reports whether the i-th variable of a declaration starts with a value that nobody can change but by
// writing to the variable.
func (l Law) constant(v *ast.ValueSpec, i int) bool {
	if len(v.Values) != len(v.Names) {
		return false
	}
	switch x := v.Values[i].(type) {
	case *ast.UnaryExpr:
		return x.Op != token.AND
	case *ast.CallExpr:
		return l.constructor(x.Fun)
	case *ast.CompositeLit:
		s, ok := x.Type.(*ast.SelectorExpr)
		return !ok || !slices.Contains([]string{"sync", "atomic"}, nameOf(s.X))
	}
	return true
}

// constructor knows functions that return values without state: compiled patterns and templates, conversions to
// slices, and those that the law lists.
func (l Law) constructor(fun ast.Expr) bool {
	switch fun := fun.(type) {
	case *ast.Ident:
		return strings.HasPrefix(fun.Name, "must")
	case *ast.SelectorExpr:
		full := nameOf(fun.X) + "." + fun.Sel.Name
		return strings.HasPrefix(fun.Sel.Name, "Must") || slices.Contains(l.Constructors, full)
	case *ast.ArrayType:
		return true
	}
	return false
}

func nameOf(x ast.Expr) string {
	if id, ok := x.(*ast.Ident); ok {
		return id.Name
	}
	return ""
}

// written reports whether any file assigns to the variable or to a part of it, or takes its address.
func written(files []File, name *ast.Ident) bool {
	found := false
	for _, f := range files {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			for _, target := range targets(n) {
				if id := root(target); id != nil && id != name && same(id, name) {
					found = true
				}
			}
			return !found
		})
	}
	return found
}

// targets returns what a statement or expression writes to, or lets others write to.
func targets(n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		return n.Lhs
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.RangeStmt:
		return []ast.Expr{n.Key, n.Value}
	case *ast.UnaryExpr:
		if n.Op == token.AND {
			return []ast.Expr{n.X}
		}
	case *ast.CallExpr:
		if fn := nameOf(n.Fun); (fn == "delete" || fn == "clear" || fn == "copy") && len(n.Args) > 0 {
			return n.Args[:1]
		}
	}
	return nil
}

// root returns the identifier at the bottom of x, x.f, x[i], x[i:j], *x and (x).
func root(x ast.Expr) *ast.Ident {
	switch x := x.(type) {
	case *ast.Ident:
		return x
	case *ast.SelectorExpr:
		return root(x.X)
	case *ast.IndexExpr:
		return root(x.X)
	case *ast.SliceExpr:
		return root(x.X)
	case *ast.StarExpr:
		return root(x.X)
	case *ast.ParenExpr:
		return root(x.X)
	}
	return nil
}

// same reports whether two identifiers mean the same package variable. The parser resolves names within a file only,
// so one from another file has no object.
func same(use, declared *ast.Ident) bool {
	return use.Name == declared.Name && (use.Obj == nil || use.Obj == declared.Obj)
}
