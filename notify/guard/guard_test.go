package guard_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/guard"
)

func TestAllowed(t *testing.T) {
	for address, want := range map[string]bool{
		"8.8.8.8": true, "93.184.215.14": true, "1.1.1.1": true, "172.15.0.1": true, "172.32.0.1": true, "100.63.255.255": true,
		"100.128.0.1": true, "169.253.0.1": true, "11.0.0.1": true, "128.0.0.1": true, "223.255.255.255": true,
		"2606:4700::1111": true, "2a00:1450:4001::1": true, "::ffff:8.8.8.8": true, "64:ff9b::808:808": true,

		"0.0.0.0": false, "0.1.2.3": false, "10.0.0.1": false, "10.255.255.255": false, "127.0.0.1": false, "127.1.2.3": false,
		"169.254.169.254": false, "172.16.0.1": false, "172.31.255.255": false, "192.168.1.1": false, "100.64.0.1": false,
		"100.100.100.200": false, "192.0.0.192": false, "168.63.129.16": false, "198.18.0.1": false, "198.19.255.255": false,
		"192.0.2.1": false, "198.51.100.1": false, "203.0.113.1": false, "224.0.0.1": false, "239.1.1.1": false,
		"240.0.0.1": false, "255.255.255.255": false,

		"::": false, "::1": false, "::127.0.0.1": false, "::8.8.8.8": false, "fc00::1": false, "fd00:ec2::254": false,
		"fe80::1": false, "fe80::1%eth0": false, "2606:4700::1111%eth0": false, "fec0::1": false, "ff02::1": false,
		"2001::1": false, "2001:db8::1": false, "2002:7f00:1::": false, "3fff::1": false, "5f00::1": false, "100::1": false,
		"::ffff:127.0.0.1": false, "::ffff:10.0.0.1": false, "::ffff:169.254.169.254": false, "::ffff:0:127.0.0.1": false,
		"64:ff9b::7f00:1": false, "64:ff9b::a9fe:a9fe": false, "64:ff9b:1::808:808": false, "4000::1": false,
	} {
		a, err := netip.ParseAddr(address)
		require.NoError(t, err, address)
		require.Equal(t, want, guard.Allowed(a), address)
	}
	require.False(t, guard.Allowed(netip.Addr{}))
}

// TestClient: however an address of this machine is written, nothing reaches it.
func TestClient(t *testing.T) {
	var reached atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)
	client := guard.Client(time.Second)
	t.Setenv("HTTP_PROXY", server.URL)
	for _, host := range []string{"127.0.0.1", "localhost", "0.0.0.0", "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"} {
		err := get(t, client, "http://"+host+":"+port+"/secret-path?key=secret")
		require.ErrorIs(t, err, guard.ErrRefused, host)
		require.ErrorIs(t, err, notify.ErrPermanent, host)
		require.NotContains(t, errors.Unwrap(err).Error(), "secret")
	}
	for _, host := range []string{"0177.0.0.1", "2130706433", "0x7f.1", "127.1", "0"} { // names, or addresses to some resolvers
		require.Error(t, get(t, client, "http://"+host+":"+port), host)
	}
	require.Zero(t, reached.Load())
}

func get(t *testing.T, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err == nil {
		err = res.Body.Close()
	}
	return err
}

// TestRebinding: a name that was public when somebody looked, and is this machine when it is dialled, is refused.
func TestRebinding(t *testing.T) {
	var lookups atomic.Int64
	resolver := nameServer(t, func() netip.Addr {
		if lookups.Add(1) == 1 {
			return netip.MustParseAddr("93.184.215.14")
		}
		return netip.MustParseAddr("127.0.0.1")
	})
	addresses, err := resolver.LookupNetIP(t.Context(), "ip4", "rebind.example.com")
	require.NoError(t, err)
	require.True(t, guard.Allowed(addresses[0].Unmap()), "the first look is fine")

	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)
	dialer := net.Dialer{Resolver: resolver, Control: guard.Control, Timeout: 5 * time.Second}
	_, err = dialer.DialContext(t.Context(), "tcp4", "rebind.example.com:"+port)
	require.ErrorIs(t, err, guard.ErrRefused)
	require.Greater(t, lookups.Load(), int64(1))
}

// nameServer returns a resolver whose every name has one IPv4 address.
func nameServer(t *testing.T, address func() netip.Addr) *net.Resolver {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	go func() { // ends with the connection
		query := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(query)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(answer(query[:n], address), from)
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

// answer is a response by RFC 1035, section 4.1, to a query for one name.
func answer(query []byte, address func() netip.Addr) []byte {
	end := 12 + strings.IndexByte(string(query[12:]), 0) + 5 // of the question
	response := append([]byte{}, query[:end]...)
	copy(response[2:], []byte{0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0})
	if binary.BigEndian.Uint16(query[end-4:]) != 1 { // not A: no records
		return response
	}
	response[7] = 1
	ip := address().As4()
	return append(append(response, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4), ip[:]...)
}

func TestOperators(t *testing.T) {
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.URL.Path)
		http.Redirect(w, r, "/elsewhere", http.StatusFound)
	}))
	defer server.Close()
	host := &http.Client{Timeout: time.Minute}
	for _, client := range []*http.Client{guard.Operators(nil, time.Second, 4), guard.Operators(host, time.Second, 4)} {
		resp, err := client.Get(server.URL + "/here")
		require.NoError(t, err, "an operator may name an address that is not public")
		require.NoError(t, resp.Body.Close())
		require.Equal(t, http.StatusFound, resp.StatusCode)
	}
	require.Equal(t, []string{"/here", "/here"}, asked, "no redirect is followed")
	require.Nil(t, host.CheckRedirect, "the host's own stays as it is")
}

func FuzzControl(f *testing.F) {
	for _, address := range []string{"127.0.0.1:80", "[::1]:443", "", "8.8.8.8:53", "[::ffff:10.0.0.1]:1", "example.com:80", "[fe80::1%x]:1"} {
		f.Add(address)
	}
	f.Fuzz(func(t *testing.T, address string) {
		if err := guard.Control("tcp", address, nil); err == nil {
			to := netip.MustParseAddrPort(address).Addr().Unmap()
			if to.IsPrivate() || to.IsLoopback() || to.IsLinkLocalUnicast() || to.IsMulticast() || to.IsUnspecified() {
				t.Fatal(address)
			}
		}
	})
}

func Example() {
	_, err := guard.Client(time.Second).Get("http://127.0.0.1:9/")
	fmt.Println(errors.Is(err, guard.ErrRefused), errors.Is(err, notify.ErrPermanent))
	// Output: true true
}
