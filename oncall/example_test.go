package oncall_test

import (
	"fmt"
	"time"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
)

// Who is behind the first level of a policy, over a weekend and a hand-off.
func ExampleOrg_Resolve() {
	org, err := oncall.New(oncall.Config{
		Catalog: catalog.Catalog{
			Users: []catalog.User{{ID: "ada"}, {ID: "ben"}, {ID: "cem"}},
		},
		Schedules: []schedule.Spec{weekly("primary", "Europe/Berlin", "ada", "ben")},
	}, 1)
	if err != nil {
		fmt.Println(err)
		return
	}
	level := targets("schedule:primary", "user:cem", "user:ada")
	for at := time.Date(2026, 1, 10, 8, 0, 0, 0, time.UTC); at.Day() < 14; at = at.AddDate(0, 0, 1) {
		fmt.Print(at.Format("Mon 15:04"))
		for _, p := range org.Resolve(level, at).People {
			fmt.Printf("  %s (%s)", p.User, p.Why)
		}
		fmt.Println()
	}

	// Output:
	// Sat 08:00  ada (on call in primary: layer week, turn 0)  cem (named)
	// Sun 08:00  ada (on call in primary: layer week, turn 0)  cem (named)
	// Mon 08:00  ben (on call in primary: layer week, turn 1)  cem (named)  ada (named)
	// Tue 08:00  ben (on call in primary: layer week, turn 1)  cem (named)  ada (named)
}
