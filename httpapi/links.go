package httpapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/watchbill/watchbill"
)

// MinKey is how many bytes a signing key has at least.
const MinKey = 16

// Links makes the addresses of one-tap pages. It needs no Handler, so that an engine can be given AckURL before there is
// one; a Handler with the same PublicURL and SigningKey serves them.
type Links struct {
	PublicURL string // where the handler is reached from outside, with the prefix it is mounted under
	Key       []byte // a secret of at least MinKey bytes; whoever knows it can act as anybody. Empty: no links
}

// AckURL returns the address of the page on which this person can act on this alert. It is a secret of that person. It
// is empty without a key.
func (l Links) AckURL(a watchbill.AlertID, u watchbill.UserID) string {
	token := l.seal(claims{Alert: a, User: u, Actions: actions()})
	if token == "" {
		return ""
	}
	return l.address("/a/" + token)
}

func (l Links) address(path string) string { return strings.TrimSuffix(l.PublicURL, "/") + path }

// claims is what a token says.
type claims struct {
	Alert   watchbill.AlertID
	User    watchbill.UserID
	Actions []string // that the person may take
}

// A token is these bytes in base64url:
//
//	version, 1 byte | actions as bits, 1 | length of the alert's ID, 1 | alert's ID | user's ID | HMAC-SHA256, the first 16
const (
	tokenVersion = 1
	tokenHeader  = 3
	tokenMAC     = 16
	maxToken     = 1024 // characters; longer ones are not looked at
)

// seal returns a token; empty without a key, or if an ID is too long for one.
func (l Links) seal(c claims) string {
	if len(l.Key) < MinKey || len(c.Alert) > 255 || len(c.User) > 255 {
		return ""
	}
	var bits byte
	for i, action := range actions() {
		if slices.Contains(c.Actions, action) {
			bits |= 1 << i
		}
	}
	data := append([]byte{tokenVersion, bits, byte(len(c.Alert))}, string(c.Alert)+string(c.User)...)
	return base64.RawURLEncoding.EncodeToString(append(data, l.mac(data)...))
}

// open returns what a token says, and whether it was sealed with this key.
func (l Links) open(token string) (claims, bool) {
	if len(l.Key) < MinKey || len(token) > maxToken {
		return claims{}, false
	}
	// Strict, so that there is one way only to write a token; line breaks would be skipped all the same.
	data, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(data) < tokenHeader+tokenMAC || strings.ContainsAny(token, "\r\n") {
		return claims{}, false
	}
	data, mac := data[:len(data)-tokenMAC], data[len(data)-tokenMAC:]
	if !hmac.Equal(mac, l.mac(data)) || data[0] != tokenVersion {
		return claims{}, false
	}
	ids, n := string(data[tokenHeader:]), int(data[2])
	if n > len(ids) {
		return claims{}, false
	}
	c := claims{Alert: watchbill.AlertID(ids[:n]), User: watchbill.UserID(ids[n:])}
	for i, action := range actions() {
		if data[1]&(1<<i) != 0 {
			c.Actions = append(c.Actions, action)
		}
	}
	return c, true
}

// mac signs with a key for this purpose alone: what else is ever signed with Key opens no link.
func (l Links) mac(data []byte) []byte {
	purpose := hmac.New(sha256.New, l.Key)
	purpose.Write([]byte("watchbill: one-tap link"))
	sum := hmac.New(sha256.New, purpose.Sum(nil))
	sum.Write(data)
	return sum.Sum(nil)[:tokenMAC]
}
