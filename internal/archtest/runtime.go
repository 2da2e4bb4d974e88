package archtest

import (
	"go/ast"
	"slices"
)

// clock keeps the time out of rooms that are told it.
func clock(_ Law, room Room, p Package) []Finding {
	if room.Clock {
		return nil
	}
	banned := []string{"Now", "Since", "Until", "After", "AfterFunc", "Sleep", "NewTimer", "NewTicker", "Tick"}
	var found []Finding
	for _, f := range p.production() {
		uses(f, "time", func(s *ast.SelectorExpr) {
			if slices.Contains(banned, s.Sel.Name) {
				found = append(found, Finding{"clock", f.Path, f.line(s.Pos()),
					"time." + s.Sel.Name + ": this room is told the time, it does not read the clock"})
			}
		})
	}
	return found
}

// sleepingTests wants tests that wait for what happens, and not for how long it took here.
func sleepingTests(_ Law, _ Room, p Package) []Finding {
	var found []Finding
	for _, f := range p.Files {
		if !f.Test {
			continue
		}
		uses(f, "time", func(s *ast.SelectorExpr) {
			if s.Sel.Name == "Sleep" {
				found = append(found, Finding{"sleep", f.Path, f.line(s.Pos()),
					"time.Sleep in a test: wait on a channel, a context or synctest.Wait"})
			}
		})
	}
	return found
}

// goroutines finds go statements, and calls of a method Go as sync.WaitGroup and errgroup have it.
func goroutines(_ Law, room Room, p Package) []Finding {
	if room.Owner != "" {
		return nil
	}
	var found []Finding
	for _, f := range p.production() {
		ast.Inspect(f.AST, func(n ast.Node) bool {
			if startsGoroutine(n) {
				found = append(found, Finding{"goroutine", f.Path, f.line(n.Pos()),
					"this room starts no goroutines: a timer is a column, and the engine calls"})
			}
			return true
		})
	}
	return found
}

func startsGoroutine(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.GoStmt:
		return true
	case *ast.CallExpr:
		s, ok := n.Fun.(*ast.SelectorExpr)
		return ok && s.Sel.Name == "Go"
	}
	return false
}
