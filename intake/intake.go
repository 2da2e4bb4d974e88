// Package intake reads what other systems send and makes signals of it. There is one [Decoder] for each wire format;
// [For] finds it by the name that a source's type has in the configuration. Decoders are pure: no clock, no network.
//
// # What a decoder promises
//
// A decoder never refuses a field that it does not know, because senders add fields without a new version. One bad
// item does not spoil a batch: [Result] has a signal for each good item and a [Problem] for each bad one. What had to
// be guessed, cut or left out is said in the signal's notes, which the alert's timeline shows.
//
// Every signal keeps the bounds of this package ([MaxSummary] and the other constants): text is valid UTF-8, free of
// control characters and of marks that override the direction of text, and a summary or label is one line. Details
// are in the form in which encoding/json keeps them, so that a repeat equals what is stored. Times are stamped by
// [watchbill.Stamp].
//
// # Severities
//
// All decoders so far read severities alike, in any case:
//
//	critical  critical, page, fatal, emergency
//	error     error, high, major
//	warning   warning, warn, minor
//	info      info, informational, low, none
//
// A missing or unknown one is left unset, which counts as error, and is noted.
package intake

import (
	"fmt"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
)

// Decoder makes signals of a source from one request body. It does not keep the body.
type Decoder func(source watchbill.SourceID, body []byte) Result

// Result is what a body holds. Both lists may have items; a body that is not even JSON is a single problem.
type Result struct {
	Signals  []alert.Signal
	Problems []Problem
}

// Body is the Index of a [Problem] with the body as a whole.
const Body = -1

// Problem says why an item of a batch is not among the signals.
type Problem struct {
	Index  int    `json:"index"`           // of the item, from 0; or Body
	Field  string `json:"field,omitempty"` // as the sender calls it; empty: the item as a whole
	Reason string `json:"reason"`
}

// Error returns "intake: item 3: field: reason".
func (p Problem) Error() string {
	where := "body"
	if p.Index != Body {
		where = fmt.Sprintf("item %d", p.Index)
	}
	if p.Field != "" {
		where += ": " + p.Field
	}
	return "intake: " + where + ": " + p.Reason
}

// For returns the decoder for a source type, or nil where none is built yet.
func For(sourceType string) Decoder {
	switch sourceType {
	case "alertmanager":
		return Alertmanager
	case "generic":
		return Generic
	case "prometheus":
		return Prometheus
	}
	return nil
}

// Types returns every source type that a configuration may name, built or not.
func Types() []string {
	return []string{
		"alertmanager", "prometheus", "pagerduty", "ilert", "opsgenie", "grafana", "goalert", "victorops",
		"cloudevents", "sns", "sentry", "datadog", "uptimekuma", "email", "generic",
	}
}
