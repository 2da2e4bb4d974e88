package episode_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/internal/script"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/schedule"
)

func TestScenarios(t *testing.T) {
	script.Run(t, "testdata/*.txt", func(t *testing.T) script.Command { return newWorld(t).do })
}

// do carries out one command of a scenario.
func (w *world) do(name string, args []string) string {
	w.log = nil
	if configure, ok := configures[name]; ok {
		configure(w, args)
		w.org = nil
		return ""
	}
	switch name {
	case "state":
		return w.state()
	case "people":
		return w.people()
	}
	happens, ok := happenings[name]
	if !ok {
		w.t.Fatalf("no command is called %q", name)
	}
	w.configure()
	happens(w, append(args, ""))
	if len(w.log) == 0 {
		return "(nothing)"
	}
	return strings.Join(w.log, "\n")
}

// configures are the commands that change the configuration.
var configures = map[string]func(w *world, args []string){
	"user":        (*world).addUser,
	"team":        (*world).addTeam,
	"schedule":    (*world).addSchedule,
	"policy":      (*world).addPolicy,
	"level":       (*world).addLevel,
	"service":     (*world).addService,
	"catch_all":   func(w *world, args []string) { w.config.CatchAll = w.targets(args[0]) },
	"providers":   func(w *world, args []string) { w.accept = args[0] == "accept" },
	"updates":     (*world).setUpdates,
	"zone":        func(w *world, args []string) { w.user(args[0]).Zone = args[1] },
	"quiet":       (*world).setQuiet,
	"hours":       (*world).addHours,
	"destination": (*world).addDestination,
	"source":      (*world).setSource,
	"silence":     (*world).addSilence,
	"maintenance": (*world).addMaintenance,
	"picked": func(w *world, args []string) {
		w.picked[args[0]+args[1]] = map[watchbill.UserID]time.Time{watchbill.UserID(args[2]): w.now}
	},
	"woken": (*world).wasWoken,
	"at":    func(w *world, args []string) { w.now = w.time(args[0]); w.up = w.now },
}

// happenings are the commands that happen to the alert.
var happenings = map[string]func(w *world, args []string){
	"signal": (*world).signal,
	"ack": func(w *world, args []string) {
		w.command(episode.Acknowledge{By: watchbill.UserID(args[0]), Via: args[1]})
	},
	"resolve": func(w *world, args []string) { w.command(episode.Resolve{By: watchbill.UserID(args[0]), Via: args[1]}) },
	"escalate": func(w *world, args []string) {
		w.command(episode.Escalate{By: watchbill.UserID(args[0]), Via: args[1]})
	},
	"advance": func(w *world, args []string) { w.advance(w.duration(args[0])) },
	"sleep": func(w *world, args []string) {
		w.now = w.now.Add(w.duration(args[0]))
		w.step(episode.Tick{UpSince: w.up})
	},
	"setback": func(w *world, args []string) {
		w.now = w.now.Add(-w.duration(args[0]))
		w.step(episode.Tick{UpSince: w.up})
	},
	"down": func(w *world, args []string) {
		w.now = w.now.Add(w.duration(args[0]))
		w.up = w.now
		w.step(episode.Tick{UpSince: w.up})
	},
	"deliver": (*world).deliverOne,
	"late":    (*world).deliverLate,
	"receipt": (*world).reported,
	"snooze": func(w *world, args []string) {
		w.command(episode.Snooze{Command: by(args), Until: w.now.Add(w.duration(args[1]))})
	},
	"decline": func(w *world, args []string) { w.command(episode.Decline(by(args))) },
	"reassign": func(w *world, args []string) {
		w.command(episode.Reassign{Command: by(args), Target: w.targets(args[1])[0]})
	},
	"summon": func(w *world, args []string) {
		w.command(episode.Summon{Command: by(args), User: watchbill.UserID(args[1])})
	},
	"dismiss": func(w *world, args []string) {
		w.command(episode.Dismiss{Command: by(args), User: watchbill.UserID(args[1])})
	},
	"comment": func(w *world, args []string) { w.command(episode.Comment{Command: by(args), Text: args[1]}) },
	"link": func(w *world, args []string) {
		w.command(episode.AddLink{Command: by(args), Link: alert.Link{Href: args[1]}})
	},
	"join":    func(w *world, args []string) { w.step(episode.Join{Parent: watchbill.AlertID(args[0]), Why: args[1]}) },
	"leave":   func(w *world, args []string) { w.command(episode.Leave(by(args))) },
	"member":  (*world).member,
	"inhibit": (*world).inhibit,
	"look":    func(w *world, _ []string) { w.step(episode.Look{}) },
	"restore": func(w *world, _ []string) { w.step(episode.Restore{}) },
	"confirm": func(w *world, args []string) { w.step(episode.Confirm{By: watchbill.UserID(args[0])}) },
}

func (w *world) addTeam(args []string) {
	team := catalog.Team{ID: watchbill.TeamID(args[0])}
	for _, m := range args[1:] {
		team.Members = append(team.Members, watchbill.UserID(m))
	}
	w.config.Catalog.Teams = append(w.config.Catalog.Teams, team)
}

// addSchedule reads "primary Europe/Berlin ada ben from=09:00 to=17:00": a weekly rotation since Monday, 5 January 2026,
// 09:00, in which "~" is nobody, on all days between these hours.
func (w *world) addSchedule(args []string) {
	l := schedule.Layer{ID: "week", Rotation: schedule.Rotation{Every: 1, Unit: calendar.Week}}
	require.NoError(w.t, l.Start.UnmarshalText([]byte("2026-01-05T09:00")))
	win := calendar.Window{Days: []calendar.Weekday{0, 1, 2, 3, 4, 5, 6}, To: calendar.NewTimeOfDay(24, 0)}
	for _, arg := range args[2:] {
		switch key, value, _ := strings.Cut(arg, "="); key {
		case "from":
			require.NoError(w.t, win.From.UnmarshalText([]byte(value)))
		case "to":
			require.NoError(w.t, win.To.UnmarshalText([]byte(value)))
			l.Coverage = []calendar.Window{win}
		default:
			l.Users = append(l.Users, watchbill.UserID(arg))
		}
	}
	spec := schedule.Spec{ID: watchbill.ScheduleID(args[0]), Timezone: args[1]}
	if len(l.Users) > 0 {
		spec.Layers = []schedule.Layer{l}
	}
	w.config.Schedules = append(without(w.config.Schedules, func(s schedule.Spec) bool { return s.ID == spec.ID }), spec)
}

// signal reads "severity=critical service=shop action=resolve summary=disk". If nothing is open, it asks the way an
// engine does whether the signal opens an alert.
func (w *world) signal(args []string) {
	s, in := alert.Signal{Source: "prom", Key: "disk", Severity: watchbill.SeverityCritical}, episode.Signal{ID: "01", Before: w.episode.Alert}
	for _, arg := range args {
		switch key, value, _ := strings.Cut(arg, "="); key {
		case "severity":
			require.NoError(w.t, s.Severity.UnmarshalText([]byte(value)))
		case "action":
			require.NoError(w.t, s.Action.UnmarshalText([]byte(value)))
		case "starts":
			s.StartsAt = w.time(value)
		case "summary":
			s.Summary = value
		case "service":
			s.Service = watchbill.ServiceID(value)
		case "policy":
			s.Policy = watchbill.PolicyID(value)
		case "user":
			s.User = watchbill.UserID(value)
		case "by":
			s.By = watchbill.UserID(value)
		case "sender":
			s.Sender = value
		case "ends":
			s.EndsAt = w.now.Add(w.duration(value))
		case "parent":
			in.Parent = watchbill.AlertID(value)
		case "suppress":
			in.Routed.Suppress, in.Routed.By = true, value
		}
	}
	decision := alert.Decide(w.episode.Alert, s)
	switch decision {
	case alert.Opens:
		w.episode, w.entries, w.outbox, w.sent = episode.Episode{}, nil, nil, map[notify.MessageID]bool{}
		in.Signal = s
		w.step(in)
	case alert.Applies:
		w.step(episode.Signal{Signal: s})
	default:
		w.say("the signal is ignored: %s", decision)
	}
}

// command gives a person's command, if it is permitted.
func (w *world) command(in episode.Input) {
	if err := episode.Permits(w.episode, in); err != nil {
		w.say("refused: %v", err)
		return
	}
	w.step(in)
}

// deliverOne reads "ok ada/hook", "fail all", "refuse ada/hook".
func (w *world) deliverOne(args []string) {
	verdicts := map[string]episode.Result{
		"ok": {}, "fail": {Verdict: episode.Retry, Error: "busy"}, "refuse": {Verdict: episode.Refused, Error: "no such address"},
		"limit": {Verdict: episode.Limited, Error: "16 in an hour"}}
	for _, o := range append([]episode.Outgoing(nil), w.outbox...) {
		if args[1] == "all" || args[1] == fmt.Sprintf("%s/%s", o.Key.User, w.contact(o.Key)) {
			w.deliver(o, verdicts[args[0]])
		}
	}
}

// deliverLate reports that the message of an attempt was accepted, whatever has become of it: "late ada 1" for the
// first attempt on the level.
func (w *world) deliverLate(args []string) {
	a := w.episode.Escalation.At
	a.Number = w.number(args[1])
	key := notify.Key{Alert: w.episode.Alert.ID, Attempt: a, User: watchbill.UserID(args[0])}
	w.deliver(episode.Outgoing{ID: key.ID(), Key: key}, episode.Result{})
}

// reported says what a provider reports of the latest message to a contact: "receipt ada/hook undelivered".
func (w *world) reported(args []string) {
	var latest notify.MessageID
	find := func(l notify.Ladder) {
		for i, r := range l.Rungs {
			if args[0] == fmt.Sprintf("%s/%s", l.User, r.Contact.ID) {
				latest = notify.Key{Alert: w.episode.Alert.ID, Attempt: r.Attempt, User: l.User, Rung: i}.ID()
			}
		}
	}
	for _, l := range w.episode.Ladders {
		find(l)
	}
	w.outbox = without(w.outbox, func(o episode.Outgoing) bool { return o.ID == latest }) // its provider has it, or had
	w.step(episode.Delivered{Message: latest, State: notify.DeliveryState(args[1]), Error: "the number is not in use"})
}

// member reads "02 joined warning", "02 joined warning held".
func (w *world) member(args []string) {
	in := episode.Member{ID: watchbill.AlertID(args[0]), Change: episode.MemberChange(args[1]), Held: len(args) > 3 && args[3] == "held"}
	if args[2] != "" {
		require.NoError(w.t, in.Alert.Severity.UnmarshalText([]byte(args[2])))
		in.Alert.Urgency = in.Alert.Severity.Urgency()
	} else {
		in.Alert.Urgency = watchbill.UrgencyLow
	}
	w.step(in)
}

// inhibit reads "02", the alert that inhibits from now on; nothing: none does.
func (w *world) inhibit(args []string) {
	w.inhibited = nil
	if args[0] != "" {
		w.inhibited = []mute.Held{{Reason: mute.ByInhibition, ID: "rule", By: args[0]}}
	}
	w.step(episode.Look{})
}

func by(args []string) episode.Command { return episode.Command{By: watchbill.UserID(args[0])} }

func (w *world) state() string {
	e := w.episode
	wake := "never"
	if at := e.WakeAt(); !at.IsZero() {
		wake = at.Format("15:04:05")
	}
	text := fmt.Sprintf("%s, %s, %s urgency, count %d, level %d, wakes %s",
		e.Alert.State, e.Escalation.Phase, e.Alert.Urgency, e.Alert.Count, e.Escalation.At.Level, wake)
	if !e.Reached() {
		text += ", NOBODY REACHED"
	}
	return text
}

// people says what everybody said.
func (w *world) people() string {
	e, text := w.episode, []string{}
	for _, r := range e.Responses {
		text = append(text, fmt.Sprintf("%s: %s", r.User, r.Said))
	}
	if e.IsGroup() {
		text = append(text, fmt.Sprintf("%d of %d members open", e.Members.Open, e.Members.Total))
	}
	return strings.Join(text, ", ")
}

func without[T any](list []T, drop func(T) bool) []T {
	var kept []T
	for _, v := range list {
		if !drop(v) {
			kept = append(kept, v)
		}
	}
	return kept
}

func (w *world) targets(list string) []escalation.Target {
	var targets []escalation.Target
	for _, text := range strings.Split(list, ",") {
		var target escalation.Target
		require.NoError(w.t, target.UnmarshalText([]byte(text)))
		targets = append(targets, target)
	}
	return targets
}

func (w *world) number(text string) int {
	n, err := strconv.Atoi(text)
	require.NoError(w.t, err)
	return n
}

func (w *world) duration(text string) time.Duration {
	d, err := time.ParseDuration(text)
	require.NoError(w.t, err)
	return d
}

func (w *world) time(text string) time.Time {
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(w.t, err)
	return at.UTC()
}
