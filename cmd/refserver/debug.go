package main

import (
	"log/slog"
	"net"
	"net/http"
	"net/http/pprof"
	"time"
)

// serveDebug serves profiles on an address of their own, until what it returns is called. Whoever reaches it can read the
// server's memory, and make it slow: it asks for no token.
func serveDebug(address string, log *slog.Logger) (end func(), err error) {
	if address == "" {
		return func() {}, nil
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, usagef("-debug: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	if at, ok := l.Addr().(*net.TCPAddr); ok && !at.IP.IsLoopback() {
		log.Warn("profiles are served on an address that others may reach, without a token", "on", l.Addr().String())
	}
	log.Info("profiles", "on", "http://"+l.Addr().String()+"/debug/pprof/")
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() { // ends with Close, and is waited for by whoever calls end
		defer close(done)
		_ = server.Serve(l)
	}()
	return func() { _ = server.Close(); <-done }, nil
}
