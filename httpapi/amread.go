package httpapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"net/http"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/store"
)

const (
	// amVersion is the Alertmanager whose API this is: amtool compares it with its own.
	amVersion = "0.31.1"
	// amOpen is how many open alerts are read, the newest first, for one answer.
	amOpen = 10_000
)

// amStatus says what clients ask first.
func (h *Handler) amStatus(w http.ResponseWriter, _ *http.Request, src catalog.Source) error {
	receiver := amReceiverOf(src.Service)
	return answer(w, http.StatusOK, map[string]any{
		"cluster": map[string]any{"status": "disabled", "peers": []string{}},
		"config": map[string]string{
			"original": fmt.Sprintf("# This is Watchbill; where alerts go is in its own configuration.\nroute:\n  receiver: %q\nreceivers:\n- name: %q\n",
				receiver.Name, receiver.Name)},
		"uptime": amTime(h.began),
		"versionInfo": map[string]string{"version": amVersion, "revision": "", "branch": "", "buildUser": "", "buildDate": "",
			"goVersion": runtime.Version()},
	})
}

// amReceiver is where alerts go: a service.
type amReceiver struct {
	Name string `json:"name"`
}

func amReceiverOf(id watchbill.ServiceID) amReceiver {
	return amReceiver{cmp.Or(string(id), "watchbill")}
}

func (h *Handler) amReceivers(w http.ResponseWriter, _ *http.Request, src catalog.Source) error {
	return answer(w, http.StatusOK, []amReceiver{amReceiverOf(src.Service)})
}

// amAlert is an alert as Alertmanager shows it.
type amAlert struct {
	Annotations  map[string]string `json:"annotations"`
	EndsAt       amTime            `json:"endsAt"`
	Fingerprint  string            `json:"fingerprint"`
	Receivers    []amReceiver      `json:"receivers"`
	StartsAt     amTime            `json:"startsAt"`
	Status       amAlertStatus     `json:"status"`
	UpdatedAt    amTime            `json:"updatedAt"`
	GeneratorURL string            `json:"generatorURL,omitempty"`
	Labels       map[string]string `json:"labels"`
	sorted       []alert.Label
}

type amAlertStatus struct {
	State       string   `json:"state"`
	SilencedBy  []string `json:"silencedBy"`
	InhibitedBy []string `json:"inhibitedBy"`
	MutedBy     []string `json:"mutedBy"` // by maintenance, or whatever else holds it
}

func (h *Handler) amAlerts(w http.ResponseWriter, r *http.Request, src catalog.Source) error {
	all, err := h.amFind(r, src)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, all)
}

// amGroups lists the alerts of each receiver as a group: they are grouped by rules, not by labels.
func (h *Handler) amGroups(w http.ResponseWriter, r *http.Request, src catalog.Source) error {
	all, err := h.amFind(r, src)
	if err != nil {
		return err
	}
	type group struct {
		Alerts   []amAlert         `json:"alerts"`
		Labels   map[string]string `json:"labels"`
		Receiver amReceiver        `json:"receiver"`
	}
	groups := []group{}
	for _, a := range all {
		i := slices.IndexFunc(groups, func(g group) bool { return g.Receiver == a.Receivers[0] })
		if i < 0 {
			i, groups = len(groups), append(groups, group{Labels: map[string]string{}, Receiver: a.Receivers[0]})
		}
		groups[i].Alerts = append(groups[i].Alerts, a)
	}
	return answer(w, http.StatusOK, groups)
}

// amFind returns the open alerts of a source that the query asks for, by fingerprint.
func (h *Handler) amFind(r *http.Request, src catalog.Source) ([]amAlert, error) {
	wanted, err := amWantedIn(r)
	if err != nil {
		return nil, err
	}
	all := []amAlert{}
	err = h.cfg.Store.View(r.Context(), func(tx store.Tx) error {
		all = all[:0]
		for _, state := range []alert.State{alert.Triggered, alert.Acknowledged} {
			q := store.Query{State: state}
			for read := 0; read < amOpen; {
				page, next, err := tx.Episodes().List(q, maxLimit)
				if err != nil {
					return err
				}
				for _, s := range page {
					if a := amAlertOf(s.Episode); s.Err == nil && s.Episode.Alert.Source == src.ID && wanted.has(a) {
						all = append(all, a)
					}
				}
				if read, q.Cursor = read+len(page), next; next == "" {
					break
				}
			}
		}
		return nil
	})
	slices.SortFunc(all, func(a, b amAlert) int { return cmp.Compare(a.Fingerprint, b.Fingerprint) })
	return all, err
}

// amAlertOf shows an alert. What its annotations were is put together again, as far as they are kept.
func amAlertOf(e episode.Episode) amAlert {
	a := e.Alert
	out := amAlert{
		Annotations: map[string]string{}, EndsAt: amTime(a.LastSeenAt.Add(resolveTimeout)), Fingerprint: amFingerprint(a.Labels),
		Receivers: []amReceiver{amReceiverOf(a.Service)}, StartsAt: amTime(a.CreatedAt), UpdatedAt: amTime(a.LastSeenAt),
		Status: amStatusOf(e.Held), Labels: map[string]string{}, sorted: a.Labels,
	}
	if !a.StartsAt.IsZero() {
		out.StartsAt = amTime(a.StartsAt)
	}
	for i, s := range a.Senders {
		if i == 0 || s.EndsAt.After(time.Time(out.EndsAt)) {
			out.EndsAt = amTime(s.EndsAt)
		}
	}
	for _, l := range a.Labels {
		out.Labels[l.Name] = l.Value
	}
	_ = json.Unmarshal(a.Details, &out.Annotations) // those that the rest of the alert does not show
	if out.Annotations == nil {
		out.Annotations = map[string]string{}
	}
	out.Annotations["summary"] = cmp.Or(out.Annotations["summary"], a.Summary)
	for _, l := range a.Links {
		switch l.Text {
		case "Runbook":
			out.Annotations["runbook_url"] = l.Href
		case "Dashboard":
			out.Annotations["dashboard_url"] = l.Href
		case "Source":
			out.GeneratorURL = l.Href
		}
	}
	return out
}

func amStatusOf(held []mute.Held) amAlertStatus {
	s := amAlertStatus{State: "active", SilencedBy: []string{}, InhibitedBy: []string{}, MutedBy: []string{}}
	for _, h := range held {
		s.State = "suppressed"
		switch h.Reason {
		case mute.BySilence:
			s.SilencedBy = append(s.SilencedBy, h.ID)
		case mute.ByInhibition:
			s.InhibitedBy = append(s.InhibitedBy, cmp.Or(h.By, h.ID))
		default:
			s.MutedBy = append(s.MutedBy, cmp.Or(h.ID, string(h.Reason)))
		}
	}
	return s
}

// amFingerprint is Prometheus's own name of a set of labels: FNV-1a over names and values, each with a byte that no UTF-8
// has behind it.
func amFingerprint(labels []alert.Label) string {
	hash := fnv.New64a()
	for _, l := range labels {
		_, _ = hash.Write([]byte(l.Name + "\xff" + l.Value + "\xff")) // never fails
	}
	return fmt.Sprintf("%016x", hash.Sum64())
}

// amWanted is which alerts a client asks for.
type amWanted struct {
	filter                            mute.Matchers
	receiver                          *regexp.Regexp
	active, silenced, inhibited, mute bool
}

func amWantedIn(r *http.Request) (wanted amWanted, err error) {
	q := r.URL.Query()
	is := func(name string) bool {
		return !q.Has(name) || slices.Contains([]string{"true", "1", "yes", "on"}, strings.ToLower(q.Get(name)))
	}
	wanted = amWanted{active: is("active"), silenced: is("silenced"), inhibited: is("inhibited"), mute: is("muted")}
	if wanted.filter, err = amFilter(r); err != nil {
		return wanted, err
	}
	if text := q.Get("receiver"); text != "" {
		if wanted.receiver, err = regexp.Compile("^(?:" + text + ")$"); err != nil || len(text) > amLongest {
			return wanted, amErrorf(http.StatusBadRequest, 0, "failed to parse receiver param: %.200s", text)
		}
	}
	return wanted, nil
}

// The bounds of what a client may filter by.
const amMatchers, amLongest = 100, 1000

func amFilter(r *http.Request) (all mute.Matchers, err error) {
	for i, text := range r.URL.Query()["filter"] {
		m, err := mute.ParseMatcher(text)
		if err != nil || i == amMatchers {
			return nil, amErrorf(http.StatusBadRequest, 0, "bad matcher format: %.200s", text)
		}
		all = append(all, m)
	}
	return all, nil
}

// matches reports whether labels are as the filter wants them; without a filter, all are.
func amMatches(filter mute.Matchers, labels []alert.Label) bool {
	return len(filter) == 0 || filter.Matches(mute.Subject{Labels: labels})
}

func (wanted amWanted) has(a amAlert) bool {
	s := a.Status
	return (wanted.active || s.State != "active") && (wanted.silenced || len(s.SilencedBy) == 0) &&
		(wanted.inhibited || len(s.InhibitedBy) == 0) && (wanted.mute || len(s.MutedBy) == 0) &&
		(wanted.receiver == nil || wanted.receiver.MatchString(a.Receivers[0].Name)) && amMatches(wanted.filter, a.sorted)
}
