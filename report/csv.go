package report

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/watchbill/watchbill"
)

// CSV returns the rows for a spreadsheet, below a row of headings. Times are in seconds; where there is none, the cell is
// empty. A text that a spreadsheet would take for a formula begins with an apostrophe, and control characters in texts
// are spaces.
func (r ResponseReport) CSV() []byte {
	head := []string{"of", "scope", "id", "name", "count", "open", "expired"}
	for _, figure := range [...]string{"mttd", "mtta", "mttr"} {
		for _, column := range [...]string{"count", "mean_seconds", "p50_seconds", "p90_seconds", "p95_seconds", "max_seconds"} {
			head = append(head, figure+"_"+column)
		}
	}
	table := [][]string{head}
	for _, row := range r.Rows {
		line := append([]string{string(row.Of), string(row.Scope), cell(row.ID), cell(row.Name)},
			numbers(row.Count, row.Open, row.Expired)...)
		for _, s := range [...]Stats{row.Detect, row.Acknowledge, row.Resolve} {
			line = append(line, s.cells()...)
		}
		table = append(table, line)
	}
	return written(table)
}

// CSV returns the rows for a spreadsheet, below a row of headings; texts are as in [ResponseReport.CSV].
func (r LoadReport) CSV() []byte {
	table := [][]string{{"id", "name", "timezone", "pages", "high", "low", "out_of_hours", "days", "acknowledged"}}
	for _, row := range r.Rows {
		table = append(table, append([]string{cell(string(row.ID)), cell(row.Name), cell(row.Zone)},
			numbers(row.Pages, row.High, row.Low, row.OutOfHours, row.Days, row.Acknowledged)...))
	}
	return written(table)
}

func (s Stats) cells() []string {
	cells := numbers(s.Count)
	for _, d := range [...]watchbill.Duration{s.Mean, s.P50, s.P90, s.P95, s.Max} {
		if s.Count == 0 {
			cells = append(cells, "") // a zero would spoil a mean of means
		} else {
			cells = append(cells, strconv.FormatFloat(time.Duration(d).Seconds(), 'f', -1, 64))
		}
	}
	return cells
}

func numbers(values ...int) []string {
	var cells []string
	for _, v := range values {
		cells = append(cells, strconv.Itoa(v))
	}
	return cells
}

// cell makes a text safe: names come from a configuration, and a report is opened by somebody else.
func cell(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	if begin := strings.TrimSpace(text); begin != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(begin)[0]) {
		return "'" + text
	}
	return text
}

func written(table [][]string) []byte {
	var b bytes.Buffer
	_ = csv.NewWriter(&b).WriteAll(table) // a buffer never fails
	return b.Bytes()
}
