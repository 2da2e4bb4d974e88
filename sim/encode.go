package sim

import (
	"encoding/json"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/timeline"
)

// MarshalJSON writes a history as {"seed","start","end","signals","crashes","duplicates","alerts":[...],"log":[...]}. These names
// stay. Times are RFC 3339 in UTC; what is not known, or never was, is left out.
//
// An alert has "name","key","source","service","summary","severity","urgency","state","held","opened_at","acknowledged_at" and
// "acknowledged_by" (of the first time), "reached_at","resolved_at","pages" (to persons, as [Measure] counts them), "rings" (see
// [Ring]: "from","to","acknowledged","acknowledged_by") and "sends" (see [Send]: "at","kind","user","contact","channel","run",
// "cycle","level","attempt","try","verdict","arrived_at","noticed_at").
//
// An event of the log has "at","kind" (see [Kind]),"engine" (from 1),"alert" (its name),"user","text" and, for an entry of a
// record, "entry": its kind. Those that only matter to machines have no text.
func (h *History) MarshalJSON() ([]byte, error) {
	out := historyJSON{Seed: h.Seed, Start: h.Start, End: h.End, Signals: h.Signals, Crashes: h.Crashes, Duplicates: h.Duplicates,
		Alerts: make([]alertJSON, len(h.Alerts)), Log: make([]eventJSON, len(h.Log))}
	for i, a := range h.Alerts {
		out.Alerts[i] = a.json()
	}
	for i, e := range h.Log {
		out.Log[i] = e.json()
	}
	return json.Marshal(out)
}

type historyJSON struct {
	Seed       uint64      `json:"seed"`
	Start      time.Time   `json:"start"`
	End        time.Time   `json:"end"`
	Signals    int         `json:"signals"`
	Crashes    int         `json:"crashes"`
	Duplicates int         `json:"duplicates"`
	Alerts     []alertJSON `json:"alerts"`
	Log        []eventJSON `json:"log"`
}

type alertJSON struct {
	Name           string              `json:"name"`
	Key            string              `json:"key"`
	Source         watchbill.SourceID  `json:"source,omitempty"`
	Service        watchbill.ServiceID `json:"service,omitempty"`
	Summary        string              `json:"summary"`
	Severity       watchbill.Severity  `json:"severity"`
	Urgency        watchbill.Urgency   `json:"urgency"`
	State          string              `json:"state"`
	Held           bool                `json:"held,omitempty"`
	OpenedAt       time.Time           `json:"opened_at"`
	AcknowledgedAt time.Time           `json:"acknowledged_at,omitzero"`
	AcknowledgedBy watchbill.UserID    `json:"acknowledged_by,omitempty"`
	ReachedAt      time.Time           `json:"reached_at,omitzero"`
	ResolvedAt     time.Time           `json:"resolved_at,omitzero"`
	Pages          int                 `json:"pages"`
	Rings          []ringJSON          `json:"rings"`
	Sends          []sendJSON          `json:"sends"`
}

type ringJSON struct {
	From           time.Time        `json:"from"`
	To             time.Time        `json:"to,omitzero"`
	Acknowledged   bool             `json:"acknowledged"`
	AcknowledgedBy watchbill.UserID `json:"acknowledged_by,omitempty"`
}

type sendJSON struct {
	At        time.Time        `json:"at"`
	Kind      string           `json:"kind"`
	User      watchbill.UserID `json:"user,omitempty"`
	Contact   notify.ContactID `json:"contact"`
	Channel   notify.Channel   `json:"channel"`
	Run       int              `json:"run"`
	Cycle     int              `json:"cycle"`
	Level     int              `json:"level"`
	Attempt   int              `json:"attempt"`
	Try       int              `json:"try"`
	Verdict   string           `json:"verdict"`
	ArrivedAt time.Time        `json:"arrived_at,omitzero"`
	NoticedAt time.Time        `json:"noticed_at,omitzero"`
}

type eventJSON struct {
	At     time.Time        `json:"at"`
	Kind   Kind             `json:"kind"`
	Engine int              `json:"engine,omitempty"`
	Alert  string           `json:"alert,omitempty"`
	User   watchbill.UserID `json:"user,omitempty"`
	Text   string           `json:"text,omitempty"`
	Entry  timeline.Kind    `json:"entry,omitempty"`
}

func (a *Alert) json() alertJSON {
	out := alertJSON{Name: a.Name, Key: string(a.Key), Source: a.Source, Service: a.Service, Summary: a.Summary, Severity: a.Severity,
		Urgency: a.Urgency, State: a.State.String(), Held: a.Held, OpenedAt: a.OpenedAt, AcknowledgedAt: a.AcknowledgedAt,
		AcknowledgedBy: a.AcknowledgedBy, ReachedAt: a.ReachedAt(), ResolvedAt: a.ResolvedAt, Pages: len(a.pages()),
		Rings: make([]ringJSON, len(a.Rings)), Sends: make([]sendJSON, len(a.Sends))}
	for i, r := range a.Rings {
		out.Rings[i] = ringJSON(r)
	}
	for i, s := range a.Sends {
		k := s.Key.Attempt
		out.Sends[i] = sendJSON{At: s.At, Kind: s.Key.Kind.String(), User: s.User, Contact: s.Contact, Channel: s.Channel, Run: k.Run,
			Cycle: k.Cycle, Level: k.Level, Attempt: k.Number, Try: s.Try, Verdict: s.Verdict.String(), ArrivedAt: s.ArrivedAt,
			NoticedAt: s.NoticedAt}
	}
	return out
}

func (e Event) json() eventJSON {
	out := eventJSON{At: e.At, Kind: e.Kind, Engine: e.Engine, User: e.User, Text: e.Words()}
	if e.Alert != nil {
		out.Alert = e.Alert.Name
	}
	if e.Entry != nil {
		out.Entry = e.Entry.Kind
		if out.Text == string(e.Entry.Kind) { // there are no words for it
			out.Text = ""
		}
	}
	return out
}
