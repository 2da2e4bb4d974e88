package config

import (
	"regexp"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/notify"
)

const channelNtfy notify.Channel = "ntfy"

// Ntfy names the server that pushes to phones. Its fields are those of package notify/ntfy.
type Ntfy struct {
	Server  string        // empty: https://ntfy.sh
	Token   string        // an access token, or user:password; empty: none
	Timeout time.Duration // of one message; zero: the provider's default
}

const badTopic = "must be a topic (letters, digits, - and _, at most 64) or the address of one, as the channel is ntfy"

func ntfy(o *object) *Ntfy {
	return &Ntfy{Server: o.address("server"), Token: o.secret("token"), Timeout: o.Duration("timeout", time.Second)}
}

var topic = regexp.MustCompile(`^[-_A-Za-z0-9]{1,64}$`)

// isTopic reports whether an address is a topic of ntfy, or the address of one.
func isTopic(address string) bool { return topic.MatchString(address) || isWeb(address) }

// Channels returns the channels that the file sets up: webhook, always, email where there is channels.smtp, ntfy where
// there is channels.ntfy, sms and voice where there is channels.twilio, and those of channels.nikoksr.
func (f *File) Channels() []notify.Channel {
	all := []notify.Channel{channelWebhook}
	if f.SMTP != nil {
		all = append(all, channelEmail)
	}
	if f.Ntfy != nil {
		all = append(all, channelNtfy)
	}
	return append(all, f.Served()...)
}

// TemplateChecker says what is wrong with a text that replaces a built-in one; nil if nothing is.
type TemplateChecker func(form, language, source string) error

// templates reads texts by form and language.
func templates(o *object) map[string]map[string]string {
	all := map[string]map[string]string{}
	for _, form := range o.Names() {
		all[form] = inner(o, form, func(o *object) map[string]string { return translations(o, form) })
	}
	return all
}

func translations(o *object, form string) map[string]string {
	all := map[string]string{}
	for _, language := range o.Names() {
		n, ok := o.One(language)
		if !ok {
			continue
		}
		if n.Kind != yaml.ScalarNode {
			o.Fail(n, "must be a text, got %s", yamlfile.Describe(n))
			continue
		}
		all[language] = strings.TrimSuffix(n.Value, "\n")
		if o.template == nil {
			continue
		}
		if err := o.template(form, language, all[language]); err != nil {
			o.Fail(n, "%s", strings.TrimPrefix(err.Error(), "words: "))
		}
	}
	return all
}
