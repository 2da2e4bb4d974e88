package config

import (
	"strings"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/mute"
)

func silence(o *object) mute.Silence {
	return mute.Silence{
		ID:       o.Text("id"),
		Matchers: matchers(o, "matchers"),
		Span:     timespan(o),
		By:       watchbill.UserID(o.Text("by")),
		Comment:  o.Paragraph("comment"),
	}
}

func maintenance(o *object) mute.Maintenance {
	return mute.Maintenance{
		ID:       o.Text("id"),
		Name:     o.Text("name"),
		Services: yamlfile.Texts[watchbill.ServiceID](o.Object, "services"),
		Sources:  yamlfile.Texts[watchbill.SourceID](o.Object, "sources"),
		Matchers: matchers(o, "matchers"),
		Span:     timespan(o),
		Mode:     yamlfile.Word[mute.Mode](o.Object, "mode", "hold", "debug", "collect"),
		By:       watchbill.UserID(o.Text("by")),
	}
}

func inhibition(o *object) mute.Inhibition {
	return mute.Inhibition{
		ID:     o.Text("id"),
		Source: matchers(o, "source"),
		Target: matchers(o, "target"),
		Equal:  yamlfile.Texts[string](o.Object, "equal"),
	}
}

// timespan reads the fields of a span, which stand beside those of what it is the time of.
func timespan(o *object) mute.Span {
	return mute.Span{
		Zone:    o.Timezone(o.zone),
		From:    yamlfile.Value[calendar.Moment](o.Object, "from"),
		To:      yamlfile.Value[calendar.Moment](o.Object, "to"),
		Windows: list(o, "windows", window),
	}
}

// matchers reads one matcher or a list of them.
func matchers(o *object, name string) (all mute.Matchers) {
	for _, n := range o.Spread(name, true) {
		var m mute.Matcher
		if o.Plain(n) {
			var err error
			if m, err = mute.ParseMatcher(n.Value); err != nil {
				o.Fail(n, "%s", strings.TrimPrefix(err.Error(), "mute: "))
			}
		}
		all = append(all, m)
	}
	return all
}
