package main

import (
	"strings"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/oncall"
)

// noSchedule refuses -schedule, which is missing or names none, and says which there are.
func noSchedule(org *oncall.Org, id watchbill.ScheduleID) error {
	var ids []string
	for _, s := range org.Config().Schedules {
		ids = append(ids, string(s.ID))
	}
	if id == "" {
		return usagef("-schedule is missing; %s", thereAre(ids))
	}
	return usagef("-schedule: there is no schedule %q; %s", id, meantOf(string(id), ids))
}

// noUser refuses -user, and says who there is.
func noUser(org *oncall.Org, id watchbill.UserID) error {
	var ids []string
	for _, u := range org.Config().Catalog.Users {
		ids = append(ids, string(u.ID))
	}
	return usagef("-user: there is no user %q; %s", id, meantOf(string(id), ids))
}

// meantOf suggests the word that was meant, or lists all.
func meantOf(word string, ids []string) string {
	if near := config.Nearest(word, ids); near != "" {
		return "did you mean " + near + "?"
	}
	return thereAre(ids)
}

// mostIDs is how many IDs a message lists: more, nobody reads.
const mostIDs = 20

func thereAre(ids []string) string {
	switch n := len(ids); {
	case n == 0:
		return "the configuration has none"
	case n > mostIDs:
		return "there are " + strings.Join(ids[:mostIDs], ", ") + " and more"
	}
	return "there are " + strings.Join(ids, ", ")
}
