package roster

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
)

// YAML returns what to put into the schedule in the configuration, under a comment that says how good it is.
func (p Proposal) YAML() []byte {
	var b strings.Builder
	for _, line := range p.Words() {
		fmt.Fprintf(&b, "# %s\n", line)
	}
	switch {
	case p.Temporary != nil:
		t := p.Temporary
		fmt.Fprintf(&b, "temporary:\n  - id: %s\n    from: %s\n    to: %s\n", t.ID, t.From, t.To)
		writeShifts(&b, t.Shifts)
	case p.Above != nil && len(p.Above.Layer.Shifts) > 0:
		p.Above.write(&b, p.Schedule, p.Layer)
	case len(p.Overrides) > 0:
		b.WriteString("overrides:\n")
		for _, o := range p.Overrides {
			field, user := "user", o.User
			if o.Add != "" {
				field, user = "add", o.Add
			}
			fmt.Fprintf(&b, "  - {id: %s, from: %s, to: %s, %s: %s", quoted(string(o.ID)), quoted(o.From.String()), quoted(o.To.String()),
				field, quoted(string(user)))
			if o.Replaces != "" {
				fmt.Fprintf(&b, ", replaces: %s", quoted(string(o.Replaces)))
			}
			fmt.Fprintf(&b, ", reason: %s}\n", quoted(o.Reason))
		}
	}
	return []byte(b.String())
}

// write tells where the layer belongs, and writes it as one more of the list.
func (a *Above) write(b *strings.Builder, id watchbill.ScheduleID, layer schedule.LayerID) {
	list := fmt.Sprintf("the layers of schedule %s", id)
	if !a.Version.IsZero() {
		list += fmt.Sprintf(", version effective_from %v", a.Version)
	}
	place := fmt.Sprintf("right after the layer %s", layer)
	if a.Over == "" {
		place = fmt.Sprintf("as the first; make the list if there is none, under sites, where %s is", layer)
	}
	fmt.Fprintf(b, "# put this into %s, %s; it hides %s where it has shifts, and nothing else\n", list, place, layer)
	fmt.Fprintf(b, "  - id: %s\n", quoted(string(a.Layer.ID)))
	if a.Layer.Timezone != "" {
		fmt.Fprintf(b, "    timezone: %s\n", a.Layer.Timezone)
	}
	writeShifts(b, a.Layer.Shifts)
}

func writeShifts(b *strings.Builder, shifts []schedule.Placed) {
	b.WriteString("    shifts:\n")
	for _, s := range shifts {
		fmt.Fprintf(b, "      - {from: %s, to: %s, users: [%s]}\n", quoted(s.From.String()), quoted(s.To.String()), join(s.Users))
	}
	if len(shifts) == 0 {
		b.WriteString("      []\n")
	}
}

// Words say in short lines how good the proposal is, and what it could not do.
func (p Proposal) Words() []string {
	lines := []string{fmt.Sprintf("%s, layer %s, %s to %s: %d slots", p.Schedule, p.Layer, p.From.Format("2006-01-02 15:04"),
		p.To.Format("2006-01-02 15:04 MST"), len(p.Slots))}
	lines = append(lines, p.Notes...)
	for _, s := range p.People {
		lines = append(lines, fmt.Sprintf("%s: turns %d, load %v, fair would be %v", s.User, s.Turns, minutes(s.Load), minutes(s.Fair)))
	}
	lines = append(lines, p.quality())
	if p.Temporary == nil && p.Above == nil && len(p.Changes) == 0 {
		lines = append(lines, "no swap makes it better: nothing to change")
	}
	for _, c := range p.Changes {
		lines = append(lines, fmt.Sprintf("%s: %s instead of %s: %s", c.Slot, orNobody(c.To), orNobody(c.From), c.Reason))
	}
	for _, s := range p.Split {
		lines = append(lines, fmt.Sprintf("%s: several people have a part of it; it stays as it is", s))
	}
	for _, u := range p.Unfilled {
		lines = append(lines, fmt.Sprintf("NOT FILLED: %s", u.Slot))
		for _, r := range u.Reasons {
			lines = append(lines, fmt.Sprintf("  %s %s", r.User, r.Reason))
		}
	}
	for _, w := range p.Unmet {
		lines = append(lines, w.String())
	}
	lines = append(lines, p.consequences()...)
	for i := range lines {
		lines[i] = strings.Map(func(r rune) rune { return max(r, ' ') }, lines[i])
	}
	return lines
}

// consequences say what the schedule does with the proposal in place that it does not say itself.
func (p Proposal) consequences() (lines []string) {
	for _, i := range p.Uncovered {
		lines = append(lines, fmt.Sprintf("NOT COVERED: %s to %s; without the proposal somebody is on call then", i.Start.Format(minute),
			i.End.Format("2006-01-02T15:04 MST")))
	}
	for _, o := range p.Otherwise {
		lines = append(lines, fmt.Sprintf("%s: %s on call from %s to %s, not %s: %s", o.Slot, areOn(o.Users), o.Start.Format(minute),
			o.End.Format(minute), orNobody(o.User), o.Why))
	}
	return lines
}

func areOn(users []watchbill.UserID) string {
	var list []string
	for _, u := range users {
		list = append(list, string(u))
	}
	if len(list) == 1 {
		return list[0] + " is"
	}
	return strings.Join(list, " and ") + " are"
}

func orNobody(u watchbill.UserID) string { return string(cmp.Or(u, "nobody")) }

func (p Proposal) quality() string {
	switch {
	case p.Proven:
		return fmt.Sprintf("cost %v; no roster is better", minutes(p.Cost))
	case len(p.Unfilled) > p.BoundUnfilled:
		return fmt.Sprintf("cost %v; up to %d more slots might be filled", minutes(p.Cost), len(p.Unfilled)-p.BoundUnfilled)
	}
	return fmt.Sprintf("cost %v; no roster is below %v: at most %v %% could be saved", minutes(p.Cost), minutes(p.Bound), p.Gap)
}

// minutes is for reading; JSON is exact.
func minutes(d watchbill.Duration) time.Duration { return time.Duration(d).Round(time.Minute) }

func join(users []watchbill.UserID) string {
	var list []string
	for _, u := range users {
		list = append(list, quoted(string(u)))
	}
	return strings.Join(list, ", ")
}

// quoted returns a text as YAML reads it back, plain where it can be.
func quoted(text string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.", r)
	}
	odd := strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) >= 0
	if odd || text == "" || strings.EqualFold(text, "null") || !plain(rune(text[0])) || strings.ContainsRune("-.", rune(text[0])) {
		return fmt.Sprintf("%q", text)
	}
	return text
}
