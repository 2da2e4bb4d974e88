package httpapi

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/ical"
	"github.com/watchbill/watchbill/oncall"
)

// feedRoutes is calendar feeds.
func (h *Handler) feedRoutes() {
	h.handle("/calendar/{file}", methods{"GET": h.calendar})
	h.handle("/api/v1/users/{id}/calendar", methods{"GET": h.needs(h.userCalendar, catalog.RoleViewer)})
	h.handle("/api/v1/schedules/{id}/calendar", methods{"GET": h.needs(h.scheduleCalendar, catalog.RoleViewer)})
}

// Kinds of calendars. A token says one of them.
const (
	calendarOfUser     = 'u'
	calendarOfSchedule = 's'
)

// UserCalendarURL returns the address of a person's calendar, with the shifts in all schedules. Whoever has it can read
// it, without any login, until the signing key changes: all addresses are void then. It is empty without a key.
func (l Links) UserCalendarURL(u watchbill.UserID) string {
	return l.calendarURL(calendarOfUser, string(u))
}

// ScheduleCalendarURL returns the address of a schedule's calendar, as [Links.UserCalendarURL] does.
func (l Links) ScheduleCalendarURL(id watchbill.ScheduleID) string {
	return l.calendarURL(calendarOfSchedule, string(id))
}

func (l Links) calendarURL(kind byte, id string) string {
	if len(l.Key) < MinKey || id == "" || len(id) > maxToken/2 {
		return ""
	}
	data := append([]byte{tokenVersion, kind}, id...)
	return l.address("/calendar/" + base64.RawURLEncoding.EncodeToString(append(data, l.calendarMAC(data)...)) + ".ics")
}

// openCalendar returns what a calendar's token says, and whether it was made with this key. A token is these bytes in
// base64url: version, 1 byte | kind, 1 | ID | HMAC-SHA256, the first 16.
func (l Links) openCalendar(token string) (kind byte, id string, ok bool) {
	const header = 2
	if len(l.Key) < MinKey || len(token) > maxToken {
		return 0, "", false
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(data) <= header+tokenMAC || strings.ContainsAny(token, "\r\n") {
		return 0, "", false
	}
	data, mac := data[:len(data)-tokenMAC], data[len(data)-tokenMAC:]
	if !hmac.Equal(mac, l.calendarMAC(data)) || data[0] != tokenVersion {
		return 0, "", false
	}
	return data[1], string(data[header:]), true
}

// calendarMAC signs with a key for this purpose alone, as [Links.mac] does.
func (l Links) calendarMAC(data []byte) []byte {
	purpose := hmac.New(sha256.New, l.Key)
	purpose.Write([]byte("watchbill: calendar"))
	sum := hmac.New(sha256.New, purpose.Sum(nil))
	sum.Write(data)
	return sum.Sum(nil)[:tokenMAC]
}

// calendarAnswer is where a calendar is.
type calendarAnswer struct {
	URL string `json:"url"`
}

// userCalendar hands out the address of a person's calendar. A key that is a person gets that person's only; the ID me is
// whoever the caller's key belongs to.
func (h *Handler) userCalendar(w http.ResponseWriter, r *http.Request) error {
	id, err := person(r)
	if err != nil {
		return err
	}
	if who := principal(r); who.User != "" && who.User != id {
		return problem(http.StatusForbidden, "the key %q is %s's, and gets nobody else's calendar; ask for me", who.Name, who.User)
	}
	_, ok, err := lookup(r.Context(), h, func(org *oncall.Org) (catalog.User, bool) { return org.User(id) })
	if err != nil {
		return err
	}
	if !ok {
		return problem(http.StatusNotFound, "there is no user %q", id)
	}
	return answerCalendar(w, h.links.UserCalendarURL(id))
}

// scheduleCalendar hands out the address of a schedule's calendar.
func (h *Handler) scheduleCalendar(w http.ResponseWriter, r *http.Request) error {
	id := watchbill.ScheduleID(r.PathValue("id"))
	_, ok, err := lookup(r.Context(), h, func(org *oncall.Org) (struct{}, bool) {
		_, ok := org.Schedule(id)
		return struct{}{}, ok
	})
	if err != nil {
		return err
	}
	if !ok {
		return problem(http.StatusNotFound, "there is no schedule %q", id)
	}
	return answerCalendar(w, h.links.ScheduleCalendarURL(id))
}

func answerCalendar(w http.ResponseWriter, address string) error {
	if address == "" {
		return problem(http.StatusNotFound, "there are no calendars: the server has no signing key, or the ID is too long")
	}
	return answer(w, http.StatusOK, calendarAnswer{address})
}

// calendar serves a calendar to whoever has its address.
func (h *Handler) calendar(w http.ResponseWriter, r *http.Request) error {
	token, isCalendar := strings.CutSuffix(r.PathValue("file"), ".ics")
	kind, id, ok := h.links.openCalendar(token)
	if !ok || !isCalendar {
		return nothingHere(w, r)
	}
	past, err := h.past(r.Context())
	if err != nil {
		return err
	}
	feed := ical.Feed{Host: hostOf(h.cfg.PublicURL), Stamp: past.stamp, Sequence: past.sequence}
	var data []byte
	switch s, hasSchedule := past.find(watchbill.ScheduleID(id)); {
	case kind == calendarOfUser:
		u, ok := past.org.User(watchbill.UserID(id))
		if !ok {
			return nothingHere(w, r)
		}
		feed.Name = "On call: " + u.DisplayName()
		data = feed.OfUser(u, past.all()...)
	case kind == calendarOfSchedule && hasSchedule:
		feed.Name = "On call: " + id
		data = feed.OfSchedule(past.duties(s), past.name)
	default:
		return nothingHere(w, r)
	}
	changed := past.stamp
	if h.now().Sub(changed) < settled {
		changed = time.Time{}
	}
	serveCalendar(w, r, data, changed)
	return nil
}

// settled is how old a calendar must be to say when it was changed. That has whole seconds, and a calendar may change again
// within the same one: who asks with If-Modified-Since alone would miss it.
const settled = 2 * time.Second

func serveCalendar(w http.ResponseWriter, r *http.Request, data []byte, changed time.Time) {
	sum := sha256.Sum256(data)
	header := w.Header()
	header.Set("Content-Type", "text/calendar; charset=utf-8")
	header.Set("Content-Disposition", `inline; filename="oncall.ics"`)
	header.Set("Cache-Control", "private, max-age=300")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("ETag", `"`+base64.RawURLEncoding.EncodeToString(sum[:12])+`"`)
	http.ServeContent(w, r, "", changed, bytes.NewReader(data))
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Hostname()
}
