package route

import (
	"errors"
	"fmt"
	"strings"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
)

var errNoID = errors.New("route: it is not the ID of anything")

// assign sets one value, and returns how it is shown; empty where nothing was said.
func (r *run) assign(v result) (string, error) {
	text := strings.TrimSpace(alert.Line(v.text))
	if v.field == fieldKey {
		text = strings.ToValidUTF8(v.text, "\uFFFD") // not one line: its bytes count
	}
	if text == "" && v.field != fieldLabel {
		return "", nil
	}
	switch v.field {
	case fieldLabel:
		return r.label(v.label, text), nil
	case fieldKey:
		r.s.Key, _ = alert.KeyOf(text)
		r.env["key"] = string(r.s.Key)
		return string(r.s.Key), nil
	case fieldSummary:
		r.s.Summary, _ = alert.Cut(text, maxSummary)
		r.env["summary"] = r.s.Summary
		shown, _ := alert.Cut(r.s.Summary, 60)
		return fmt.Sprintf("%q", shown), nil
	case fieldService, fieldPolicy:
		return text, r.destination(v.field, text)
	}
	return text, r.degree(v.field, text)
}

func (r *run) label(name, text string) string {
	text, _ = alert.Cut(text, maxLabel)
	if r.labels == nil {
		r.labels = map[string]string{}
	}
	r.labels[name] = text
	r.env["labels"].(map[string]string)[name] = text
	shown, _ := alert.Cut(text, 40)
	return fmt.Sprintf("%q", shown)
}

// destination sets where the alert goes. Whether there is such a service or policy is for the configuration to know;
// where both are set, the policy pages, and the service is what the alert is about.
func (r *run) destination(f field, id string) error {
	if len(id) > maxID {
		return errNoID
	}
	if f == fieldPolicy {
		r.s.Policy = watchbill.PolicyID(id)
		r.env["policy"] = id
		return nil
	}
	r.s.Service = watchbill.ServiceID(id)
	r.env["service"] = id
	return nil
}

// degree sets how bad, how loud or how pressing it is.
func (r *run) degree(f field, text string) error {
	switch f {
	case fieldSeverity:
		var s watchbill.Severity
		if err := s.UnmarshalText([]byte(strings.ToLower(text))); err != nil {
			return err
		}
		r.s.Severity = s
		r.env["severity"] = s.String()
	case fieldUrgency:
		var u watchbill.Urgency
		if err := u.UnmarshalText([]byte(strings.ToLower(text))); err != nil {
			return err
		}
		if r.triggers {
			r.routed.Urgency = &u
		}
	case fieldPriority:
		var p alert.Priority
		if err := p.UnmarshalText([]byte(strings.ToUpper(text))); err != nil {
			return err
		}
		r.s.Priority = p
		r.env["priority"] = p.String()
	}
	return nil
}
