package verify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
)

// Option says more about the installation that a proof is about.
type Option func(*options)

type options struct{ channels, before ways }

// Channels says which channels can send there; given none, nothing can be sent. A contact on another channel counts as no
// contact: its messages are refused at once, as by the engine. Without this option every channel counts.
func Channels(list ...notify.Channel) Option {
	return func(o *options) { o.channels = ways{known: true, list: list} }
}

// ChannelsBefore is [Channels] of the first configuration that [Diff] compares, where it has others than the second.
func ChannelsBefore(list ...notify.Channel) Option {
	return func(o *options) { o.before = ways{known: true, list: list} }
}

func optionsOf(list []Option) options {
	var o options
	for _, option := range list {
		option(&o)
	}
	return o
}

// ways are the channels of an installation. The zero value says nothing of them: each counts.
type ways struct {
	known bool
	list  []notify.Channel
}

// send reports whether messages to a channel can leave.
func (w ways) send(c notify.Channel) bool { return !w.known || slices.Contains(w.list, c) }

// steps returns the rungs by which the person can be reached.
func (w ways) steps(u catalog.User, urgency watchbill.Urgency) []notify.Step {
	return slices.DeleteFunc(u.Steps(urgency), func(s notify.Step) bool { return !w.send(s.Contact.Channel) })
}

// advice says which contact to add to somebody who has some; one of voice class, if that is what is missing.
func (w ways) advice(id watchbill.UserID, have []string, phone bool) string {
	names := w.others(have, phone)
	switch second := w.others(have, false); {
	case names != "":
		return fmt.Sprintf("Add a contact by %s to user %s", names, id)
	case !phone:
		return "No other channel is set up on this server"
	case len(have) == 1 && second != "":
		return fmt.Sprintf("No voice or sms channel is set up on this server; a contact by %s would be a second way to user %s", second, id)
	}
	return "No voice or sms channel is set up on this server"
}

// others names the channels that would be further ways to somebody who has some; only those of voice class, if asked.
func (w ways) others(have []string, phone bool) string {
	list := w.list
	if !w.known {
		list = []notify.Channel{"voice", "sms", "email", "webhook"}
	}
	var names []string
	for _, c := range list {
		if (voiceClass(c) || !phone) && !slices.Contains(have, string(c)) {
			names = append(names, string(c))
		}
	}
	return either(names)
}

// ring reports whether any channel is of voice class.
func (w ways) ring() bool { return !w.known || slices.ContainsFunc(w.list, voiceClass) }

// noVoice says that no channel is of voice class.
const noVoice = "no voice or sms channel is set up on this server"

// either writes names with commas and "or".
func either(names []string) string {
	if n := len(names) - 1; n > 0 {
		return strings.Join(names[:n], ", ") + " or " + names[n]
	}
	return strings.Join(names, "")
}

// mute says why nothing can be sent to somebody.
func (w ways) mute(org *oncall.Org, id watchbill.UserID) string {
	user, _ := org.User(id)
	var names []string
	for _, c := range user.Contacts {
		if !slices.Contains(names, string(c.Channel)) {
			names = append(names, string(c.Channel))
		}
	}
	if len(names) == 0 {
		return "has no contact"
	}
	return fmt.Sprintf("has no contact that works (%s: not set up on this server)", strings.Join(names, ", "))
}
