package intake

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
)

// Alertmanager reads the body of a Prometheus Alertmanager webhook, version 4. Each alert of the group is a signal:
//
//	key        fingerprint; without one, a hash of the labels
//	action     status: firing triggers, resolved resolves; anything else triggers, noted
//	summary    the annotation summary, else the first line of description or message, else alertname and instance
//	severity   the label severity
//	starts at  startsAt; one that cannot be read counts as not given, noted
//	labels     all of them
//	links      the annotations runbook_url and dashboard_url, generatorURL, externalURL
//	details    the annotations that are not in the signal already
//
// Since a sender is answered 200 and does not come back, hardly anything costs an alert: only one that is not an
// object, or that has neither fingerprint nor labels, is a problem.
func Alertmanager(source watchbill.SourceID, body []byte) Result {
	b := newBatch(source, body)
	if !b.valid() {
		return b.Result
	}
	var group amGroup
	err := json.Unmarshal(b.body, &group)
	if err != nil || group.Alerts == nil {
		b.refuse(Body, "alerts", "is missing; expected the body of an Alertmanager webhook: an object with a list of alerts "+
			"(a Prometheus server does not send here, but to a source of type prometheus)")
		return b.Result
	}
	if n, _ := strconv.ParseFloat(string(group.TruncatedAlerts), 64); n > 0 {
		b.notes = append(b.notes, fmt.Sprintf("Alertmanager left %.0f more alerts out of this message (max_alerts)", n))
	}
	for i, item := range b.items("alerts", group.Alerts) {
		b.alertmanager(i, item, string(group.ExternalURL))
	}
	return b.Result
}

type amGroup struct {
	Alerts          json.RawMessage `json:"alerts"`
	ExternalURL     text            `json:"externalURL"`
	TruncatedAlerts text            `json:"truncatedAlerts"`
}

type amAlert struct {
	Status       text            `json:"status"`
	Labels       map[string]text `json:"labels"`
	Annotations  map[string]text `json:"annotations"`
	StartsAt     text            `json:"startsAt"`
	EndsAt       text            `json:"endsAt"` // of a webhook it says no more than status
	GeneratorURL text            `json:"generatorURL"`
	Fingerprint  text            `json:"fingerprint"`
}

func (b *batch) alertmanager(index int, item json.RawMessage, externalURL string) {
	var a amAlert
	var mistyped *json.UnmarshalTypeError // of labels or annotations; the other fields are filled in all the same
	if err := json.Unmarshal(item, &a); errors.As(err, &mistyped) && mistyped.Field == "" {
		b.refuse(index, "", "expected an object, got %s", excerpt(item))
		return
	}
	if a.Fingerprint == "" && len(a.Labels) == 0 {
		b.refuse(index, "labels", "is empty, and so is fingerprint; one of them must say which alert this is")
		return
	}
	d := b.draft()
	d.mistyped(mistyped)
	d.Action = a.action(d)
	a.fill(d, externalURL)
	b.accept(d)
}

func (d *draft) mistyped(err *json.UnmarshalTypeError) {
	if err != nil {
		d.note("%s could not be read: expected an object, got %s", err.Field, err.Value)
	}
}

func (a amAlert) fill(d *draft, externalURL string) {
	d.key(a.key())
	d.summary(a.summary())
	d.severity(string(a.Labels["severity"]))
	if !d.startsAt(string(a.StartsAt)) {
		d.note("startsAt could not be read and counts as not given")
	}
	d.labels(a.Labels)
	d.links(
		alert.Link{Text: "Runbook", Href: string(a.Annotations["runbook_url"])},
		alert.Link{Text: "Dashboard", Href: string(a.Annotations["dashboard_url"])},
		alert.Link{Text: "Source", Href: string(a.GeneratorURL)},
		alert.Link{Text: "Alertmanager", Href: externalURL},
	)
	d.details(a.rest(d))
}

func (a amAlert) key() string {
	if a.Fingerprint != "" {
		return string(a.Fingerprint)
	}
	hash := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(a.Labels)) {
		fmt.Fprintf(hash, "%q=%q,", name, string(a.Labels[name]))
	}
	return fmt.Sprintf("labels:%x", hash.Sum(nil))
}

func (a amAlert) action(d *draft) alert.Action {
	switch strings.ToLower(string(a.Status)) {
	case "resolved":
		return alert.Resolve
	case "firing":
	default:
		d.note("the status is neither firing nor resolved; it counts as firing")
	}
	return alert.Trigger
}

func (a amAlert) summary() string {
	if s := oneLine(string(a.Annotations["summary"])); s != "" {
		return s
	}
	for _, name := range []string{"description", "message"} {
		first, _, _ := strings.Cut(strings.TrimSpace(string(a.Annotations[name])), "\n")
		if first = oneLine(first); first != "" {
			return first
		}
	}
	name, instance := oneLine(string(a.Labels["alertname"])), oneLine(string(a.Labels["instance"]))
	switch {
	case name == "":
		return "Alert " + a.key()
	case instance == "":
		return name
	}
	return name + " on " + instance
}

// rest returns the annotations that the summary and the links do not show in full.
func (a amAlert) rest(d *draft) json.RawMessage {
	shown := map[text]bool{text(d.Summary): true}
	for _, l := range d.Links {
		shown[text(l.Href)] = true
	}
	rest := maps.Clone(a.Annotations)
	for _, name := range []string{"summary", "description", "message", "runbook_url", "dashboard_url"} {
		if shown[rest[name]] {
			delete(rest, name)
		}
	}
	if len(rest) == 0 {
		return nil
	}
	raw, _ := json.Marshal(rest) // a map of strings always can be
	return raw
}
