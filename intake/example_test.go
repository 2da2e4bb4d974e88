package intake_test

import (
	"fmt"

	"github.com/watchbill/watchbill/intake"
)

func Example() {
	decode := intake.For("generic")
	result := decode("shell", []byte(`[
		{"dedup_key": "disk-1", "summary": "disk is full", "severity": "Page"},
		{"dedup_key": "disk-2", "severity": "warning"}
	]`))
	for _, s := range result.Signals {
		fmt.Println(s.Action, s.Key, s.Severity, s.Summary)
	}
	for _, p := range result.Problems {
		fmt.Println(p.Error())
	}
	// Output:
	// trigger disk-1 critical disk is full
	// intake: item 1: summary: is missing; say in one line what is wrong
}
