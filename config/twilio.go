package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/watchbill/watchbill/notify"
)

// The channels of a Twilio account.
const (
	channelSMS   notify.Channel = "sms"
	channelVoice notify.Channel = "voice"
)

// Twilio is an account that sends SMS and calls. Its fields are those of package notify/twilio.
type Twilio struct {
	Account   string        // the account's SID
	Token     string        // its auth token
	From      string        // sender of SMS; empty: it sends none
	VoiceFrom string        // number that calls; empty: From, where that is a number
	BaseURL   string        // empty: the provider's own
	Timeout   time.Duration // of one send; zero: the provider's default
}

// Caller returns the number that calls; empty where the account makes no calls.
func (t Twilio) Caller() string {
	if t.VoiceFrom == "" && isNumber(t.From) {
		return t.From
	}
	return t.VoiceFrom
}

// Service is a channel that is served by a service of nikoksr/notify.
type Service struct {
	Name    notify.Channel // what contacts call it
	Service string         // telegram
	Token   string
	Timeout time.Duration // of one send; zero: the provider's default
}

// Senders returns the numbers from which people get SMS and calls, each once: those to let through at night.
func (f *File) Senders() []string {
	var all []string
	for _, t := range f.Twilio {
		for _, number := range []string{t.From, t.Caller()} {
			if isNumber(number) && !slices.Contains(all, number) {
				all = append(all, number)
			}
		}
	}
	return all
}

// accounts reads one account, or a list of them to be tried in order.
func accounts(o *object) []Twilio {
	n, ok := o.One("twilio")
	switch {
	case !ok:
		return nil
	case n.Kind == yaml.SequenceNode:
		return list(o, "twilio", twilio)
	}
	return []Twilio{read(o.decoder, n, twilio)}
}

func twilio(o *object) Twilio {
	t := Twilio{
		Account:   o.secret("account"),
		Token:     o.secret("token"),
		From:      o.Text("from"),
		VoiceFrom: o.Text("voice_from"),
		BaseURL:   o.address("base_url"),
		Timeout:   o.Duration("timeout", time.Second),
	}
	odd := func(r rune) bool { return !strings.ContainsRune("-_", r) && (r > 'z' || !isAlphanumeric(byte(r))) }
	if t.Account == "" || strings.ContainsFunc(t.Account, odd) {
		o.Wrong("account", "must be the account's SID, such as AC0123456789abcdef0123456789abcdef")
	}
	if t.Token == "" {
		o.Wrong("token", "must be the account's auth token, such as env:TWILIO_TOKEN")
	}
	if t.From == "" && t.VoiceFrom == "" {
		o.Wrong("from", "must be the number that sends, such as +4930123456; or give voice_from")
	}
	if t.VoiceFrom != "" && !isNumber(t.VoiceFrom) {
		o.Wrong("voice_from", badNumber)
	}
	return t
}

func isAlphanumeric(b byte) bool {
	return '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z'
}

const badNumber = "must be a phone number with its country, such as +4930123456"

// isNumber reports whether s is a phone number as ITU-T E.164 has it.
func isNumber(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	return ok && len(digits) >= 7 && len(digits) <= 15 && digits[0] != '0' && strings.Trim(digits, "0123456789") == ""
}

// digitsOf takes out of a number what people write in it to read it better.
func digitsOf(s string) string { return strings.NewReplacer(" ", "", "-", "", ".", "").Replace(s) }

func services(o *object) []Service {
	all := list(o, "nikoksr", chatService)
	for i, s := range all {
		known := slices.Contains([]notify.Channel{channelWebhook, channelEmail, channelSMS, channelVoice}, s.Name)
		again := slices.ContainsFunc(all[:i], func(before Service) bool { return before.Name == s.Name })
		if known || again {
			o.Wrong("nikoksr", "names the channel %s, which there is already; give it another name", s.Name)
		}
	}
	return all
}

func chatService(o *object) Service {
	s := Service{
		Name:    notify.Channel(o.Text("name")),
		Service: o.Choice("service", "telegram"),
		Token:   o.secret("token"),
		Timeout: o.Duration("timeout", time.Second),
	}
	if s.Name == "" {
		o.Wrong("name", "must be the name by which contacts call this channel, such as telegram")
	}
	if s.Token == "" {
		o.Wrong("token", "must be the token of the bot, such as env:TELEGRAM_TOKEN")
	}
	return s
}

// Served returns the channels of Twilio and Nikoksr; one may be in it twice.
func (f *File) Served() (all []notify.Channel) {
	for _, t := range f.Twilio {
		if t.From != "" {
			all = append(all, channelSMS)
		}
		if t.Caller() != "" {
			all = append(all, channelVoice)
		}
	}
	for _, s := range f.Nikoksr {
		all = append(all, s.Name)
	}
	return all
}

// reviewChannels warns of channels that will not work as a reader expects.
func (d *decoder) reviewChannels(f *File) {
	if len(f.Twilio) > 0 && f.PublicURL == "" {
		d.note("channels.twilio", "needs public_url: the provider cannot reach this machine otherwise, and may refuse every message")
	}
	for i, u := range f.Org.Catalog.Users {
		for j, c := range u.Contacts {
			chat := slices.ContainsFunc(f.Nikoksr, func(s Service) bool { return s.Name == c.Channel })
			if _, err := strconv.ParseInt(c.Address, 10, 64); chat && err != nil {
				d.note(fmt.Sprintf("users[%d].contacts[%d].address", i, j), "is no number of a chat: nothing can be sent there")
			}
		}
	}
}
