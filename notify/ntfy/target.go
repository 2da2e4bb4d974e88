package ntfy

import (
	"errors"
	"net/url"
	"regexp"
	"strings"

	"github.com/watchbill/watchbill/notify"
)

// target is where a message goes.
type target struct {
	server  *url.URL
	topic   string
	secret  string // a token, or user:password; empty: none
	foreign bool   // the contact names a server that is not the configured one
	own     bool   // secret is the configured one
}

// topicName is the form that the server demands.
var topicName = regexp.MustCompile(`^[-_A-Za-z0-9]{1,64}$`)

var (
	errURL   = errors.New("must be an http or https URL without user, query and fragment; a user and password belong into the secret")
	errTopic = errors.New("the address must be a topic (letters, digits, - and _, at most 64), or the URL of one")
	errToken = errors.New("the secret must be an access token, or user:password, without spaces and control characters")
)

// parse reads a contact. Its errors quote nothing: a topic is as good as a secret.
func (n *Notifier) parse(c notify.Contact) (target, error) {
	t := target{server: n.server, topic: c.Address, secret: c.Secret}
	if strings.Contains(c.Address, "://") {
		full, err := parseURL(c.Address)
		if err != nil {
			return t, err
		}
		path := strings.TrimSuffix(full.Path, "/")
		slash := strings.LastIndexByte(path, '/')
		t.topic = path[slash+1:]
		full.Path = path[:max(slash, 0)] + "/"
		t.server, t.foreign = full, *full != *n.server
	}
	if !topicName.MatchString(t.topic) {
		return t, errTopic
	}
	if t.secret == "" && !t.foreign {
		t.secret, t.own = n.token, n.token != ""
	}
	if strings.ContainsFunc(t.secret, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return t, errToken
	}
	return t, nil
}

// parseURL reads the address of a server or a topic; its path ends with a slash.
func parseURL(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.RawPath != "" {
		return nil, errURL
	}
	u.Host = strings.ToLower(u.Host)
	u.Path = strings.TrimRight(u.Path, "/") + "/"
	u.ForceQuery = false
	return u, nil
}
