package oncall

import (
	"errors"
	"fmt"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/route"
)

// checkHandling refuses what sources do with their signals where that can be seen to be wrong without a compiler of
// expressions: a service or policy that a rule names, as itself, must exist.
func (o *Org) checkHandling() (problems []error) {
	for i, s := range o.config.Catalog.Sources {
		for _, err := range split(s.Handling.Validate()) {
			var e *route.FieldError
			if errors.As(err, &e) {
				problems = append(problems, &FieldError{Path: fmt.Sprintf("sources[%d].%s", i, e.Path), Reason: e.Reason, Err: err})
			}
		}
		for j, r := range s.Handling.Rules {
			path := fmt.Sprintf("sources[%d].rules[%d].set", i, j)
			if id, ok := route.Literal(r.Set.Service); ok && o.services[watchbill.ServiceID(id)] == nil {
				problems = append(problems, &FieldError{Path: path + ".service", Reason: fmt.Sprintf("service %q does not exist", id)})
			}
			if id, ok := route.Literal(r.Set.Policy); ok && o.policies[watchbill.PolicyID(id)] == nil {
				problems = append(problems, &FieldError{Path: path + ".policy", Reason: fmt.Sprintf("policy %q does not exist", id)})
			}
		}
	}
	return problems
}
