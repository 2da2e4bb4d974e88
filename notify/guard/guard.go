// Package guard makes the HTTP clients of notifiers, and keeps messages inside the public internet where their address was given by somebody other than the
// operator: a person who sets a webhook through the UI must not make the server speak to machines behind its firewall, to
// itself, or to the metadata service of its cloud.
//
// What counts is the address that a connection is made to, after names were looked up: a name that leads elsewhere at the
// second look, an octal or decimal way to write an address, and an IPv4 address inside an IPv6 one all come down to that.
// What may be reached is listed, not what may not: anything that IANA keeps for a special purpose
// (https://www.iana.org/assignments/iana-ipv4-special-registry, .../iana-ipv6-special-registry) is refused.
package guard

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"github.com/watchbill/watchbill/notify"
)

// ErrRefused classes the errors of connections that are not allowed. They are permanent too, see [notify.Permanent].
var ErrRefused = errors.New("guard: the address leads to a network that is not public")

// Allowed reports whether an address is one of the public internet.
func Allowed(a netip.Addr) bool {
	if !a.IsValid() || a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	if a.Is4() {
		return a.IsGlobalUnicast() && !within(a, special4)
	}
	if within(a, nat64) {
		b := a.As16()
		return Allowed(netip.AddrFrom4([4]byte(b[12:])))
	}
	return within(a, public6) && !within(a, special6)
}

func within(a netip.Addr, networks []netip.Prefix) bool {
	return slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(a) })
}

var (
	// special4 is what is not public of IPv4.
	special4 = prefixes(
		"0.0.0.0/8", "10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16",
		"100.64.0.0/10",                                     // carriers' own (RFC 6598); also a cloud's metadata
		"192.0.0.0/24",                                      // protocols; also a cloud's metadata
		"192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", // for documents
		"192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.175.48.0/24",
		"198.18.0.0/15",    // for measuring
		"168.63.129.16/32", // a cloud's host, from within its machines
		"224.0.0.0/4", "240.0.0.0/4")

	// public6 is what is public of IPv6, but for special6.
	public6 = prefixes("2000::/3")

	special6 = prefixes(
		"2001::/23",     // protocols, Teredo among them, which holds an IPv4 address
		"2001:db8::/32", // for documents
		"2002::/16",     // 6to4, which holds an IPv4 address
		"2620:4f:8000::/48", "3fff::/20")

	// nat64 has an IPv4 address in its last four bytes (RFC 6052).
	nat64 = prefixes("64:ff9b::/96")
)

func prefixes(all ...string) (networks []netip.Prefix) {
	for _, p := range all {
		networks = append(networks, netip.MustParsePrefix(p))
	}
	return networks
}

// Control is for [net.Dialer.Control]. Its error is permanent, says what to do, and repeats nothing.
func Control(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err == nil && Allowed(to.Addr()) {
		return nil
	}
	return notify.Permanent(fmt.Errorf("%w: give a public address, or have an operator write this one into the configuration file",
		ErrRefused))
}

// Client returns a client that connects to public addresses only, and follows no redirect. It uses no proxy: that would
// look names up itself, where nobody sees what it finds. Timeout is that of dialling and of the handshake.
func Client(timeout time.Duration) *http.Client {
	dialer := &net.Dialer{Timeout: timeout, Control: Control}
	return &http.Client{
		Transport: &http.Transport{
			DialContext:         dialer.DialContext,
			TLSHandshakeTimeout: timeout,
			ForceAttemptHTTP2:   true,
			MaxIdleConnsPerHost: 4,
			IdleConnTimeout:     90 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// Operators returns a client for addresses that an operator has written down, wherever they lead: a copy of the host's, or
// where that is nil one of our own, which uses the proxy of the environment and keeps so many idle connections to one
// host. Neither follows a redirect. Timeout is that of dialling and of the handshake: a dial may be finished after the
// request that wanted it was given up.
func Operators(host *http.Client, timeout time.Duration, idle int) *http.Client {
	client := &http.Client{}
	if host != nil {
		*client = *host
	} else {
		client.Transport = &http.Transport{
			Proxy:               http.ProxyFromEnvironment,
			DialContext:         (&net.Dialer{Timeout: timeout}).DialContext,
			TLSHandshakeTimeout: timeout,
			ForceAttemptHTTP2:   true,
			MaxIdleConnsPerHost: idle,
			IdleConnTimeout:     90 * time.Second,
		}
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client
}
