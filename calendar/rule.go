package calendar

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/teambition/rrule-go"
)

// Rule is a recurrence rule of RFC 5545 (RRULE), such as FREQ=WEEKLY;BYDAY=MO,TH, of the frequency DAILY or rarer. It
// has no start of its own: see [Rule.From]. Rules are comparable with ==, by their text. The zero value is "not given".
type Rule struct {
	text string // in capitals, and valid
}

// IsZero reports whether r is the zero value.
func (r Rule) IsZero() bool { return r.text == "" }

// String returns the rule as it was written, in capitals and without "RRULE:".
func (r Rule) String() string { return r.text }

// MarshalText returns the rule as String does.
func (r Rule) MarshalText() ([]byte, error) { return []byte(r.text), nil }

// UnmarshalText reads a rule, with or without "RRULE:" before it, in capitals or not. It refuses what RFC 5545 forbids,
// what is below a day (FREQ=HOURLY, BYHOUR and the like: the time of day comes from elsewhere), an UNTIL in UTC (times
// here have no zone; UNTIL=20261231 includes that whole day), and what no calendar needs: INTERVAL above 10,000, or more
// than 500 characters.
func (r *Rule) UnmarshalText(text []byte) error {
	rule := strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(string(text))), "RRULE:")
	if _, err := parseRule(rule); err != nil {
		return err
	}
	*r = Rule{rule}
	return nil
}

// The most that a rule may hold.
const (
	maxRuleText = 500
	maxInterval = 10_000
)

// parts is a rule taken apart. COUNT and UNTIL are kept out of option, since they are applied here.
type parts struct {
	option rrule.ROption
	count  int   // 0: no limit
	until  Civil // the last second at which the rule may still occur; zero: no limit
	steps  int   // what listing it took: see Lister
}

func parseRule(text string) (parts, error) {
	fail := func(err error) (parts, error) { return parts{}, fmt.Errorf("calendar: rule %.60q: %w", text, err) }
	switch {
	case text == "":
		return fail(errors.New("is empty; write a rule such as FREQ=WEEKLY;BYDAY=MO"))
	case len(text) > maxRuleText:
		return fail(fmt.Errorf("is longer than %d characters", maxRuleText))
	case strings.ContainsAny(text, "\r\n") || strings.Contains(text, "RRULE:"):
		return fail(errors.New("is more than one line; write a single rule, without DTSTART"))
	}
	var p parts
	var kept []string
	seen := map[string]bool{}
	for part := range strings.SplitSeq(text, ";") {
		key, value, _ := strings.Cut(part, "=")
		if seen[key] {
			return fail(fmt.Errorf("has %s twice", key))
		}
		seen[key] = true
		if err := p.part(key, value); err != nil {
			return fail(err)
		}
		if key != "COUNT" && key != "UNTIL" {
			kept = append(kept, part)
		}
	}
	if !seen["FREQ"] {
		return fail(errors.New("has no FREQ; begin it with FREQ=DAILY, WEEKLY, MONTHLY or YEARLY"))
	}
	option, err := rrule.StrToROption(strings.Join(kept, ";"))
	if err != nil {
		return fail(err)
	}
	p.option = *option
	if err := p.together(); err != nil {
		return fail(err)
	}
	return p, nil
}

// part checks one KEY=VALUE on its own, and keeps COUNT and UNTIL.
func (p *parts) part(key, value string) error {
	switch key {
	case "FREQ":
		switch value {
		case "DAILY", "WEEKLY", "MONTHLY", "YEARLY":
			return nil
		}
		return fmt.Errorf("FREQ is %.20q; write DAILY, WEEKLY, MONTHLY or YEARLY", value)
	case "INTERVAL":
		_, err := number(key, value, maxInterval)
		return err
	case "COUNT":
		n, err := number(key, value, 1_000_000)
		p.count = n
		return err
	case "UNTIL":
		return p.readUntil(value)
	case "BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYSETPOS", "WKST":
		return bounds(key, value)
	case "BYHOUR", "BYMINUTE", "BYSECOND":
		return fmt.Errorf("has %s; leave it out: the time of day comes from where the rule begins", key)
	case "DTSTART":
		return errors.New("has a DTSTART; leave it out: where the rule begins is said elsewhere")
	}
	return fmt.Errorf("does not know %.20q; parts are written KEY=VALUE with a semicolon between them", key)
}

func number(key, value string, most int) (int, error) {
	n, err := strconv.Atoi(value)
	if err != nil || n < 1 || n > most {
		return 0, fmt.Errorf("%s is %.20q; write a number from 1 to %d", key, value, most)
	}
	return n, nil
}

func (p *parts) readUntil(value string) error {
	if strings.HasSuffix(value, "Z") {
		return fmt.Errorf("UNTIL is %.20q, in UTC; write the local time, without Z", value)
	}
	for layout, last := range map[string]time.Duration{"20060102": day*time.Second - time.Second, "20060102T150405": 0} {
		t, err := time.Parse(layout, value)
		if err == nil && t.Format(layout) == value {
			p.until = CivilOf(t.Add(last))
			return nil
		}
	}
	return fmt.Errorf("UNTIL is %.20q; write a day such as 20261231, or a time such as 20261231T170000", value)
}

// bounds has the library check one part.
func bounds(key, value string) error {
	option, err := rrule.StrToROption("FREQ=YEARLY;" + key + "=" + value)
	if err == nil {
		option.Dtstart = time.Unix(0, 0).UTC() // else the library asks the clock
		_, err = rrule.NewRRule(*option)
	}
	if err != nil {
		return fmt.Errorf("%s is %.60q: %w", key, value, err)
	}
	for day := range strings.SplitSeq(value, ",") {
		count := strings.TrimRight(day, "MOTUWEHFRSA")
		if n, err := strconv.Atoi(count); key == "BYDAY" && err == nil && n == 0 {
			return fmt.Errorf("BYDAY has %.20q; weekdays are counted from 1, or from -1 at the end", day)
		}
	}
	if option.Wkst.N() != 0 {
		return fmt.Errorf("WKST is %.20q; write a day without a number", value)
	}
	return nil
}

// together checks what the parts mean to each other, as the table in section 3.3.10 of RFC 5545 has it.
func (p *parts) together() error {
	o := &p.option
	numbered := false
	for _, d := range o.Byweekday {
		numbered = numbered || d.N() != 0
	}
	yearly, monthly := o.Freq == rrule.YEARLY, o.Freq == rrule.MONTHLY
	switch {
	case p.count > 0 && !p.until.IsZero():
		return errors.New("has both COUNT and UNTIL; keep one of them")
	case numbered && !yearly && !monthly:
		return errors.New("counts the days of BYDAY, which goes with FREQ=MONTHLY or YEARLY only")
	case numbered && len(o.Byweekno) > 0:
		return errors.New("counts the days of BYDAY, which does not go with BYWEEKNO")
	case len(o.Byweekno) > 0 && !yearly:
		return errors.New("has BYWEEKNO, which goes with FREQ=YEARLY only")
	case len(o.Byweekno) > 0 && len(o.Byweekday) == 0:
		return errors.New("has BYWEEKNO without BYDAY; name the days of those weeks")
	case len(o.Byweekno) > 0 && len(o.Bysetpos) > 0:
		return errors.New("has BYSETPOS, which does not go with BYWEEKNO here; name the weeks and days themselves")
	case len(o.Byyearday) > 0 && !yearly:
		return errors.New("has BYYEARDAY, which goes with FREQ=YEARLY only")
	case len(o.Bymonthday) > 0 && o.Freq == rrule.WEEKLY:
		return errors.New("has BYMONTHDAY, which does not go with FREQ=WEEKLY")
	case len(o.Bysetpos) > 0 && len(o.Byweekday)+len(o.Bymonth)+len(o.Bymonthday)+len(o.Byyearday)+len(o.Byweekno) == 0:
		return errors.New("has BYSETPOS without another BY part to choose from")
	}
	return p.ordinals(numbered)
}

// ordinals bounds the numbers in BYDAY, beyond which the library panics, and writes a plain day beside numbered ones as
// all of them, since the library would take what both have in common.
func (p *parts) ordinals(numbered bool) error {
	most := 5
	if p.option.Freq == rrule.YEARLY && len(p.option.Bymonth) == 0 {
		most = 53
	}
	var all []rrule.Weekday
	for _, d := range p.option.Byweekday {
		if d.N() > most || d.N() < -most {
			return fmt.Errorf("BYDAY has %s; there are at most %d of a weekday", d.String(), most)
		}
		for n := 1; n <= most && numbered && d.N() == 0; n++ {
			all = append(all, d.Nth(n))
		}
		if !numbered || d.N() != 0 {
			all = append(all, d)
		}
	}
	p.option.Byweekday = all
	return nil
}
