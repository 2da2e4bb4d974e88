package notifytest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"time"
)

// HTTP starts a counterpart that speaks HTTP and returns a rig without provider and contact, and the counterpart's URL.
// The function key finds the idempotency key in a request.
func HTTP(s Script, key func(r *http.Request, body []byte) string) (*Rig, string) {
	arrived := make(chan string, 128)
	stop := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		arrived <- key(r, body)
		switch s.Mode {
		case Hangs:
			<-stop
		case Drips:
			drip(w, stop)
		default:
			answer(w, r, body, s.Answer)
		}
	}))
	return &Rig{Arrived: arrived, Close: func() { close(stop); server.Close() }}, server.URL
}

func answer(w http.ResponseWriter, r *http.Request, body []byte, a Answer) {
	if a.RetryAfter != "" {
		w.Header().Set("Retry-After", a.RetryAfter)
	}
	w.WriteHeader(a.Code)
	if a.Code/100 == 2 {
		return
	}
	_, _ = io.WriteString(w, r.RequestURI+" ")
	_ = r.Header.Write(w)
	_, _ = w.Write(body)
}

// drip sends a header that never ends, until stop is closed or the other side is gone.
func drip(w http.ResponseWriter, stop <-chan struct{}) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for _, err = io.WriteString(conn, "HTTP/1.1 200 OK\r\nDrip: "); err == nil; {
		select {
		case <-tick.C:
			_, err = io.WriteString(conn, "x")
		case <-stop:
			return
		}
	}
}
