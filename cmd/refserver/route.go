package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/intake"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/route"
	"github.com/watchbill/watchbill/rules/expr"
	"github.com/watchbill/watchbill/store/memory"
)

// errNotRead is route's own no.
var errNotRead = errors.New("not all of the body can be read")

// maxBody is how much of a body is read.
const maxBody = 4 << 20

// routeCommand says what becomes of the signals in a body, by an engine of its own that forgets everything.
func routeCommand(ctx context.Context, p *program) error {
	file := p.flags.String("config", "", "the configuration: a `file` or a folder")
	id := p.flags.String("source", "", "the `ID` of the source that the body is posted to")
	kind := p.flags.String("type", "", "read the body as a source of this `type` does; default: the source's own, or its mapping")
	content := p.flags.String("content", "",
		"the body's content `type`, such as application/x-www-form-urlencoded; default: JSON or XML")
	when := p.flags.String("at", "", "the `time` to ask about, as 2026-01-01T00:00 in UTC or with an offset; default: now")
	asJSON := p.flags.Bool("json", false, "print JSON")
	files, err := p.parseFiles()
	if err != nil {
		return err
	}
	if len(files) != 1 {
		return usagef("name one body: refserver route -config FILE -source ID BODYFILE, or - for standard input")
	}
	org, channels, err := loadSystem(p, *file)
	if err != nil {
		return err
	}
	now, err := at("at", *when, time.UTC)
	if err != nil {
		return err
	}
	src, ok := org.SourceByID(watchbill.SourceID(*id))
	if !ok {
		return usagef("-source: there is no source %q; there are %s", *id, sourceIDs(org))
	}
	d := &debugger{org: org, source: src, now: now}
	if err := d.begin(ctx, channels); err != nil {
		return err
	}
	got, err := d.read(files[0], *kind, *content)
	if err != nil {
		return err
	}
	answer := routed{Signals: d.all(ctx, got.Signals), Problems: got.Problems}
	if *asJSON {
		err = printJSON(p.stdout, answer)
	} else {
		answer.tell(p.stdout)
	}
	if err == nil && len(got.Problems) > 0 {
		return errNotRead
	}
	return err
}

func sourceIDs(org *oncall.Org) string {
	var ids []string
	for _, s := range org.Config().Catalog.Sources {
		ids = append(ids, string(s.ID))
	}
	return cmp.Or(strings.Join(ids, ", "), "none")
}

// debugger follows signals through the rules of a source.
type debugger struct {
	org    *oncall.Org
	source catalog.Source
	now    time.Time
	plan   *route.Plan
	engine *engine.Engine
}

// silent sends nothing.
type silent struct{}

func (silent) Notify(context.Context, notify.Message) (notify.Receipt, error) {
	return notify.Receipt{}, nil
}

// begin makes an engine that has the configuration, and neither alerts nor a way to send.
func (d *debugger) begin(ctx context.Context, channels []notify.Channel) (err error) {
	if d.plan, err = route.Compile(d.source.Handling, expr.Compile); err != nil {
		return usageError{err}
	}
	senders := map[notify.Channel]notify.Notifier{}
	for _, c := range channels {
		senders[c] = silent{}
	}
	if d.engine, err = engine.New(engine.Config{Store: memory.New(), Notifiers: senders, Compile: expr.Compile}); err != nil {
		return err
	}
	_, err = d.engine.Configure(ctx, d.now, d.org.Config())
	return err
}

// read reads the body as the server would.
func (d *debugger) read(name, kind, content string) (intake.Result, error) {
	in := io.Reader(os.Stdin)
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return intake.Result{}, usageError{err}
		}
		defer f.Close()
		in = f
	}
	body, err := io.ReadAll(io.LimitReader(in, maxBody+1))
	if err != nil {
		return intake.Result{}, usageError{err}
	}
	if len(body) > maxBody {
		return intake.Result{}, usagef("%s is larger than %d bytes", name, maxBody)
	}
	if m := d.plan.Mapper(); m != nil && kind == "" {
		v, wrong := intake.Foreign(content, body)
		if wrong != nil {
			return intake.Result{Problems: []intake.Problem{*wrong}}, nil
		}
		return intake.Mapped(d.source.ID, v, m), nil
	}
	kind = cmp.Or(kind, d.source.Type)
	decode := intake.For(kind)
	if decode == nil {
		return intake.Result{}, usagef("-type: bodies of type %q cannot be read; use one of %s",
			kind, strings.Join(intake.Types(), ", "))
	}
	return decode(d.source.ID, body), nil
}

// routed is what route -json prints.
type routed struct {
	Signals  []routedSignal   `json:"signals"`
	Problems []intake.Problem `json:"problems,omitempty"`
}

type routedSignal struct {
	Before   alert.Signal       `json:"before"`
	Signal   alert.Signal       `json:"signal"`
	Notes    []string           `json:"notes,omitempty"` // what the rules did
	Response string             `json:"response,omitempty"`
	Group    string             `json:"group,omitempty"`
	GroupKey string             `json:"group_key,omitempty"`
	Pause    watchbill.Duration `json:"pause,omitzero"`
	By       string             `json:"by,omitempty"`      // the rule that suppressed or dropped it
	Verdict  string             `json:"verdict"`           // opened, applied, dropped, ...
	Urgency  string             `json:"urgency,omitempty"` // of the alert
	Policy   watchbill.PolicyID `json:"policy,omitempty"`
	Held     []string           `json:"held,omitempty"`  // why it pages nobody for now
	Pages    []oncall.Person    `json:"pages,omitempty"` // now
}

// all follows signals in order: one sees the alerts that those before it opened.
func (d *debugger) all(ctx context.Context, signals []alert.Signal) []routedSignal {
	list := make([]routedSignal, 0, len(signals))
	for _, s := range signals {
		if s.Service == "" {
			s.Service = d.source.Service
		}
		list = append(list, d.follow(ctx, s))
	}
	return list
}

func (d *debugger) follow(ctx context.Context, before alert.Signal) routedSignal {
	s, r := d.plan.Apply(before, before.Service)
	out := routedSignal{Before: before, Signal: s, Notes: r.Notes, Response: r.Response, By: r.By,
		Pause: watchbill.Duration(r.Pause)}
	if r.Group != nil {
		out.Group = r.Group.String()
		if key, ok := route.GroupKey(*r.Group, s); ok {
			out.GroupKey = key
		}
	}
	verdict := d.engine.Accept(ctx, d.now, []alert.Signal{before})[0]
	if out.Verdict = verdict.String(); verdict.Err != nil {
		out.Verdict = verdict.Err.Error()
	}
	if e, err := d.engine.Lookup(ctx, verdict.Alert); verdict.Alert != "" && err == nil {
		d.outcome(&out, e)
	}
	return out
}

// outcome says what the alert is that the signal opened or changed.
func (d *debugger) outcome(out *routedSignal, e episode.Episode) {
	out.Urgency, out.Policy = e.Alert.Urgency.String(), e.Policy.ID
	for _, h := range e.Held {
		out.Held = append(out.Held, heldBy(h))
	}
	if e.Parent != "" {
		out.Held = append(out.Held, "it is a member of a group, whose first alert pages")
	}
	why := map[watchbill.UserID]string{}
	for _, l := range e.Policy.Levels {
		for _, person := range d.org.Resolve(l.Targets, d.now).People {
			why[person.User] = cmp.Or(why[person.User], person.Why)
		}
	}
	for _, u := range e.Paged {
		out.Pages = append(out.Pages, oncall.Person{User: u, Why: cmp.Or(why[u], "catch_all")})
	}
}

// heldBy names what holds an alert, and until when.
func heldBy(h mute.Held) string {
	text := strings.TrimSpace(string(h.Reason) + " " + h.ID)
	if !h.Until.IsZero() {
		text += " until " + stamp(h.Until)
	}
	return text
}

func (r routed) tell(w io.Writer) {
	for i, s := range r.Signals {
		if i > 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "signal %d of %d: %s %q\n", i+1, len(r.Signals), s.Signal.Action, s.Before.Summary)
		s.tell(w)
	}
	for _, p := range r.Problems {
		fmt.Fprintf(w, "problem: %s\n", strings.TrimPrefix(p.Error(), "intake: "))
	}
	if len(r.Signals)+len(r.Problems) == 0 {
		fmt.Fprintln(w, "there is no signal in the body")
	}
}

func (s routedSignal) tell(w io.Writer) {
	line := func(name, now, before string) {
		switch {
		case now == "" && before == "":
		case now == before:
			fmt.Fprintf(w, "  %-9s %s\n", name, now)
		default:
			fmt.Fprintf(w, "  %-9s %s (was %s)\n", name, now, cmp.Or(before, "none"))
		}
	}
	line("key", string(s.Signal.Key), string(s.Before.Key))
	line("summary", s.Signal.Summary, s.Before.Summary)
	line("severity", s.Signal.Severity.String(), s.Before.Severity.String())
	line("priority", s.Signal.Priority.String(), s.Before.Priority.String())
	line("service", string(s.Signal.Service), string(s.Before.Service))
	line("urgency", s.Urgency, s.Urgency)
	line("policy", string(s.Policy), string(s.Policy))
	line("response", s.Response, s.Response)
	line("group", s.Group, s.Group)
	if s.Pause > 0 {
		line("pause", time.Duration(s.Pause).String(), time.Duration(s.Pause).String())
	}
	for _, n := range append(s.Signal.Notes, s.Notes...) {
		fmt.Fprintf(w, "  - %s\n", n)
	}
	fmt.Fprintf(w, "  %s\n", s.end())
}

// end says in a line what becomes of the signal.
func (s routedSignal) end() string {
	switch {
	case s.Verdict == alert.Nothing.String():
		return fmt.Sprintf("%ss the open alert with this key, if there is one", s.Signal.Action)
	case s.Verdict == "dropped":
		return "dropped by rule " + s.By + ": no alert, nobody is paged"
	case len(s.Held) > 0:
		return s.Verdict + "; pages nobody for now: " + strings.Join(s.Held, "; ")
	case len(s.Pages) == 0:
		return s.Verdict + "; pages nobody"
	}
	var people []string
	for _, p := range s.Pages {
		people = append(people, fmt.Sprintf("%s (%s)", p.User, p.Why))
	}
	return s.Verdict + "; pages now: " + strings.Join(people, ", ")
}
