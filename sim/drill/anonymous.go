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
		e.User = ""
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
	for _, a := range r.Alerts { // IDs tell the time
		names[string(a.ID)] = string(keyOf(a))
	}
	words := slices.SortedFunc(maps.Keys(names), func(a, b string) int { // the longest first: "Ada Okafor" before "Ada"
		return cmp.Or(len(b)-len(a), strings.Compare(a, b))
	})
	for i := range words {
		words[i] = regexp.QuoteMeta(words[i])
	}
	named := regexp.MustCompile(strings.Join(words, "|"))
	return func(text string) string {
		text = day.ReplaceAllString(mail.ReplaceAllString(text, "somebody"), "that day")
		var b strings.Builder
		end := 0
		for _, m := range named.FindAllStringIndex(text, -1) {
			before, _ := utf8.DecodeLastRuneInString(text[:m[0]])
			after, _ := utf8.DecodeRuneInString(text[m[1]:])
			if m[0] == m[1] || letter(before) || letter(after) {
				continue
			}
			b.WriteString(text[end:m[0]] + names[text[m[0]:m[1]]])
			end = m[1]
		}
		return b.String() + text[end:]
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
