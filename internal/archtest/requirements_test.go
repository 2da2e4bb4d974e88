package archtest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestRequirementsNameTestsThatExist: a row of docs/requirements.md is open, or says where it is and which test shows it.
func TestRequirementsNameTestsThatExist(t *testing.T) {
	data, err := os.ReadFile("../../docs/requirements.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, line := range strings.Split(string(data), "\n") {
		if !strings.HasPrefix(line, "| R-") {
			continue
		}
		rows++
		if reason := rowProblem(line, testExists); reason != "" {
			t.Errorf("%s\n%s", line, reason)
		}
	}
	if rows != 195 {
		t.Errorf("there are %d rows; the user asked for 195 things", rows)
	}
}

// TestVectorsNameTestsThatExist: a row of docs/vectors.md waits for something, or names the tests that show it.
func TestVectorsNameTestsThatExist(t *testing.T) {
	data, err := os.ReadFile("../../docs/vectors.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for _, line := range strings.Split(string(data), "\n") {
		if !strings.HasPrefix(line, "| V-") {
			continue
		}
		rows++
		named := testName.FindAllStringSubmatch(line, -1)
		if len(named) == 0 && !strings.Contains(line, "| open: ") {
			t.Errorf("%s\nnames no test", line)
		}
		for _, n := range named {
			if !testExists(n[1], n[2]) {
				t.Errorf("%s\nthere is no %s.%s", line, n[1], n[2])
			}
		}
	}
	if rows != 20 {
		t.Errorf("there are %d rows; there are 20 vectors", rows)
	}
}

var testName = regexp.MustCompile("`([a-z/0-9]+)\\.((?:Test|Fuzz|Example)[A-Za-z0-9_]*)`")

// rowProblem returns what is wrong with a row; empty if nothing is.
func rowProblem(line string, exists func(dir, name string) bool) string {
	cells := strings.Split(strings.Trim(line, "| "), " | ")
	if len(cells) >= 4 && strings.TrimRight(cells[3], " |") == "open" {
		return ""
	}
	if len(cells) != 5 || strings.TrimSpace(cells[3]) == "" {
		return "is neither open nor says where it is"
	}
	tests := testName.FindAllStringSubmatch(cells[4], -1)
	if len(tests) == 0 {
		return "names no test, as `engine.TestX`"
	}
	for _, m := range tests {
		if !exists(m[1], m[2]) {
			return "test " + m[2] + " does not exist in " + m[1]
		}
	}
	return ""
}

func testExists(dir, name string) bool {
	files, _ := filepath.Glob(filepath.Join("../..", dir, "*_test.go"))
	for _, f := range files {
		if data, err := os.ReadFile(f); err == nil && strings.Contains(string(data), "func "+name+"(") {
			return true
		}
	}
	return false
}

func TestRowProblem(t *testing.T) {
	never := func(string, string) bool { return false }
	always := func(string, string) bool { return true }
	for line, want := range map[string]struct {
		exists func(string, string) bool
		ok     bool
	}{
		"| R-001 | Name | P | open | |":                     {never, true},
		"| R-001 | Name | P | somewhere | `engine.TestX` |": {always, true},
		"| R-002 | Name | P | somewhere | `engine.TestX` |": {never, false},
		"| R-001 | Name | P | somewhere | |":                {always, false},
		"| R-001 | Name | P | | `engine.TestX` |":           {always, false},
	} {
		if got := rowProblem(line, want.exists) == ""; got != want.ok {
			t.Errorf("%s: %v", line, got)
		}
	}
}
