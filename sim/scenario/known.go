package scenario

import (
	"fmt"
	"slices"
	"strings"

	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/oncall"
)

// known reports whether a name is one of the configuration's, and says so if it is not.
func (d *decoder) known(n yamlfile.Node, what, name string, ids []string) bool {
	if slices.Contains(ids, name) {
		return true
	}
	hint := ""
	switch near := yamlfile.Nearest(name, ids); {
	case near != "":
		hint = fmt.Sprintf("; did you mean %q?", near)
	case len(ids) == 0:
		hint = "; it has none"
	case len(ids) <= 6:
		hint = "; it has " + strings.Join(ids, ", ")
	}
	d.Fail(n, "the configuration has no %s %s%s", what, yamlfile.Quote(name), hint)
	return false
}

// id reads a name that the configuration must have; empty if it is not given.
func (o *object) id(field, what string, ids []string) string {
	n, ok := o.Scalar(field)
	if !ok || !o.known(n, what, n.Value, ids) {
		return ""
	}
	return n.Value
}

// either returns what one of the configurations has, each once.
func (d *decoder) either(of func(oncall.Config) []string) []string {
	all := of(d.org)
	for _, id := range of(d.also) {
		if !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	return all
}

func userIDs(c oncall.Config) (ids []string) {
	for _, u := range c.Catalog.Users {
		ids = append(ids, string(u.ID))
	}
	return ids
}

func serviceIDs(c oncall.Config) (ids []string) {
	for _, s := range c.Catalog.Services {
		ids = append(ids, string(s.ID))
	}
	return ids
}

func policyIDs(c oncall.Config) (ids []string) {
	for _, p := range c.Policies {
		ids = append(ids, string(p.ID))
	}
	return ids
}

func sourceIDs(c oncall.Config) (ids []string) {
	for _, s := range c.Catalog.Sources {
		ids = append(ids, string(s.ID))
	}
	return ids
}

// channels are those over which somebody can be reached.
func channels(c oncall.Config) (all []string) {
	for _, channel := range c.Channels() {
		all = append(all, string(channel))
	}
	return all
}

// target reports a target of something that the configuration has not.
func (o *object) target(t escalation.Target) {
	var ids []string
	switch t.Kind {
	case escalation.TargetUser:
		ids = userIDs(o.org)
	case escalation.TargetPolicy:
		ids = policyIDs(o.org)
	case escalation.TargetSchedule, escalation.TargetNext, escalation.TargetPrevious:
		for _, s := range o.org.Schedules {
			ids = append(ids, string(s.ID))
		}
	case escalation.TargetTeam:
		for _, team := range o.org.Catalog.Teams {
			ids = append(ids, string(team.ID))
		}
	case escalation.TargetWebhook, escalation.TargetChat:
		for _, d := range o.org.Catalog.Destinations {
			ids = append(ids, d.ID)
		}
	default: // it could not be read
		return
	}
	o.known(o.Where("to"), string(t.Kind), t.ID, ids)
}
