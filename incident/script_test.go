package incident_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/internal/script"
	"github.com/watchbill/watchbill/timeline"
)

func TestScenarios(t *testing.T) {
	script.Run(t, "testdata/*.txt", func(t *testing.T) script.Command { return newWorld(t).do })
}

// do carries out one command of a scenario.
func (w *world) do(name string, args []string) string {
	switch name {
	case "advance", "setback":
		d, err := time.ParseDuration(args[0])
		require.NoError(w.t, err)
		if name == "setback" {
			d = -d
		}
		w.now = w.now.Add(d)
		return ""
	case "state":
		return w.state()
	case "public":
		return w.public()
	case "figures":
		return w.figures(args)
	}
	return w.apply(w.command(name, w.parse(args)))
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
			o.text = strings.Join(args[k:], " ")
			break
		}
		o.all[key] = value
	}
	return o
}

func (o options) by() timeline.By {
	by := timeline.By{Via: o.all["via"]}
	if user := o.all["by"]; user != "" {
		by.Actor = timeline.User(user)
	}
	return by
}

func (o options) enum(key string, v interface{ UnmarshalText([]byte) error }) {
	if text, ok := o.all[key]; ok {
		require.NoError(o.t, v.UnmarshalText([]byte(text)))
	}
}

// at reads a time of the day, or a day and a time: "2026-01-04T23:50".
func (o options) at(key string) time.Time {
	text, ok := o.all[key]
	if !ok {
		return time.Time{}
	}
	if t, err := time.Parse("2006-01-02T15:04", text); err == nil {
		return t
	}
	t, err := time.Parse("15:04", text)
	require.NoError(o.t, err)
	return time.Date(2026, 1, 5, t.Hour(), t.Minute(), 0, 0, time.UTC)
}

// services reads "shop:major_outage,web".
func (o options) services() []incident.Affected {
	var all []incident.Affected
	for _, text := range split[string](o.all["services"]) {
		service, effect, ok := strings.Cut(text, ":")
		a := incident.Affected{Service: watchbill.ServiceID(service)}
		if ok {
			require.NoError(o.t, a.Effect.UnmarshalText([]byte(effect)))
		}
		all = append(all, a)
	}
	return all
}

func split[T ~string](list string) []T {
	var all []T
	for _, text := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' }) {
		all = append(all, T(text))
	}
	return all
}

func (o options) links() []alert.Link {
	var all []alert.Link
	for _, href := range split[string](o.all["links"]) {
		all = append(all, alert.Link{Text: "graph", Href: href})
	}
	return all
}

func (w *world) command(name string, o options) incident.Command {
	user := watchbill.UserID(o.all["user"])
	switch name {
	case "declare":
		c := incident.Declare{By: o.by(), ID: "i1", Title: o.text, StartedAt: o.at("started"), DetectedAt: o.at("detected"),
			Services: o.services(), Customers: split[watchbill.CustomerID](o.all["customers"]),
			Alerts: split[watchbill.AlertID](o.all["alerts"]), Links: o.links()}
		o.enum("severity", &c.Severity)
		return c
	case "status":
		c := incident.SetStatus{By: o.by(), Note: o.text, EndedAt: o.at("ended")}
		o.enum("to", &c.Status)
		return c
	case "reopen":
		return incident.Reopen{By: o.by(), Reason: o.text}
	case "edit":
		return o.edit()
	case "assign":
		c := incident.Assign{By: o.by(), User: user, Note: o.text}
		o.enum("role", &c.Role)
		return c
	case "impact":
		return o.impact()
	case "attach":
		return incident.Attach{By: o.by(), Alert: watchbill.AlertID(o.text), OpenedAt: o.at("opened"),
			Service: watchbill.ServiceID(o.all["service"]), Links: o.links()}
	case "detach":
		return incident.Detach{By: o.by(), Alert: watchbill.AlertID(o.text)}
	case "task":
		return incident.AddTask{By: o.by(), Title: o.text, Owner: user, DueAt: o.at("due")}
	case "done":
		return incident.FinishTask{By: o.by(), Task: o.text}
	case "comment":
		return incident.Comment{By: o.by(), Text: o.text}
	case "decide":
		return incident.Decide{By: o.by(), Text: o.text}
	case "publish":
		c := incident.Publish{By: o.by(), Title: strings.ReplaceAll(o.all["title"], "_", " "), Text: o.text,
			ExpectedAt: o.at("expected"), Pages: split[watchbill.PageID](o.all["pages"])}
		o.enum("status", &c.Status)
		return c
	}
	w.t.Fatalf("no command is called %q", name)
	return nil
}

func (o options) edit() incident.Edit {
	c := incident.Edit{By: o.by(), DetectedAt: o.at("detected")}
	if o.text != "" {
		c.Title = &o.text
	}
	if o.all["severity"] != "" {
		c.Severity = new(watchbill.Severity)
		o.enum("severity", c.Severity)
	}
	return c
}

func (o options) impact() incident.SetImpact {
	c := incident.SetImpact{By: o.by(), StartedAt: o.at("started"), Services: o.services()}
	if text, ok := o.all["customers"]; ok {
		customers := split[watchbill.CustomerID](text)
		c.Customers = &customers
	}
	if text, ok := o.all["reported"]; ok {
		n, err := strconv.Atoi(text)
		require.NoError(o.t, err)
		c.Reported = &n
	}
	if o.text != "" {
		c.Metric = &o.text
	}
	return c
}

func (w *world) state() string {
	i, out := w.i, &strings.Builder{}
	fmt.Fprintf(out, "%s, severity %s: %s\n", i.Status, i.Severity, i.Title)
	for _, a := range i.Roles {
		fmt.Fprintf(out, "  %s: %s since %s\n", a.Role, a.User, clock(a.Since))
	}
	fmt.Fprintf(out, "  impact from %s to %s\n", clock(i.Impact.StartedAt), clock(i.EndedAt()))
	for _, s := range i.Impact.Spans {
		fmt.Fprintf(out, "  %s to %s %s: %s\n", clock(s.From), clock(s.To), s.Service, s.Effect)
	}
	list(out, "services", i.Impact.ServiceIDs())
	list(out, "customers", i.Impact.Customers)
	list(out, "alerts", i.Alerts)
	for _, task := range i.Tasks {
		fmt.Fprintf(out, "  task %s: %s (%s), done %s\n", task.ID, task.Title, task.Owner, clock(task.DoneAt))
	}
	return out.String()
}

func list[T ~string](out *strings.Builder, name string, all []T) {
	if len(all) > 0 {
		fmt.Fprintf(out, "  %s: %s\n", name, strings.Trim(fmt.Sprint(all), "[]"))
	}
}

func (w *world) public() string {
	out := &strings.Builder{}
	for _, u := range w.i.Updates {
		fmt.Fprintf(out, "%s %s, %s: %s", u.At.Format("15:04:05"), u.Title, u.Status, u.Text)
		if !u.ExpectedAt.IsZero() {
			fmt.Fprintf(out, " (until %s)", clock(u.ExpectedAt))
		}
		out.WriteString("\n")
	}
	return out.String()
}

// figures answers with the times, given when alerts were acknowledged.
func (w *world) figures(acknowledged []string) string {
	var acks []time.Time
	for _, text := range acknowledged {
		acks = append(acks, options{world: w, all: map[string]string{"at": text}}.at("at"))
	}
	f := w.i.Figures(acks...)
	d := func(d watchbill.Duration) time.Duration { return time.Duration(d) }
	return fmt.Sprintf("started %s, detected after %s, acknowledged %s after %s, resolved after %s, visible for %s",
		clock(f.StartedAt), d(f.ToDetect), clock(f.AcknowledgedAt), d(f.ToAcknowledge), d(f.ToResolve), d(f.Visible))
}

func clock(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.Format("15:04:05")
}
