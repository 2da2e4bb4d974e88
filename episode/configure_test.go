package episode_test

import (
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/route"
)

// addUser reads "ada hook sms@1m low=mail": contacts of that name, and rules that try them in this order.
func (w *world) addUser(args []string) {
	u := catalog.User{ID: watchbill.UserID(args[0]), Zone: "Europe/Berlin"}
	w.config.Catalog.Users = without(w.config.Catalog.Users, func(v catalog.User) bool { return v.ID == u.ID })
	add := func(id string) {
		u.Contacts = append(u.Contacts, notify.Contact{ID: notify.ContactID(id), Channel: notify.Channel(id), Address: string(u.ID) + "@" + id})
	}
	for _, arg := range args[1:] {
		if low, ok := strings.CutPrefix(arg, "low="); ok {
			add(low)
			u.Rules.Low = append(u.Rules.Low, notify.Rung{Contact: notify.ContactID(low)})
			continue
		}
		id, after, timed := strings.Cut(arg, "@")
		rung := notify.Rung{Contact: notify.ContactID(id)}
		if timed {
			rung.After = w.duration(after)
		}
		add(id)
		u.Rules.High = append(u.Rules.High, rung)
	}
	w.config.Catalog.Users = append(w.config.Catalog.Users, u)
}

// user returns somebody to be changed.
func (w *world) user(id string) *catalog.User {
	for i := range w.config.Catalog.Users {
		if string(w.config.Catalog.Users[i].ID) == id {
			return &w.config.Catalog.Users[i]
		}
	}
	w.t.Fatalf("there is no user %s", id)
	return nil
}

// setUpdates reads "ada acknowledged resolved=no contact=mail".
func (w *world) setUpdates(args []string) {
	u := w.user(args[0])
	for _, arg := range args[1:] {
		switch key, value, _ := strings.Cut(arg, "="); key {
		case "acknowledged":
			u.Updates.Acknowledged = true
		case "resolved":
			u.Updates.Resolved = new(bool)
		case "contact":
			u.Updates.Contact = notify.ContactID(value)
		}
	}
}

// setQuiet reads "ada 22:00 07:00", on all days, or "ada 2h", from now on.
func (w *world) setQuiet(args []string) {
	if len(args) == 2 {
		w.user(args[0]).Quiet.MuteUntil = w.now.Add(w.duration(args[1]))
		return
	}
	w.user(args[0]).Quiet.Windows = []calendar.Window{w.window(args[1], args[2])}
}

func (w *world) window(from, to string) calendar.Window {
	win := calendar.Window{Days: []calendar.Weekday{0, 1, 2, 3, 4, 5, 6}}
	require.NoError(w.t, win.From.UnmarshalText([]byte(from)))
	require.NoError(w.t, win.To.UnmarshalText([]byte(to)))
	return win
}

// addHours reads "office Europe/Berlin 09:00 17:00".
func (w *world) addHours(args []string) {
	h := catalog.Hours{ID: args[0], Zone: args[1], Coverage: []calendar.Window{w.window(args[2], args[3])}}
	w.config.Catalog.Hours = append(without(w.config.Catalog.Hours, func(v catalog.Hours) bool { return v.ID == h.ID }), h)
}

// addDestination reads "ops slack": a destination and its channel.
func (w *world) addDestination(args []string) {
	w.config.Catalog.Destinations = append(w.config.Catalog.Destinations,
		catalog.Destination{ID: args[0], Channel: notify.Channel(args[1]), Address: "https://chat.example.com/ops"})
}

// setSource reads "flapping=3/10m pause=1m": what is set of the only source.
func (w *world) setSource(args []string) {
	s := catalog.Source{ID: "prom", Type: "generic", Key: catalog.DigestOf("secret")}
	for _, arg := range args {
		switch key, value, _ := strings.Cut(arg, "="); key {
		case "flapping":
			n, within, _ := strings.Cut(value, "/")
			s.Handling.Flapping = route.Flapping{Changes: w.number(n), Within: w.duration(within)}
		case "pause":
			s.Handling.Pause = w.duration(value)
		}
	}
	w.config.Catalog.Sources = []catalog.Source{s}
}

// addSilence reads "s1 10m": of the service shop, from now on; "s1 0s" takes it away.
func (w *world) addSilence(args []string) {
	w.config.Made.Silences = without(w.config.Made.Silences, func(s mute.Silence) bool { return s.ID == args[0] })
	if d := w.duration(args[1]); d > 0 {
		m, err := mute.NewMatcher("service", mute.Equal, "shop")
		require.NoError(w.t, err)
		w.config.Made.Silences = append(w.config.Made.Silences, mute.Silence{ID: args[0], Matchers: mute.Matchers{m}, Span: w.span(d)})
	}
}

// addMaintenance reads "m1 10m debug": of the service shop, from now on.
func (w *world) addMaintenance(args []string) {
	m := mute.Maintenance{ID: args[0], Services: []watchbill.ServiceID{"shop"}, Span: w.span(w.duration(args[1]))}
	if len(args) > 2 {
		require.NoError(w.t, m.Mode.UnmarshalText([]byte(args[2])))
	}
	w.config.Made.Maintenance = append(w.config.Made.Maintenance, m)
}

func (w *world) span(d time.Duration) mute.Span {
	return mute.Span{From: calendar.InstantMoment(w.now), To: calendar.InstantMoment(w.now.Add(d))}
}

// wasWoken reads "ada 3": so often an hour ago.
func (w *world) wasWoken(args []string) {
	for range w.number(args[1]) {
		u := watchbill.UserID(args[0])
		w.woken[u] = append(w.woken[u], w.now.Add(-time.Hour))
	}
}

func (w *world) addPolicy(args []string) {
	p := escalation.Policy{ID: watchbill.PolicyID(args[0])}
	for _, arg := range args[1:] {
		switch key, value, _ := strings.Cut(arg, "="); key {
		case "cycles":
			p.Cycles = w.number(value)
		case "catch_all":
			p.CatchAll = w.targets(value)
		case "catch_all_every":
			p.CatchAllEvery = w.duration(value)
		case "ack_timeout":
			p.AckTimeout = w.duration(value)
		case "quiet":
			p.Quiet = true
		case "rest": // "2,user:cem"
			after, relief, _ := strings.Cut(value, ",")
			p.Rest = escalation.Rest{After: w.number(after), Relief: w.targets(relief)}
		}
	}
	w.config.Policies = append(without(w.config.Policies, func(q escalation.Policy) bool { return q.ID == p.ID }), p)
}

// addLevel adds a level to the policy named last.
func (w *world) addLevel(args []string) {
	l := escalation.Level{Targets: w.targets(args[0])}
	for _, arg := range args[1:] {
		switch key, value, _ := strings.Cut(arg, "="); key {
		case "timeout":
			l.Timeout = w.duration(value)
		case "every":
			l.Repeat.Every = w.duration(value)
		case "attempts":
			l.Repeat.Attempts = w.number(value)
		case "acks":
			l.Acks = w.number(value)
		case "round_robin":
			l.Mode = escalation.RoundRobin
		case "severity":
			var s watchbill.Severity
			require.NoError(w.t, s.UnmarshalText([]byte(value)))
			l.When.Severity = append(l.When.Severity, s)
		case "hours":
			l.When.Hours = value
		case "outside":
			l.When.Outside = value
		case "wait":
			l.When.Wait = true
		case "then":
			to, times, _ := strings.Cut(value, "x")
			l.Then = escalation.Jump{Level: w.number(to), Times: w.number(times)}
		}
	}
	p := &w.config.Policies[len(w.config.Policies)-1]
	p.Levels = append(p.Levels[:len(p.Levels):len(p.Levels)], l)
}

func (w *world) addService(args []string) {
	s := catalog.Service{ID: watchbill.ServiceID(args[0])}
	urgency := func(text string) *watchbill.Urgency {
		u := new(watchbill.Urgency)
		require.NoError(w.t, u.UnmarshalText([]byte(text)))
		return u
	}
	for _, arg := range args[1:] {
		switch key, value, _ := strings.Cut(arg, "="); key {
		case "policy":
			s.Policy = watchbill.PolicyID(value)
		case "auto_resolve":
			s.AutoResolve = w.duration(value)
		case "urgency":
			s.Urgency = urgency(value)
		case "pause":
			s.Pause = w.duration(value)
		case "support":
			s.Support.Hours = value
		case "during":
			s.Support.During = urgency(value)
		case "outside":
			s.Support.Outside = urgency(value)
		case "raise":
			s.Support.Raise = true
		}
	}
	w.config.Catalog.Services = append(without(w.config.Catalog.Services, func(v catalog.Service) bool { return v.ID == s.ID }), s)
}
