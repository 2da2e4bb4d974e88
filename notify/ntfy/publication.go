package ntfy

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/words"
)

// publication is the body of a request, as https://docs.ntfy.sh/publish/#publish-as-json has it.
type publication struct {
	Topic      string   `json:"topic"`
	Title      string   `json:"title,omitempty"`
	Message    string   `json:"message,omitempty"` // over 4,096 bytes it would become an attachment
	Priority   int      `json:"priority"`          // from 1, lowest, to 5
	Tags       []string `json:"tags,omitempty"`    // the apps show those they know as emojis
	Click      string   `json:"click,omitempty"`   // what a tap on the notification opens
	Actions    []button `json:"actions,omitempty"` // at most three
	SequenceID string   `json:"sequence_id"`
}

// button is an action of kind http.
type button struct {
	Action  string            `json:"action"`
	Label   string            `json:"label"`
	URL     string            `json:"url"`
	Method  string            `json:"method"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
	Clear   bool              `json:"clear"` // the notification goes away once the answer was 2xx
}

func (n *Notifier) publication(topic string, m notify.Message) publication {
	p := publication{
		Topic: topic, Title: n.words.Text(words.PushTitle, m), Message: n.words.Text(words.PushText, m),
		Priority: priority(m), Tags: []string{tag(m)}, Click: m.AckURL, SequenceID: sequence(m.ID),
	}
	if m.Kind == notify.KindPage && m.AckURL != "" {
		for _, a := range []notify.Action{notify.ActionAcknowledge, notify.ActionEscalate, notify.ActionResolve} {
			p.Actions = append(p.Actions, press(a, m))
		}
	}
	return p
}

// press returns the button that does on the phone what the one of the same name on the page does. It sets no header that
// a browser asks permission for, because ntfy's web app is one.
func press(a notify.Action, m notify.Message) button {
	return button{
		Action: "http", Label: words.Label(m.Locale, a), URL: m.AckURL, Method: "POST", Clear: true,
		Headers: map[string]string{"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"},
		Body:    url.Values{"action": {string(a)}}.Encode(),
	}
}

func priority(m notify.Message) int {
	switch {
	case m.Kind == notify.KindResolved:
		return 2
	case m.Critical:
		return 5
	case m.Urgency == watchbill.UrgencyHigh && m.Kind != notify.KindUpdate:
		return 4
	}
	return 3
}

func tag(m notify.Message) string {
	switch m.Kind {
	case notify.KindUpdate:
		return "speech_balloon"
	case notify.KindResolved:
		return "white_check_mark"
	case notify.KindSummary:
		return "clipboard"
	}
	if m.Urgency == watchbill.UrgencyHigh {
		return "rotating_light"
	}
	return "warning"
}

// sequence makes a name of the form that the server demands out of a message's ID.
func sequence(id notify.MessageID) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:16])
}
