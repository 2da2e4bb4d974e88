package intake

import (
	"encoding/json"
	"net/url"
	"strings"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
)

// Questions are what the form for people asks beside the summary, by the name of the field: who, what, when, where, why. The
// answers become the alert's details.
func Questions() [][2]string {
	return [][2]string{
		{"who", "Who is affected?"}, {"what", "What happens, and what should?"}, {"when", "Since when?"},
		{"where", "Where do you see it?"}, {"why", "What has changed, as far as you know?"},
	}
}

// Form reads what a person filled in: summary, severity, reporter, contact, and the answers to [Questions]. Every form opens an
// alert of its own. Only a missing summary is a problem.
func Form(source watchbill.SourceID, fields url.Values) Result {
	b := newBatch(source, nil)
	d := b.draft()
	d.summary(strings.ToValidUTF8(fields.Get("summary"), "\uFFFD"))
	if d.Summary == "" {
		b.refuse(0, "summary", "is missing; say in one line what is wrong")
		return b.Result
	}
	d.severity(orError(fields.Get("severity")))
	answers := map[string]text{}
	for _, q := range Questions() {
		if answer := strings.TrimSpace(fields.Get(q[0])); answer != "" {
			answers[q[0]] = text(strings.ToValidUTF8(answer, "\uFFFD"))
		}
	}
	if len(answers) > 0 {
		raw, _ := json.Marshal(answers) // a map of strings always can be
		d.details(raw)
	}
	d.reporter(fields.Get("reporter"), fields.Get("contact"))
	b.accept(d)
	return b.Result
}

// Chat reads what a slash command, or an outgoing webhook, of a chat posts, as Slack, Mattermost and Rocket.Chat do: text,
// user_name, channel_name. The text may begin with a severity: "critical checkout is down". Every message opens an alert of its
// own. A text without a summary is a problem, whose reason says how to write one.
func Chat(source watchbill.SourceID, fields url.Values) Result {
	b := newBatch(source, nil)
	d := b.draft()
	said := strings.ToValidUTF8(fields.Get("text"), "\uFFFD")
	if word := fields.Get("trigger_word"); word != "" {
		said = strings.TrimPrefix(strings.TrimSpace(said), word)
	}
	first, rest, _ := strings.Cut(strings.TrimSpace(said), " ")
	severity := strings.TrimSuffix(strings.ToLower(first), ":")
	if _, ok := severityOf(severity); !ok {
		severity, rest = "error", said
	}
	if d.summary(rest); d.Summary == "" || strings.EqualFold(d.Summary, "help") {
		b.refuse(0, "text", "say what is wrong, as in: critical checkout is down (critical, error, warning or info; error if you name none)")
		return b.Result
	}
	d.severity(severity)
	d.reporter(fields.Get("user_name"), "")
	if channel := fields.Get("channel_name"); channel != "" {
		d.label("channel", channel)
	}
	b.accept(d)
	return b.Result
}

func orError(severity string) string {
	if severity == "" {
		return "error"
	}
	return severity
}

// reporter notes who reported.
func (d *draft) reporter(name, contact string) {
	d.label("reporter", name)
	d.label("reporter_contact", contact)
}

// label adds a label, if it has a value.
func (d *draft) label(name, value string) {
	value, _ = cut(oneLine(strings.ToValidUTF8(value, "\uFFFD")), MaxLabelValue)
	if value == "" || len(d.Labels) >= MaxLabels {
		return
	}
	d.Labels = append(d.Labels, alert.Label{Name: name, Value: value})
	sortLabels(d.Labels)
}
