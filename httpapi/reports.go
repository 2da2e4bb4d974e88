package httpapi

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/report"
)

func (h *Handler) reportRoutes() {
	h.handle("/api/v1/reports/response", methods{"GET": h.needs(h.alone(h.report(func(in report.Input) document { return report.Response(in) })), catalog.RoleViewer)})
	h.handle("/api/v1/reports/load", methods{"GET": h.needs(h.alone(h.report(func(in report.Input) document { return report.Load(in) })), catalog.RoleViewer)})
}

// document is a report: JSON as it is, CSV for spreadsheets.
type document interface{ CSV() []byte }

// reportWindow is the default window of a report: so long until now.
const reportWindow = 30 * 24 * time.Hour

// maxReport bounds a report's window.
const maxReport = 400 * 24 * time.Hour

func (h *Handler) report(of func(report.Input) document) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		q := queryOf(r, "from", "to", "hours", "format")
		to := q.time("to", h.now())
		window := report.Window{From: q.time("from", to.Add(-reportWindow)), To: to}
		if !window.From.Before(to) || to.Sub(window.From) > maxReport {
			q.refuse("from", "expected a time before to, at most 400 days")
		}
		hours, err := report.ParseHours(q.text("hours"))
		if err != nil {
			why := reasonOf(err.Error())
			q.refuse("hours", "%s", reasonOf(strings.TrimPrefix(why, fmt.Sprintf("hours %q: ", q.text("hours")))))
		}
		format := q.oneOf("format", "json", "csv")
		if err := q.err(); err != nil {
			return err
		}
		in, err := h.cfg.Engine.Facts(r.Context(), window, hours)
		if err != nil {
			return err
		}
		made := of(in)
		if format == "csv" {
			send(w, http.StatusOK, "text/csv; charset=utf-8", made.CSV())
			return nil
		}
		return answer(w, http.StatusOK, made)
	}
}
