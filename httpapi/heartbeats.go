package httpapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/heartbeat"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store"
)

// Heartbeat is a heartbeat monitor in answers. Durations are as Go prints them.
type Heartbeat struct {
	ID            string              `json:"id"`
	Name          string              `json:"name,omitempty"`
	State         heartbeat.Phase     `json:"state"` // waiting, healthy, started, overdue or failing
	Since         time.Time           `json:"since"` // of the state
	Problem       string              `json:"problem,omitempty"`
	Alert         watchbill.AlertID   `json:"alert,omitempty"` // that is open
	Service       watchbill.ServiceID `json:"service,omitempty"`
	Interval      watchbill.Duration  `json:"interval,omitempty"`
	Cron          string              `json:"cron,omitempty"`
	Timezone      string              `json:"timezone"`
	Grace         watchbill.Duration  `json:"grace"`
	LastPing      *heartbeat.Ping     `json:"last_ping,omitempty"` // of any kind
	LastSuccessAt time.Time           `json:"last_success_at,omitzero"`
	ExpectedAt    time.Time           `json:"expected_at,omitzero"` // when the next success is; none while it waits for the first, or is in trouble
	OverdueAt     time.Time           `json:"overdue_at,omitzero"`  // unless one has come
	Running       []heartbeat.Run     `json:"running,omitempty"`    // jobs that have started, and not ended
	Pings         []heartbeat.Ping    `json:"pings,omitempty"`      // the latest, newest first, with the latest logs; only of one monitor
}

func (h *Handler) heartbeatRoutes() {
	ping := methods{"GET": h.ping, "POST": h.ping}
	h.handle("/heartbeat/{key}", ping)
	h.handle("/heartbeat/{key}/{what}", ping)
	h.handle("/api/v1/heartbeats", methods{"GET": h.needs(h.listHeartbeats, catalog.RoleViewer)})
	h.handle("/api/v1/heartbeats/{id}", methods{"GET": h.needs(h.getHeartbeat, catalog.RoleViewer)})
}

// ping takes in a ping. Nothing in its body can make it fail, and it is never refused for load.
func (h *Handler) ping(w http.ResponseWriter, r *http.Request) error {
	p, err := pingOf(r)
	if err != nil {
		return err
	}
	digest := catalog.DigestOf(r.PathValue("key"))
	watch, ok, err := lookup(r.Context(), h, func(org *oncall.Org) (*heartbeat.Watch, bool) { return org.Heartbeat(digest) })
	if err != nil {
		return err
	}
	if !ok {
		return noHeartbeat()
	}
	p.Body, p.Size = pingBody(w, r)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), commitWait) // a client that has left has pinged all the same
	defer cancel()
	err = h.cfg.Engine.Ping(ctx, h.now(), watch.Monitor().ID, p)
	if errors.Is(err, store.ErrNotFound) {
		return noHeartbeat()
	}
	if err != nil {
		return err
	}
	w.Header().Set("Ping-Body-Limit", strconv.Itoa(heartbeat.MaxBody))
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, "OK") // without the line break that send adds; a client that has left needs no answer
	return nil
}

func noHeartbeat() error { return problem(http.StatusNotFound, "no heartbeat has the key in the path") }

// pingOf reads what a ping says in its address.
func pingOf(r *http.Request) (p heartbeat.Ping, err error) {
	switch what := r.PathValue("what"); what {
	case "":
	case "start", "fail", "log":
		err = p.Kind.UnmarshalText([]byte(what))
	default:
		code, wrong := strconv.ParseUint(what, 10, 8)
		if wrong != nil || what[0] == '+' {
			return p, problem(http.StatusBadRequest, "%.20q is not start, fail, log or an exit code from 0 to 255", what)
		}
		p = heartbeat.Exited(int(code))
	}
	p.Run = strings.ToLower(r.URL.Query().Get("rid"))
	if p.Run != "" && !isUUID(p.Run) {
		return p, problem(http.StatusBadRequest, "rid is not a UUID, such as 123e4567-e89b-12d3-a456-426614174000")
	}
	return p, err
}

// isUUID reports whether text has the form of a UUID in small letters.
func isUUID(text string) bool {
	if len(text) != 36 {
		return false
	}
	for i, c := range []byte(text) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (c == '-') || !dash && !strings.ContainsRune("0123456789abcdef", rune(c)) {
			return false
		}
	}
	return true
}

// pingBody reads the beginning of a body, and its size where that is more; the rest is read and dropped, so that the client
// can send it to its end. What cannot be read is not there.
func pingBody(w http.ResponseWriter, r *http.Request) (text string, size int) {
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Now().Add(bodyWait))
	defer func() { _ = conn.SetReadDeadline(time.Time{}) }()
	data, err := unpack(r.Body, r.Header.Get("Content-Encoding"), heartbeat.MaxBody)
	if err != nil || len(data) <= heartbeat.MaxBody {
		return string(data), 0
	}
	rest, _ := io.Copy(io.Discard, io.LimitReader(r.Body, DefaultMaxBody))
	return string(data[:heartbeat.MaxBody]), len(data) + int(rest)
}

// listHeartbeats answers with every monitor, in the order of the configuration.
func (h *Handler) listHeartbeats(w http.ResponseWriter, r *http.Request) error {
	if err := queryOf(r).err(); err != nil {
		return err
	}
	all, err := h.cfg.Engine.Heartbeats(r.Context(), h.now())
	if err != nil {
		return err
	}
	shown := make([]Heartbeat, 0, len(all))
	for _, one := range all {
		shown = append(shown, h.showHeartbeat(one))
	}
	return answer(w, http.StatusOK, struct {
		Heartbeats []Heartbeat `json:"heartbeats"`
	}{shown})
}

func (h *Handler) getHeartbeat(w http.ResponseWriter, r *http.Request) error {
	if err := queryOf(r).err(); err != nil {
		return err
	}
	one, err := h.cfg.Engine.Heartbeat(r.Context(), h.now(), r.PathValue("id"))
	if errors.Is(err, store.ErrNotFound) {
		return problem(http.StatusNotFound, "there is no such heartbeat")
	}
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, h.showHeartbeat(one))
}

func (h *Handler) showHeartbeat(one engine.Heartbeat) Heartbeat {
	m, s := one.Watch.Monitor(), one.State
	v := Heartbeat{
		ID: m.ID, Name: m.Name, State: s.Phase, Since: s.Since, Problem: s.Trouble.Text, Alert: one.Alert, Service: m.Service,
		Interval: watchbill.Duration(m.Interval), Cron: m.Cron, Timezone: one.Watch.Zone().String(),
		Grace: watchbill.Duration(one.Watch.Grace(h.now())), LastSuccessAt: s.OKAt,
		ExpectedAt: one.Watch.ExpectedAt(s), OverdueAt: one.Watch.DueAt(s), Running: s.Running,
	}
	if !s.Last.At.IsZero() {
		v.LastPing = &s.Last
	}
	for i := len(one.Pings) - 1; i >= 0; i-- {
		v.Pings = append(v.Pings, one.Pings[i])
	}
	return v
}

// Health says how things are, strictly: whether signals can be committed, passes are made in time, and nobody is left
// unpaged. It is what a host tells a dead-man's switch elsewhere.
func (h *Handler) Health(ctx context.Context) Health {
	v, reasons := h.strict(ctx)
	reason, err := h.probe(ctx)
	if err != nil {
		h.log.Error("not healthy", "error", err)
		reason = storeFails
	}
	if reason != "" && !slices.Contains(reasons, reason) {
		reasons = append(reasons, reason)
	}
	return v.health(reasons)
}
