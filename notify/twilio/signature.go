package twilio

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"sort"
	"strings"
)

// signed reports whether the account's provider has signed the fields of a request that was sent to this address. It takes
// the address with and without the port that its scheme implies, because the provider is known to sign either.
func (a *Account) signed(path, query string, fields url.Values, signature string) bool {
	address := a.config.Callback + path
	if query != "" {
		address += "?" + query
	}
	ok := false
	for _, form := range []string{address, otherPort(address)} {
		want := sign(a.config.Token, form, fields)
		ok = hmac.Equal([]byte(want), []byte(signature)) || ok
	}
	return ok
}

// sign returns the signature of X-Twilio-Signature: base 64 of HMAC-SHA1 over the address and then each field's name and
// value, by name; a field with several values counts once for each different one
// (https://www.twilio.com/docs/usage/security).
func sign(token, address string, fields url.Values) string {
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	sort.Strings(names)
	mac := hmac.New(sha1.New, []byte(token))
	mac.Write([]byte(address))
	for _, name := range names {
		values := slices.Sorted(slices.Values(fields[name]))
		for _, value := range slices.Compact(values) {
			mac.Write([]byte(name + value))
		}
	}
	return base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// otherPort returns an address with the port that its scheme implies if it has none, and without a port if it has one.
func otherPort(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	host, port := u.Hostname(), u.Port()
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port == "" {
		port = "80"
		if u.Scheme == "https" {
			port = "443"
		}
		return strings.Replace(address, u.Host, host+":"+port, 1)
	}
	return strings.Replace(address, u.Host, host, 1)
}

// signatureOf returns the header that holds a signature.
func signatureOf(r *http.Request) string { return r.Header.Get("X-Twilio-Signature") }
