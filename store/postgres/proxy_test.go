package postgres

import (
	"encoding/binary"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// verdict says what the proxy does with a message.
type verdict int

const (
	pass      verdict = iota
	cutBefore         // the server never sees the message
	cutAfter          // the server sees it, and nobody what it says to it
	cutAnswer         // the server sees it and answers, and nobody sees the answer
)

// proxy stands between a store and the server, and shows each message of the store to a function.
type proxy struct {
	listener net.Listener
	target   string

	mu    sync.Mutex
	judge func(kind byte, body []byte) verdict
	shut  func() // not nil: called instead of connecting
	conns []net.Conn
}

// throughProxy starts a proxy to the server of a data source name, and returns the name that leads through it.
func throughProxy(t *testing.T, dsn string) (*proxy, string) {
	u, err := url.Parse(dsn)
	require.NoError(t, err)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	p := &proxy{listener: l, target: u.Host}
	u.Host = l.Addr().String()
	q := u.Query()
	q.Set("sslmode", "disable")
	u.RawQuery = q.Encode()
	var wg sync.WaitGroup
	wg.Go(func() { p.accept(&wg) })
	t.Cleanup(func() {
		_ = l.Close()
		p.mu.Lock()
		for _, c := range p.conns {
			_ = c.Close()
		}
		p.mu.Unlock()
		wg.Wait()
	})
	return p, u.String()
}

// watch replaces the function that sees each message. A nil one lets all pass.
func (p *proxy) watch(judge func(kind byte, body []byte) verdict) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.judge = judge
}

func (p *proxy) accept(wg *sync.WaitGroup) {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		shut := p.shut
		p.mu.Unlock()
		if shut != nil {
			_ = client.Close()
			shut()
			continue
		}
		server, err := net.Dial("tcp", p.target)
		if err != nil {
			_ = client.Close()
			continue
		}
		p.mu.Lock()
		p.conns = append(p.conns, client, server)
		p.mu.Unlock()
		w := &wire{proxy: p, client: client, server: server}
		wg.Go(w.forth)
		wg.Go(w.back)
	}
}

// wire is one connection.
type wire struct {
	proxy          *proxy
	client, server net.Conn
	mu             sync.Mutex
	deaf           bool // the next answer ends the connection
}

func (w *wire) close() {
	_ = w.client.Close()
	_ = w.server.Close()
}

// back copies what the server says.
func (w *wire) back() {
	defer w.close()
	buf := make([]byte, 64<<10)
	for {
		n, err := w.server.Read(buf)
		w.mu.Lock()
		deaf := w.deaf
		w.mu.Unlock()
		if deaf || err != nil {
			return
		}
		if _, err := w.client.Write(buf[:n]); err != nil {
			return
		}
	}
}

// forth copies what the store says, message by message.
func (w *wire) forth() {
	defer w.close()
	if w.copyMessage(0) != nil { // the first one has no kind
		return
	}
	for {
		var kind [1]byte
		if _, err := io.ReadFull(w.client, kind[:]); err != nil {
			return
		}
		if w.copyMessage(kind[0]) != nil {
			return
		}
	}
}

func (w *wire) copyMessage(kind byte) error {
	var length [4]byte
	if _, err := io.ReadFull(w.client, length[:]); err != nil {
		return err
	}
	body := make([]byte, binary.BigEndian.Uint32(length[:])-4)
	if _, err := io.ReadFull(w.client, body); err != nil {
		return err
	}
	message := append(append([]byte{kind}, length[:]...), body...)
	if kind == 0 {
		message = message[1:]
	}
	w.proxy.mu.Lock()
	judge := w.proxy.judge
	w.proxy.mu.Unlock()
	v := pass
	if judge != nil && kind != 0 {
		v = judge(kind, body)
	}
	if v == cutBefore {
		return io.EOF
	}
	if v == cutAnswer {
		w.mu.Lock()
		w.deaf = true
		w.mu.Unlock()
	}
	if _, err := w.server.Write(message); err != nil || v == cutAfter {
		return io.EOF
	}
	return nil
}
