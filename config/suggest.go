package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/oncall"
)

// Nearest returns the word, of some, that somebody may have meant who wrote another; empty if none is near, or there are
// more than 5000 to compare. Small letters and capitals are the same.
func Nearest(word string, words []string) string { return yamlfile.Nearest(word, words) }

// suggest completes the message about a reference that leads nowhere.
func suggest(c oncall.Config, path, value string) string {
	ids := candidates(c, path, value)
	slices.Sort(ids)
	ids = slices.DeleteFunc(slices.Compact(ids), func(id string) bool { return id == "" })
	switch near := Nearest(value, ids); {
	case everybody(path, value):
		return "; to replace everybody who is on call, leave replaces out"
	case len(ids) == 0 || slices.Contains(ids, value):
		return ""
	case near != "":
		return fmt.Sprintf("; did you mean %q?", near)
	case len(ids) <= 6:
		return "; known are " + strings.Join(ids, ", ")
	}
	return ""
}

// everybody reports whether an override replaces all there are, as people put it.
func everybody(path, value string) bool {
	words := []string{"all", "everyone", "everybody", "anyone", "any", "*"}
	return strings.HasSuffix(path, ".replaces") && slices.Contains(words, strings.ToLower(value))
}

// candidates returns everything that a reference may be to; nil if the path is not that of a reference.
func candidates(c oncall.Config, path, value string) []string {
	field, _, _ := strings.Cut(path[strings.LastIndexByte(path, '.')+1:], "[")
	switch field {
	case "user", "users", "by", "members", "owners", "replaces", "add", "remove":
		return idsOf("user", c)
	case "team", "teams":
		return idsOf("team", c)
	case "service", "services", "depends_on":
		return idsOf("service", c)
	case "sources":
		return idsOf("source", c)
	case "hours":
		return idsOf("hours", c)
	case "customer", "customers":
		return idsOf("customer", c)
	case "policy":
		return idsOf("policy", c)
	case "schedule":
		return idsOf("schedule", c)
	case "calendars":
		return holidaysAround(c, path)
	case "contact":
		return contactsAround(c, path)
	case "targets", "catch_all":
		kind, _, _ := strings.Cut(value, ":")
		ids := idsOf(kind, c)
		for i, id := range ids {
			ids[i] = kind + ":" + id
		}
		return ids
	}
	return nil
}

// idsOf returns the ids of all users, teams and so on.
func idsOf(kind string, c oncall.Config) (ids []string) {
	switch kind {
	case "user":
		for _, u := range c.Catalog.Users {
			ids = append(ids, string(u.ID))
		}
	case "team":
		for _, t := range c.Catalog.Teams {
			ids = append(ids, string(t.ID))
		}
	case "service":
		for _, s := range c.Catalog.Services {
			ids = append(ids, string(s.ID))
		}
	case "source":
		for _, s := range c.Catalog.Sources {
			ids = append(ids, string(s.ID))
		}
	case "hours":
		for _, h := range c.Catalog.Hours {
			ids = append(ids, h.ID)
		}
	case "webhook", "chat":
		for _, d := range c.Catalog.Destinations {
			ids = append(ids, d.ID)
		}
	case "customer":
		for _, cu := range c.Catalog.Customers {
			ids = append(ids, string(cu.ID))
		}
	case "schedule":
		for _, s := range c.Schedules {
			ids = append(ids, string(s.ID))
		}
	case "policy":
		for _, p := range c.Policies {
			ids = append(ids, string(p.ID))
		}
	}
	return ids
}

// contactsAround returns the contacts of the person whom a path leads through.
func contactsAround(c oncall.Config, path string) (ids []string) {
	var i int
	if _, err := fmt.Sscanf(path, "users[%d]", &i); err != nil || i >= len(c.Catalog.Users) {
		return nil
	}
	for _, contact := range c.Catalog.Users[i].Contacts {
		ids = append(ids, string(contact.ID))
	}
	return ids
}

// holidaysAround returns the holidays of the schedule that a path leads through.
func holidaysAround(c oncall.Config, path string) (ids []string) {
	var i int
	if _, err := fmt.Sscanf(path, "schedules[%d]", &i); err != nil || i >= len(c.Schedules) {
		return nil
	}
	for _, h := range c.Schedules[i].Holidays {
		ids = append(ids, h.ID)
	}
	return ids
}
