package cover_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/cover"
	"github.com/watchbill/watchbill/internal/script"
	"github.com/watchbill/watchbill/timeline"
)

func TestScenarios(t *testing.T) {
	script.Run(t, "testdata/*.txt", func(t *testing.T) script.Command { return newWorld(t).do })
}

// do carries out one command of a scenario.
func (w *world) do(name string, args []string) string {
	o := w.parse(args)
	switch name {
	case "advance", "setback":
		d, err := time.ParseDuration(args[0])
		require.NoError(w.t, err)
		if name == "setback" {
			d = -d
		}
		w.now = w.now.Add(d)
		return ""
	case "replan": // primary hands over at another hour
		var hour int
		_, err := fmt.Sscan(args[0], &hour)
		require.NoError(w.t, err)
		w.specs[0] = rotation("primary", hour, "ada", "ben", "cem")
		return ""
	case "shifts":
		return w.shifts(args[0], o.at("from"), o.at("to"))
	case "state":
		return w.state()
	case "reminders":
		return w.reminders(o.at("after"), o.at("until"))
	case "other": // another request, of which only the overrides are kept
		other := *w
		other.r, other.entries = cover.Request{}, nil
		return other.do(args[0], append([]string{"id=r" + strconv.Itoa(2+len(w.overrides["primary"])+len(w.overrides["empty"]))}, args[1:]...))
	}
	return w.apply(w.command(name, o))
}

// options are what a command of a scenario says: key=value words, and the text behind them.
type options struct {
	*world
	all  map[string]string
	text string
}

func (w *world) parse(args []string) options {
	o := options{world: w, all: map[string]string{}}
	for k, a := range args {
		key, value, ok := strings.Cut(a, "=")
		if !ok {
			if o.text == "" {
				o.text = strings.Join(args[k:], " ")
			}
			continue
		}
		o.all[key] = value
	}
	return o
}

func (o options) voice() cover.Voice {
	v := cover.Voice{By: timeline.By{Via: o.all["via"]}, Admin: o.all["admin"] != ""}
	if user := o.all["by"]; user != "" {
		v.Actor = timeline.User(user)
	}
	return v
}

// at reads a day of January 2026 and a time: "06T09:00".
func (o options) at(key string) time.Time {
	text, ok := o.all[key]
	if !ok {
		return time.Time{}
	}
	if !strings.Contains(text, "-") {
		text = "2026-01-" + text
	}
	t, err := time.Parse("2006-01-02T15:04", text)
	require.NoError(o.t, err)
	return t
}

func (o options) user(key string) watchbill.UserID         { return watchbill.UserID(o.all[key]) }
func (o options) schedule(key string) watchbill.ScheduleID { return watchbill.ScheduleID(o.all[key]) }

func split[T ~string](list string) []T {
	var all []T
	for _, text := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' }) {
		all = append(all, T(text))
	}
	return all
}

func (w *world) command(name string, o options) cover.Command {
	v, force := o.voice(), o.all["force"] != ""
	id := cover.ID("r1")
	if given, ok := o.all["id"]; ok {
		id = cover.ID(given)
	}
	switch name {
	case "take":
		return cover.TakeOver{Voice: v, ID: id, User: o.user("user"), Replaces: o.user("replaces"), Schedule: o.schedule("schedule"),
			From: o.at("from"), To: o.at("to"), Text: o.text, Force: force}
	case "ask":
		return cover.Ask{Voice: v, ID: id, For: o.user("for"), Schedules: split[watchbill.ScheduleID](o.all["schedules"]),
			From: o.at("from"), To: o.at("to"), Of: split[watchbill.UserID](o.all["of"]), Team: watchbill.TeamID(o.all["team"]), Text: o.text}
	case "swap":
		return cover.Swap{Voice: v, ID: id, For: o.user("for"), Schedule: o.schedule("schedule"), From: o.at("from"), To: o.at("to"),
			With: o.user("with"), WithSchedule: o.schedule("with_schedule"), WithFrom: o.at("with_from"), WithTo: o.at("with_to"), Text: o.text}
	case "accept":
		return cover.Accept{Voice: v, User: o.user("user"), Schedule: o.schedule("schedule"), From: o.at("from"), To: o.at("to"), Text: o.text, Force: force}
	case "decline":
		return cover.Decline{Voice: v, User: o.user("user"), Text: o.text}
	case "cancel":
		return cover.Cancel{Voice: v, Text: o.text}
	case "withdraw":
		return cover.Withdraw{Voice: v, Text: o.text}
	}
	w.t.Fatalf("no command is called %q", name)
	return nil
}

func (w *world) state() string {
	out := &strings.Builder{}
	fmt.Fprintf(out, "%s, %s\n", w.r.Kind, w.r.StateAt(w.now))
	for _, o := range w.r.OpenIn(w.scene(), w.now) {
		fmt.Fprintf(out, "  open %s %s to %s\n", o.Schedule, o.From.Format("02 15:04"), o.To.Format("02 15:04"))
	}
	for _, g := range w.r.Grants {
		e, holds := g.Effective()
		if !holds {
			fmt.Fprintf(out, "  %s: gone\n", g.Override)
			continue
		}
		fmt.Fprintf(out, "  %s: %s has duty of %q in %s %s to %s\n", g.Override, g.User, g.Replaces, g.Schedule, e.From.Format("02 15:04"), e.To.Format("02 15:04"))
	}
	return strings.TrimSuffix(out.String(), "\n")
}

func (w *world) reminders(after, until time.Time) string {
	var lines []string
	for _, t := range cover.Due([]cover.Request{w.r}, after, until) {
		lines = append(lines, fmt.Sprintf("%s %s to %s: %s", t.At.Format("01-02 15:04"), t.Occasion, t.User, t.Text(time.UTC)))
	}
	if len(lines) == 0 {
		return "(none)"
	}
	return strings.Join(lines, "\n")
}
