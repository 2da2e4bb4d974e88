package twilio

import (
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
)

// maxBody bounds a request, in bytes.
const maxBody = 64 << 10

// Handler takes in what the provider of these accounts posts, at /status, /gather and /sms, and hands it to desk. A request
// that no account's token has signed is answered 403. A nil log discards.
func Handler(desk notify.Desk, log *slog.Logger, accounts ...*Account) http.Handler {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	h := &handler{desk: desk, log: log, accounts: accounts}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /status", h.verified(h.status))
	mux.HandleFunc("POST /gather", h.verified(h.gather))
	mux.HandleFunc("POST /sms", h.verified(h.sms))
	return mux
}

type handler struct {
	desk     notify.Desk
	log      *slog.Logger
	accounts []*Account
	hints    hints
}

// verified lets through what one of the accounts has signed.
func (h *handler) verified(do func(http.ResponseWriter, *http.Request, *Account)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/x-www-form-urlencoded" {
			http.Error(w, "the body must be a form", http.StatusUnsupportedMediaType)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if err := r.ParseForm(); err != nil {
			http.Error(w, "the form cannot be read, or is too long", http.StatusBadRequest)
			return
		}
		for _, a := range h.accounts {
			if a.signed(r.URL.EscapedPath(), r.URL.RawQuery, r.PostForm, signatureOf(r)) {
				do(w, r, a)
				return
			}
		}
		h.log.Warn("twilio: a callback without the provider's signature was refused; is public_url the address that it is sent to?",
			"path", r.URL.Path)
		http.Error(w, "the signature is missing or wrong", http.StatusForbidden)
	}
}

// status takes in what became of a message or a call.
func (h *handler) status(w http.ResponseWriter, r *http.Request, _ *Account) {
	query := r.URL.Query()
	d := notify.Delivered{Alert: watchbill.AlertID(query.Get("alert")), Message: notify.MessageID(query.Get("message"))}
	d.State, d.Error = stateOf(r.PostForm)
	if d.State != "" && d.Message != "" {
		if err := h.desk.Delivered(r.Context(), d); err != nil {
			h.log.Error("twilio: a receipt could not be recorded", "message", d.Message, "state", d.State, "error", err)
			http.Error(w, "could not be recorded", http.StatusServiceUnavailable)
			return
		}
	}
	w.WriteHeader(http.StatusNoContent)
}

// stateOf returns how far a message or a call got; nothing while that is open, and nothing of a call that was picked up:
// a voicemail may have done that.
func stateOf(form url.Values) (notify.DeliveryState, string) {
	status := either(form.Get("MessageStatus"), form.Get("CallStatus"))
	switch status {
	case "delivered":
		return notify.ReachedDevice, ""
	case "read":
		return notify.Read, ""
	case "undelivered", "failed", "canceled", "busy", "no-answer":
		reason := "twilio: " + status
		if code := shortened(form.Get("ErrorCode"), 8); code != "" {
			reason += " (error " + code + ")"
		}
		return notify.Undelivered, reason
	}
	return "", ""
}

// gather takes in a key that was pressed during a call, or that none was.
func (h *handler) gather(w http.ResponseWriter, r *http.Request, a *Account) {
	t := talkOf(r.URL.Query())
	p, key := phrasesOf(t.Locale), r.PostForm.Get("Digits")
	action := command(key)
	switch {
	case key == "":
		write(w, last(t, p.goodbye))
	case key == "1":
		h.askAgain(w, a, t, "")
	case len(key) != 1 || action == "":
		h.askAgain(w, a, t, p.again)
	default:
		h.press(w, r, a, t, action)
	}
}

// askAgain asks for a key once more, unless that was done often enough.
func (h *handler) askAgain(w http.ResponseWriter, a *Account, t talk, first string) {
	t.Round++
	if t.Round >= maxRounds {
		write(w, last(t, phrasesOf(t.Locale).goodbye))
		return
	}
	write(w, a.ask(t, first))
}

// press carries out what a key means, and tells what came of it.
func (h *handler) press(w http.ResponseWriter, r *http.Request, a *Account, t talk, action notify.Action) {
	answer := notify.Answer{
		Channel: ChannelVoice, Action: action, Event: eventOf(r.PostForm.Get("CallSid"), string(action)),
		Alert: watchbill.AlertID(t.Alert), User: watchbill.UserID(t.User), From: r.PostForm.Get("To"),
	}
	answered, err := h.desk.Answer(r.Context(), answer)
	if err != nil {
		h.log.Error("twilio: a key could not be carried out", "alert", t.Alert, "user", t.User, "action", action, "error", err)
	}
	if answered.Text == "" {
		h.askAgain(w, a, t, phrasesOf(t.Locale).failed)
		return
	}
	read := notify.Delivered{Alert: answer.Alert, Message: notify.MessageID(t.Message), State: notify.Read}
	if err := h.desk.Delivered(r.Context(), read); err != nil {
		h.log.Error("twilio: a receipt could not be recorded", "message", t.Message, "state", read.State, "error", err)
	}
	write(w, last(t, answered.Text))
}

// eventOf names an event by the provider's name for the call and what was pressed in it; empty where there is no such name.
func eventOf(sid, what string) string {
	if sid = shortened(sid, 64); sid == "" {
		return ""
	}
	return sid + "/" + what
}

// sms takes in an SMS, and answers it by one.
func (h *handler) sms(w http.ResponseWriter, r *http.Request, a *Account) {
	from, body := r.PostForm.Get("From"), r.PostForm.Get("Body")
	if r.PostForm.Get("OptOutType") != "" || isOptOut(body) {
		write(w, response{})
		return
	}
	action, code, ok := ParseReply(body)
	if !ok {
		write(w, response{Message: h.hints.text(from, a.now())})
		return
	}
	answered, err := h.desk.Answer(r.Context(), notify.Answer{
		Channel: ChannelSMS, Action: action, Event: shortened(r.PostForm.Get("MessageSid"), 64), From: from, Code: code,
	})
	if err != nil {
		h.log.Error("twilio: a reply could not be carried out", "action", action, "error", err)
	}
	if answered.Text == "" && err != nil {
		answered.Text = phrasesOf("").failed
	}
	write(w, response{Message: strings.TrimSpace(answered.Text)})
}

func write(w http.ResponseWriter, r response) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	_, _ = w.Write(r.document())
}
