package mute

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/watchbill/watchbill/calendar"
)

// FieldError says which field is wrong and how to mend it. Path is as in the configuration file: "matchers[1]" of one
// silence, "silences[0].matchers[1]" of many; the fields of a [Span] stand beside the others.
type FieldError struct {
	Path   string
	Reason string
	Err    error // of package calendar or of the matcher, where there is one
}

// Error returns "mute: path: reason".
func (e *FieldError) Error() string { return "mute: " + e.Path + ": " + e.Reason }

// Unwrap returns Err.
func (e *FieldError) Unwrap() error { return e.Err }

// The bounds of lists and texts.
const (
	maxMatchers    = 100
	maxReferences  = 1000 // services, sources and labels to compare
	maxID          = 256  // bytes
	maxComment     = 10_000
	maxItems       = 10_000 // silences, maintenance windows: of the file, and again of those that people made
	maxInhibitions = 1000
)

// checker works things out and notes what is wrong with them.
type checker struct {
	path     string // with a dot at its end; empty: the top
	problems []error
	lister   *calendar.Lister
}

// alone checks one thing.
func alone(check func(*checker)) error {
	c := checker{lister: calendar.NewLister()}
	check(&c)
	return errors.Join(c.problems...)
}

func (c *checker) fail(field string, err error, format string, args ...any) {
	c.problems = append(c.problems, &FieldError{c.path + field, fmt.Sprintf(format, args...), err})
}

func (c *checker) tooMany(field string, n, most int) bool {
	if n > most {
		c.fail(field, nil, "are %d; give at most %d", n, most)
	}
	return n > most
}

func (c *checker) tooLong(field, text string, most int) {
	if len(text) > most {
		c.fail(field, nil, "is %d bytes long; write at most %d", len(text), most)
	}
}

func (c *checker) id(id string) {
	if id == "" {
		c.fail("id", nil, "is missing; every item of a list has an id")
	}
	c.tooLong("id", id, maxID)
}

// bare takes the name of the package off a message.
func bare(err error) string {
	return strings.TrimPrefix(strings.TrimPrefix(err.Error(), "mute: "), "calendar: ")
}

// matchers returns a copy that is compiled. Which of them may all be true of a subject that has nothing is for the
// caller to say.
func (c *checker) matchers(field string, list Matchers, emptyToo bool) Matchers {
	if c.tooMany(field, len(list), maxMatchers) {
		return nil
	}
	before := len(c.problems)
	made := make(Matchers, len(list))
	for i, m := range list {
		var err error
		if made[i], err = NewMatcher(m.Name, m.Op, m.Value); err != nil {
			c.fail(fmt.Sprintf("%s[%d]", field, i), err, "%s", bare(err))
		} else if p := made[i].pattern; p != nil && !c.lister.Spend(p.steps) {
			c.fail(fmt.Sprintf("%s[%d]", field, i), nil,
				"is one regular expression too many with those before; use fewer, or =")
		}
	}
	if len(c.problems) == before && len(list) > 0 && !emptyToo && made.matchesEmpty() {
		c.fail(field, nil, "match whatever has none of these labels; at least one matcher must ask for something, such as %s",
			`team="db"`)
	}
	return made
}

func (c *checker) silence(s Silence) rule {
	c.id(s.ID)
	c.tooLong("author", s.Author, maxID)
	c.tooLong("comment", s.Comment, maxComment)
	if len(s.Matchers) == 0 {
		c.fail("matchers", nil, `is missing; say what to silence, such as ['team="db"']`)
	}
	return rule{
		matchers: c.matchers("matchers", s.Matchers, false),
		only:     s.Source,
		times:    c.span(s.Span),
		held:     Held{Reason: BySilence, ID: s.ID},
	}
}

func (c *checker) maintenance(m Maintenance) rule {
	c.id(m.ID)
	c.tooLong("name", m.Name, maxID)
	if len(m.Services)+len(m.Sources)+len(m.Matchers) == 0 {
		c.fail("services", nil, "is missing; say what is worked on: services, sources or matchers")
	}
	if !c.tooMany("services", len(m.Services), maxReferences) && slices.Contains(m.Services, "") {
		c.fail("services", nil, "has an empty id; take it out")
	}
	if !c.tooMany("sources", len(m.Sources), maxReferences) && slices.Contains(m.Sources, "") {
		c.fail("sources", nil, "has an empty id; take it out")
	}
	if m.Mode != Hold && m.Mode != Debug && m.Mode != Collect {
		c.fail("mode", nil, "%q is unknown; use hold, debug or collect", m.Mode)
	}
	return rule{
		matchers: c.matchers("matchers", m.Matchers, false),
		services: m.Services,
		sources:  m.Sources,
		times:    c.span(m.Span),
		held:     Held{Reason: ByMaintenance, ID: m.ID, Never: m.Mode == Debug, Collect: m.Mode == Collect},
	}
}

// Validate returns every problem at once, each a [*FieldError], joined; nil if there is none.
func (s Silence) Validate() error { return alone(func(c *checker) { c.silence(s) }) }

// Validate returns every problem at once, each a [*FieldError], joined; nil if there is none. Whether services and
// sources exist is not known here.
func (m Maintenance) Validate() error { return alone(func(c *checker) { c.maintenance(m) }) }

// Validate returns every problem at once, each a [*FieldError], joined; nil if there is none.
func (i Inhibition) Validate() error { return alone(func(c *checker) { c.inhibition(i) }) }

// Validate returns every problem at once, each a [*FieldError], joined; nil if there is none.
func (s Span) Validate() error { return alone(func(c *checker) { c.span(s) }) }
