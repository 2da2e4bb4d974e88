package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/verify"
)

// errDiffers is diff's own no.
var errDiffers = errors.New("the configurations differ in who is paged")

// diff compares two files, or two folders. They may stand before, between or after the flags.
func diff(_ context.Context, p *program) error {
	from := p.flags.String("from", "", "the `time` to begin at, as 2026-01-01T00:00 in UTC or with an offset; default: now")
	horizon := p.flags.String("horizon", "90d", "how far to look, a `duration` such as 30d, 10w or 12h")
	saved := p.flags.String("shifts", "", "instead of OLD: a `file` that shifts -json wrote, perhaps with an older time zone database")
	id := p.flags.String("schedule", "", "the `ID` of the schedule whose shifts were saved")
	asJSON := p.flags.Bool("json", false, "print JSON")
	files, err := p.parseFiles()
	if err != nil {
		return err
	}
	if *saved != "" {
		return diffShifts(p, *saved, watchbill.ScheduleID(*id), files, *asJSON)
	}
	if len(files) != 2 {
		return usagef("name two configurations: refserver diff OLD NEW")
	}
	start, end, err := proofWindow(*from, *horizon)
	if err != nil {
		return err
	}
	before, had, err := loadSystem(p, files[0])
	if err != nil {
		return err
	}
	after, has, err := loadSystem(p, files[1])
	if err != nil {
		return err
	}
	c := verify.Diff(before, after, start, end, verify.ChannelsBefore(had...), verify.Channels(has...))
	if *asJSON {
		err = printJSON(p.stdout, c)
	} else {
		tellComparison(p.stdout, c)
	}
	if err == nil && !c.Same() {
		return errDiffers
	}
	return err
}

// diffShifts compares saved shifts with those of today: turns whose instants moved, because the time zone database has
// changed or the schedule has.
func diffShifts(p *program, saved string, id watchbill.ScheduleID, files []string, asJSON bool) error {
	if len(files) != 1 {
		return usagef("name one configuration: refserver diff -shifts SAVED.json -schedule ID NEW")
	}
	text, err := os.ReadFile(saved)
	if err != nil {
		return usageError{err}
	}
	var before []schedule.Shift
	if err := json.Unmarshal(text, &before); err != nil {
		return usagef("-shifts: %s is not what shifts -json writes: %w", saved, err)
	}
	org, err := loadOrg(p, files[0])
	if err != nil {
		return err
	}
	s, ok := org.Schedule(id)
	if !ok {
		return noSchedule(org, id)
	}
	var moves []verify.Move
	if n := len(before); n > 0 {
		moves = verify.Moved(before, s.Shifts(before[0].Start, before[n-1].End))
	}
	if asJSON {
		err = printJSON(p.stdout, append([]verify.Move{}, moves...))
	} else {
		tellMoves(p.stdout, moves, s.Zone())
	}
	if err == nil && len(moves) > 0 {
		return errDiffers
	}
	return err
}

func tellMoves(w io.Writer, moves []verify.Move, zone *time.Location) {
	if len(moves) == 0 {
		fmt.Fprintln(w, "no shift has moved")
	}
	when := func(i schedule.Interval) string {
		if i.Start.IsZero() {
			return "none"
		}
		return i.Start.In(zone).Format("Mon 2006-01-02 15:04") + " to " + stamp(i.End.In(zone))
	}
	for _, m := range moves {
		var users []watchbill.UserID
		for _, part := range m.Parts {
			users = append(users, part.User)
		}
		fmt.Fprintf(w, "%s: was %s, is %s\n", orNobody(users), when(m.Before), when(m.After))
	}
}

// parseFiles reads flags and returns the other arguments, wherever they stand.
func (p *program) parseFiles() (files []string, err error) {
	args := p.args
	for {
		p.args = args
		for len(args) > 0 && (args[0] == "" || args[0] == "-" || !strings.HasPrefix(args[0], "-")) {
			files, args = append(files, args[0]), args[1:]
		}
		if len(args) == 0 {
			return files, nil
		}
		if asksHelp(args) {
			p.args = []string{"-h"}
			return nil, p.parse()
		}
		if p.flags.Parse(args) != nil {
			return nil, errBadFlags
		}
		args = p.flags.Args()
	}
}

func tellComparison(w io.Writer, c verify.Comparison) {
	fmt.Fprintf(w, "from %s to %s\n", stamp(c.From), stamp(c.To))
	if c.Same() {
		fmt.Fprintln(w, "\nproved: the same people are on call and are paged, at every instant, in the same way")
		return
	}
	for _, p := range c.People {
		tellPerson(w, p)
	}
	for _, g := range c.Coverage {
		fmt.Fprintf(w, "\n%s\n", g.Subject)
		tellIntervals(w, "nobody any more", g.Opened)
		tellIntervals(w, "somebody now", g.Closed)
	}
	for _, p := range c.Paths {
		level := fmt.Sprintf("level %d", p.Level)
		if p.Level == 0 {
			level = "catch_all"
		}
		fmt.Fprintf(w, "\npolicy %s, %s: from %s it pages %s, was %s\n", p.Policy, level, stamp(p.First.Start), orNobody(p.After), orNobody(p.Before))
	}
	for _, r := range c.Routes {
		fmt.Fprintf(w, "\n%s goes to %s, was %s\n", r.Subject, cmp.Or(r.After, "catch_all"), cmp.Or(r.Before, "catch_all"))
	}
	for _, s := range c.Settings {
		fmt.Fprintf(w, "\n%s\n", s)
	}
	for _, x := range c.WorstCase {
		fmt.Fprintf(w, "\npolicy %s, worst case\n  was %s\n  is  %s\n", x.Policy, worstLine(x.Before), worstLine(x.After))
	}
}

// listed is how many intervals of a kind are printed.
const listed = 12

func tellPerson(w io.Writer, p verify.PersonChange) {
	fmt.Fprintf(w, "\n%s gains %s, loses %s\n", p.User, verify.Length(time.Duration(p.Gains)), verify.Length(time.Duration(p.Loses)))
	for i, m := range p.Changes {
		if i == listed && len(p.Changes) > listed+1 {
			fmt.Fprintf(w, "  and %d more until %s\n", len(p.Changes)-listed, stamp(p.Changes[len(p.Changes)-1].End))
			return
		}
		sign := "-"
		if m.Gained {
			sign = "+"
		}
		fmt.Fprintf(w, "  %s %s: %s to %s\n", sign, m.Schedule, m.Start.Format("Mon 2006-01-02 15:04"), stamp(m.End))
	}
}

func tellIntervals(w io.Writer, what string, list []schedule.Interval) {
	for i, g := range list {
		if i == listed && len(list) > listed+1 {
			fmt.Fprintf(w, "  and %d more\n", len(list)-listed)
			return
		}
		fmt.Fprintf(w, "  %s: %s to %s\n", what, g.Start.Format("Mon 2006-01-02 15:04"), stamp(g.End))
	}
}

func orNobody(users []watchbill.UserID) string {
	if len(users) == 0 {
		return "NOBODY"
	}
	var names []string
	for _, u := range users {
		names = append(names, string(u))
	}
	return strings.Join(names, ", ")
}

func worstLine(c *verify.WorstCase) string {
	if c == nil {
		return "no such policy"
	}
	return fmt.Sprintf("first page %s, voice or sms %s, every level %s", within(c.ToFirstPage), within(c.ToVoice), within(c.ToEveryLevel))
}
