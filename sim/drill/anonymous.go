package drill

import (
	"cmp"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/incident"
)

// Anonymous returns the drill without those who took part in the real one: in all texts people are called "person 1" and so
// on, customers "customer 1", addresses of mail are taken out, whoever was summoned is anybody, and what the drill is made of
// is not said, nor on which day. Whatever else a free text tells of somebody stays: read it before you pass it on.
func (d Drill) Anonymous(past Records) Drill {
	clean := past.cleaner()
	d.Title, d.From, d.Happened = clean(d.Title), "", time.Time{}
	d.Signals, d.Injects, d.Notes, d.Expect = slices.Clone(d.Signals), slices.Clone(d.Injects), slices.Clone(d.Notes), slices.Clone(d.Expect)
	for i := range d.Signals {
		s := &d.Signals[i].Signal
		s.Summary, s.Details, s.Links, s.User = clean(s.Summary), nil, nil, ""
		s.Key = alert.DedupKey(clean(string(s.Key)))
		s.Labels = slices.Clone(s.Labels)
		for k := range s.Labels {
			s.Labels[k].Value = clean(s.Labels[k].Value)
		}
	}
	for i := range d.Injects {
		d.Injects[i].Text = clean(d.Injects[i].Text)
	}
	for i := range d.Notes {
		d.Notes[i] = clean(d.Notes[i])
	}
	var kept []Expectation
	for _, e := range d.Expect {
		e.User, e.Alert = "", alert.DedupKey(clean(string(e.Alert)))
		if e.What != Summoned || !slices.ContainsFunc(kept, func(k Expectation) bool { return k.What == Summoned }) {
			kept = append(kept, e)
		}
	}
	d.Expect = kept
	return d
}

var (
	mail = regexp.MustCompile(`[\w.+-]+@[\w-]+(\.[\w-]+)+`)
	day  = regexp.MustCompile(`\b\d{4}-\d\d-\d\d\b`)
)

// cleaner returns what takes people and customers out of a text.
func (r Records) cleaner() func(string) string {
	names := map[string]string{}
	for i, id := range r.involved() {
		for _, name := range append([]string{string(id), r.Names[id]}, strings.Fields(r.Names[id])...) {
			if len(name) > 1 && names[name] == "" {
				names[name] = fmt.Sprintf("person %d", i+1)
			}
		}
	}
	customers := 0
	for _, i := range r.Incidents {
		for _, c := range i.Impact.Customers {
			if names[string(c)] == "" {
				customers++
				names[string(c)] = fmt.Sprintf("customer %d", customers)
			}
		}
	}
	people := replacer(names)
	for _, a := range r.Alerts { // IDs tell the time
		names[string(a.ID)] = people(string(keyOf(a)))
	}
	all := replacer(names)
	return func(text string) string {
		return all(day.ReplaceAllString(mail.ReplaceAllString(text, "somebody"), "that day"))
	}
}

// replacer puts other words in the place of some, the longest first: "Ada Okafor" before "Ada". Parts of longer words stay.
func replacer(names map[string]string) func(string) string {
	words := slices.SortedFunc(maps.Keys(names), func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return func(text string) string {
		var b strings.Builder
		before := utf8.RuneError
		for text != "" {
			i := slices.IndexFunc(words, func(w string) bool {
				after, _ := utf8.DecodeRuneInString(strings.TrimPrefix(text, w))
				return strings.HasPrefix(text, w) && !letter(after)
			})
			if i >= 0 && !letter(before) {
				b.WriteString(names[words[i]])
				before, _ = utf8.DecodeLastRuneInString(words[i])
				text = text[len(words[i]):]
				continue
			}
			r, size := utf8.DecodeRuneInString(text)
			b.WriteString(text[:size])
			before, text = r, text[size:]
		}
		return b.String()
	}
}

func letter(r rune) bool {
	return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}

// involved is everybody who did something, or was paged or asked, and then everybody else whose name is known.
func (r Records) involved() (all []watchbill.UserID) {
	add := func(id watchbill.UserID) {
		if id != "" && !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	for _, d := range r.deeds() {
		add(personOf(d.by))
		add(d.user)
	}
	for _, p := range r.people(nil) {
		add(p.User)
	}
	for _, i := range r.Incidents {
		for _, e := range i.Entries {
			add(personOf(e.Actor))
		}
		for _, role := range []incident.Role{incident.Commander, incident.Communications, incident.Scribe} {
			add(i.Holder(role))
		}
	}
	for _, id := range slices.Sorted(maps.Keys(r.Names)) {
		add(id)
	}
	return all
}
