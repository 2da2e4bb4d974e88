package config

import (
	"strings"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/mute"
)

func silence(o *object) mute.Silence {
	return mute.Silence{
		ID:       o.text("id"),
		Matchers: matchers(o, "matchers"),
		Span:     timespan(o),
		By:       watchbill.UserID(o.text("by")),
		Comment:  o.paragraph("comment"),
	}
}

func maintenance(o *object) mute.Maintenance {
	return mute.Maintenance{
		ID:       o.text("id"),
		Name:     o.text("name"),
		Services: texts[watchbill.ServiceID](o, "services"),
		Sources:  texts[watchbill.SourceID](o, "sources"),
		Matchers: matchers(o, "matchers"),
		Span:     timespan(o),
		Mode:     word[mute.Mode](o, "mode", "hold", "debug", "collect"),
		By:       watchbill.UserID(o.text("by")),
	}
}

func inhibition(o *object) mute.Inhibition {
	return mute.Inhibition{
		ID:     o.text("id"),
		Source: matchers(o, "source"),
		Target: matchers(o, "target"),
		Equal:  texts[string](o, "equal"),
	}
}

// timespan reads the fields of a span, which stand beside those of what it is the time of.
func timespan(o *object) mute.Span {
	return mute.Span{
		Zone:    o.timezone(o.zone),
		From:    parse[calendar.Moment](o, "from"),
		To:      parse[calendar.Moment](o, "to"),
		Windows: list(o, "windows", window),
	}
}

// matchers reads one matcher or a list of them.
func matchers(o *object, name string) (all mute.Matchers) {
	for _, n := range o.spread(name, true) {
		var m mute.Matcher
		if o.plain(n) {
			var err error
			if m, err = mute.ParseMatcher(n.Value); err != nil {
				o.fail(n, "%s", strings.TrimPrefix(err.Error(), "mute: "))
			}
		}
		all = append(all, m)
	}
	return all
}
