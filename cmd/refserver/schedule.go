package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/rules/expr"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/schedule/chart"
)

// loadOrg reads a configuration for a command that only looks; warnings go to stderr.
func loadOrg(p *program, path string) (*oncall.Org, error) {
	org, _, err := loadSystem(p, path)
	return org, err
}

// loadSystem also returns the channels that a server with that configuration can send over.
func loadSystem(p *program, path string) (*oncall.Org, []notify.Channel, error) {
	file, err := loadConfig(p, path)
	if err != nil {
		return nil, nil, err
	}
	org, err := oncall.New(file.Org, 0)
	if err != nil {
		return nil, nil, usageError{err}
	}
	return org, file.Channels(), nil
}

// loadConfig reads a configuration for a command that only looks; warnings go to stderr.
func loadConfig(p *program, path string) (*config.File, error) {
	if path == "" {
		return nil, usagef("-config is missing; name a watchbill.yaml, or a folder of such files")
	}
	file, warnings, err := config.Reader{Channels: []notify.Channel{"webhook", "email"}, Calendar: readCalendar, Template: checkTemplate,
		Compile: expr.Compile}.Load(path)
	if err != nil {
		return nil, usageError{err}
	}
	for _, w := range warnings {
		fmt.Fprintln(p.stderr, "warning:", w)
	}
	return file, nil
}

func printJSON(w io.Writer, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s\n", data)
	return err
}

// at reads an instant as people write it: with an offset, or civil in a zone. Empty is now.
func at(flagName, text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Now().In(zone), nil
	}
	var m calendar.Moment
	if err := m.UnmarshalText([]byte(text)); err != nil {
		return time.Time{}, usagef("-%s: %w", flagName, err)
	}
	return m.In(zone), nil
}

// oncallAnswer is what oncall -json prints.
type oncallAnswer struct {
	At        time.Time         `json:"at"`
	Schedules []schedule.Answer `json:"schedules"`
}

func oncallCommand(ctx context.Context, p *program) error {
	file := p.flags.String("config", "", "the configuration: a `file` or a folder")
	when := p.flags.String("at", "", "the `time`, as 2026-01-05T09:00 in each schedule's zone or with an offset; default: now. With -server, as "+saidTimes+", or that of -schedule")
	only := p.flags.String("schedule", "", "only the schedule with this `ID`")
	user := p.flags.String("user", "", "only where this user `ID` is on call; exit 1 if nowhere")
	asJSON := p.flags.Bool("json", false, "print JSON")
	var l link
	p.flags.StringVar(&l.server, "server", "", "the `URL` of a running server, where people took over and swapped; default, without -config: $WATCHBILL_SERVER")
	l.tokenFlag(p.flags)
	knownAt := p.flags.String("known-at", "", "with -server: as it was known at this `time`")
	if err := p.parse(); err != nil {
		return err
	}
	if *file == "" && l.server == "" {
		l.server = serverOr("")
	}
	switch {
	case l.server != "" && *file != "":
		return usagef("-config and -server are both given; give one")
	case l.server != "":
		return onCallThere(ctx, p, asked{l, *when, *knownAt, *only, *user, *asJSON})
	case *knownAt != "":
		return usagef("-known-at needs -server: a file does not know what was known when")
	}
	org, err := loadOrg(p, *file)
	if err != nil {
		return err
	}
	answer, err := whoIsOnCall(org, *when, watchbill.ScheduleID(*only), watchbill.UserID(*user))
	if err != nil {
		return err
	}
	if *asJSON {
		err = printJSON(p.stdout, answer)
	} else {
		tellOnCall(p.stdout, org, answer)
	}
	if err == nil && *user != "" && len(answer.Schedules) == 0 {
		return fmt.Errorf("%s is not on call", *user)
	}
	return err
}

func whoIsOnCall(org *oncall.Org, when string, only watchbill.ScheduleID, user watchbill.UserID) (oncallAnswer, error) {
	if _, ok := org.Schedule(only); only != "" && !ok {
		return oncallAnswer{}, noSchedule(org, only)
	}
	if _, ok := org.User(user); user != "" && !ok {
		return oncallAnswer{}, noUser(org, user)
	}
	instant, err := at("at", when, time.UTC)
	answer := oncallAnswer{At: instant, Schedules: []schedule.Answer{}}
	for _, spec := range org.Config().Schedules {
		s, _ := org.Schedule(spec.ID)
		if only != "" && spec.ID != only {
			continue
		}
		t, err := at("at", when, s.Zone())
		if err != nil {
			return oncallAnswer{}, err
		}
		a := s.OnCall(t)
		if user == "" || slices.Contains(a.Users, user) {
			answer.Schedules = append(answer.Schedules, a)
			answer.At = t
		}
	}
	return answer, err
}

func names(org *oncall.Org, users []watchbill.UserID) string {
	return named(users, func(id watchbill.UserID) string { return nameOf(org, id) })
}

func shifts(_ context.Context, p *program) error {
	file := p.flags.String("config", "", "the configuration: a `file` or a folder")
	id := p.flags.String("schedule", "", "the schedule's `ID`")
	from := p.flags.String("from", "", "the `time` to begin at, as 2026-01-01T00:00 in the schedule's zone or with an offset")
	to := p.flags.String("to", "", "the `time` to end at")
	asJSON := p.flags.Bool("json", false, "print JSON")
	asSVG := p.flags.Bool("svg", false, "print a picture instead of the list; four weeks from this Monday, where -from and -to are left out")
	theme := p.flags.String("theme", "", "of the picture: `auto`, light or dark; default: auto, as the reader's system has it")
	if err := p.parse(); err != nil {
		return err
	}
	switch {
	case *asJSON && *asSVG:
		return usagef("-json and -svg are two answers; ask for one")
	case *theme != "" && !*asSVG:
		return usagef("-theme goes with -svg")
	}
	org, err := loadOrg(p, *file)
	if err != nil {
		return err
	}
	s, ok := org.Schedule(watchbill.ScheduleID(*id))
	if !ok {
		return noSchedule(org, watchbill.ScheduleID(*id))
	}
	if *asSVG {
		return drawShifts(p.stdout, org, s, *from, *to, *theme)
	}
	list, err := shiftsOf(s, *from, *to)
	if err != nil {
		return err
	}
	if *asJSON {
		return printJSON(p.stdout, list)
	}
	for _, shift := range list {
		fmt.Fprintf(p.stdout, "%s  %s  %s\n", shift.Start.Format("Mon 2006-01-02 15:04"),
			shift.End.Format("Mon 2006-01-02 15:04 MST"), names(org, shift.Users))
	}
	return nil
}

// drawShifts prints the picture.
func drawShifts(w io.Writer, org *oncall.Org, s *schedule.Schedule, from, to, theme string) (err error) {
	o := chart.Options{Now: time.Now(), Names: func(id watchbill.UserID) string {
		u, _ := org.User(id)
		return u.DisplayName()
	}}
	if from != "" {
		if o.From, err = at("from", from, s.Zone()); err != nil {
			return err
		}
	}
	if to != "" {
		if o.To, err = at("to", to, s.Zone()); err != nil {
			return err
		}
	}
	if theme != "" {
		if err := o.Theme.UnmarshalText([]byte(theme)); err != nil {
			return usagef("-theme: %w", err)
		}
	}
	if _, _, err := o.Window(s); err != nil {
		return usageError{err}
	}
	return chart.SVG(w, s, o)
}

// maxWindow bounds what one call lists.
const maxWindow = 20 * 366 * 24 * time.Hour

func shiftsOf(s *schedule.Schedule, from, to string) ([]schedule.Shift, error) {
	if from == "" || to == "" {
		return nil, usagef("-from and -to are needed, as 2026-01-01T00:00")
	}
	begin, err := at("from", from, s.Zone())
	if err != nil {
		return nil, err
	}
	end, err := at("to", to, s.Zone())
	switch {
	case err != nil:
		return nil, err
	case !end.After(begin):
		return nil, usagef("-to %s is not after -from %s", to, from)
	case end.Sub(begin) > maxWindow:
		return nil, usagef("-from to -to is more than twenty years; ask for less")
	}
	return append([]schedule.Shift{}, s.Shifts(begin, end)...), nil
}
