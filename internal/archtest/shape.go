package archtest

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
)

const (
	maxFileLines = 400
	maxFuncLines = 60
	maxMethods   = 6
)

// packageNames refuses names that say nothing of what is inside.
func packageNames(_ Law, _ Room, p Package) []Finding {
	banned := []string{"util", "utils", "common", "types", "models", "model", "helpers", "helper", "pkg", "manager",
		"misc", "shared", "base", "lib"}
	for _, name := range []string{path.Base(p.Dir), p.Files[0].AST.Name.Name} {
		if slices.Contains(banned, name) {
			return []Finding{{"name", p.Dir, 0, "a package named " + name + " holds anything: name it after what it is for"}}
		}
	}
	return nil
}

func packageComments(_ Law, _ Room, p Package) []Finding {
	files := p.production()
	if len(files) == 0 || slices.ContainsFunc(files, func(f File) bool { return f.AST.Doc != nil }) {
		return nil
	}
	return []Finding{{"doc", p.Dir, 0, "the package has no comment"}}
}

// exportComments wants a comment on every exported declaration, or on its group; fields and methods of interfaces
// explain themselves within the comment of their type.
func exportComments(_ Law, _ Room, p Package) []Finding {
	var found []Finding
	for _, f := range p.production() {
		if f.AST.Name.Name == "main" {
			continue
		}
		for _, decl := range f.AST.Decls {
			for _, name := range bare(decl) {
				found = append(found, Finding{"doc", f.Path + " " + name.Name, f.line(name.Pos()),
					"exported " + name.Name + " has no comment"})
			}
		}
	}
	return found
}

// bare returns the exported names of a declaration that have no comment.
func bare(decl ast.Decl) []*ast.Ident {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		if d.Doc == nil && d.Name.IsExported() && (d.Recv == nil || ast.IsExported(receiver(d))) {
			return []*ast.Ident{d.Name}
		}
	case *ast.GenDecl:
		if d.Doc != nil || d.Tok == token.IMPORT {
			return nil
		}
		var names []*ast.Ident
		for _, spec := range d.Specs {
			names = append(names, bareSpec(spec)...)
		}
		return slices.DeleteFunc(names, func(n *ast.Ident) bool { return !n.IsExported() })
	}
	return nil
}

func bareSpec(spec ast.Spec) []*ast.Ident {
	switch s := spec.(type) {
	case *ast.TypeSpec:
		if s.Doc == nil && s.Comment == nil {
			return []*ast.Ident{s.Name}
		}
	case *ast.ValueSpec:
		if s.Doc == nil && s.Comment == nil {
			return slices.Clone(s.Names)
		}
	}
	return nil
}

// fullName returns "Function" or "Type.Method".
func fullName(d *ast.FuncDecl) string {
	if d.Recv == nil {
		return d.Name.Name
	}
	return receiver(d) + "." + d.Name.Name
}

// receiver returns the name of a method's type, without pointer and type parameters.
func receiver(d *ast.FuncDecl) string {
	x := d.Recv.List[0].Type
	for {
		switch t := x.(type) {
		case *ast.StarExpr:
			x = t.X
		case *ast.IndexExpr:
			x = t.X
		case *ast.IndexListExpr:
			x = t.X
		default:
			return nameOf(x)
		}
	}
}

func interfaces(_ Law, _ Room, p Package) []Finding {
	var found []Finding
	for _, f := range p.production() {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok {
				return true
			}
			if i, ok := spec.Type.(*ast.InterfaceType); ok && i.Methods.NumFields() > maxMethods {
				found = append(found, Finding{"interface", f.Path + " " + spec.Name.Name, f.line(spec.Pos()),
					fmt.Sprintf("interface %s has %d methods, may have %d", spec.Name.Name, i.Methods.NumFields(), maxMethods)})
			}
			return true
		})
	}
	return found
}

func sizes(_ Law, room Room, p Package) []Finding {
	var found []Finding
	total := 0
	for _, f := range p.production() {
		total += f.Lines
		if f.Lines > maxFileLines {
			found = append(found, Finding{"size", f.Path, f.Lines, fmt.Sprintf("%d lines, may have %d", f.Lines, maxFileLines)})
		}
		found = append(found, longFunctions(f)...)
	}
	if room.MaxLines > 0 && total > room.MaxLines {
		found = append(found, Finding{"size", p.Dir, 0, fmt.Sprintf("the package has %d lines, may have %d", total, room.MaxLines)})
	}
	return found
}

func longFunctions(f File) []Finding {
	var found []Finding
	for _, decl := range f.AST.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok {
			continue
		}
		if lines := f.line(fn.End()) - f.line(fn.Pos()) + 1; lines > maxFuncLines {
			found = append(found, Finding{"size", f.Path + " " + fullName(fn), f.line(fn.Pos()),
				fmt.Sprintf("function %s has %d lines, may have %d", fullName(fn), lines, maxFuncLines)})
		}
	}
	return found
}
