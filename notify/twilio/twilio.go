package twilio

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/guard"
	"github.com/watchbill/watchbill/notify/words"
)

// The channels of an account, as the engine and the configuration name them.
const (
	ChannelSMS   notify.Channel = "sms"
	ChannelVoice notify.Channel = "voice"
)

// DefaultBaseURL is where Twilio serves its API.
const DefaultBaseURL = "https://api.twilio.com"

// DefaultTimeout bounds one send.
const DefaultTimeout = 15 * time.Second

// Config names an account and says how it is used. Account, Token, Callback and one of From and VoiceFrom are required.
type Config struct {
	Account string // the account's SID, as AC0123...
	Token   string // its auth token; it also signs what comes back

	From      string // sender of SMS: a number as +4930123456, a short code, a name, or a messaging service's SID, as MG0123...
	VoiceFrom string // number that calls; empty: From, if that is a number

	BaseURL  string // of the API; empty: DefaultBaseURL
	Callback string // where the provider reaches [Handler], as https://oncall.example.com/channels/twilio

	Words   *words.Words    // nil: the texts that are built in
	Client  *http.Client    // nil means one of our own; its redirect policy is not used
	Timeout time.Duration   // of one send, from dialling to the last byte read; zero: DefaultTimeout
	Clock   watchbill.Clock // for Retry-After dates; nil means the real one
}

// Account sends through one account. Make one with [New]. It is safe for concurrent use.
type Account struct {
	config Config
	host   string // of BaseURL
	client *http.Client
	now    func() time.Time
}

// New returns an Account, or an error that names every field of c that is wrong. It does not connect.
func New(c Config) (*Account, error) {
	c.BaseURL = strings.TrimRight(cmp.Or(c.BaseURL, DefaultBaseURL), "/")
	c.Callback = strings.TrimRight(c.Callback, "/")
	c.Timeout = cmp.Or(max(c.Timeout, 0), DefaultTimeout)
	if c.VoiceFrom == "" && IsNumber(c.From) {
		c.VoiceFrom = c.From
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	base, err := url.Parse(c.BaseURL)
	if err != nil {
		return nil, err
	}
	a := &Account{config: c, host: base.Host, client: guard.Operators(c.Client, c.Timeout, 16), now: time.Now}
	if c.Clock != nil {
		a.now = c.Clock.Now
	}
	return a, nil
}

func (c Config) check() error {
	var errs []error
	wrong := func(ok bool, field, reason string) {
		if !ok {
			errs = append(errs, fmt.Errorf("twilio: Config.%s %s", field, reason))
		}
	}
	wrong(isSID(c.Account), "Account", "must be the account's SID, such as AC0123456789abcdef")
	wrong(c.Token != "", "Token", "is missing; it is the account's auth token")
	wrong(c.From != "" || c.VoiceFrom != "", "From", "is missing; it is the number that sends, such as +4930123456")
	wrong(c.VoiceFrom == "" || IsNumber(c.VoiceFrom), "VoiceFrom", "must be a number such as +4930123456")
	wrong(isWeb(c.BaseURL), "BaseURL", "must be an address such as "+DefaultBaseURL)
	wrong(isWeb(c.Callback), "Callback", "must be an address such as https://oncall.example.com/channels/twilio")
	return errors.Join(errs...)
}

// isSID reports whether s may stand in a path as it is.
func isSID(s string) bool {
	plain := func(r rune) bool { return isAlphanumeric(r) || r == '-' || r == '_' }
	return s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0
}

func isAlphanumeric(r rune) bool { return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || isDigit(r) }

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// isWeb reports whether s is an http address to which a path can be appended.
func isWeb(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" &&
		u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

// IsNumber reports whether s is a phone number as ITU-T E.164 has it: a plus, and 7 to 15 digits of which the first is not
// zero.
func IsNumber(s string) bool {
	digits, ok := strings.CutPrefix(s, "+")
	return ok && len(digits) >= 7 && len(digits) <= 15 && digits[0] != '0' &&
		strings.IndexFunc(digits, func(r rune) bool { return !isDigit(r) }) < 0
}

// Close closes idle connections. Sends under way go on.
func (a *Account) Close() error {
	a.client.CloseIdleConnections()
	return nil
}

// SMS returns the Notifier that sends text messages; nil where the account has no From.
func (a *Account) SMS() notify.Notifier {
	if a.config.From == "" {
		return nil
	}
	return notify.Func(a.text)
}

// Voice returns the Notifier that calls; nil where the account has no number to call from.
func (a *Account) Voice() notify.Notifier {
	if a.config.VoiceFrom == "" {
		return nil
	}
	return notify.Func(a.call)
}
