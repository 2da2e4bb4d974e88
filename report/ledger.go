package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
)

// Ledger is what one fairness report hands on to the next: everybody's balance at its end. [ParseLedger] reads it.
type Ledger struct {
	To       time.Time // until when loads are in the balances
	Balances map[watchbill.UserID]time.Duration
}

// Ledger returns the balances of the report.
func (r FairnessReport) Ledger() Ledger {
	l := Ledger{To: r.To, Balances: map[watchbill.UserID]time.Duration{}}
	for _, row := range r.Rows {
		l.Balances[row.ID] = time.Duration(row.Balance)
	}
	return l
}

// maxCarried bounds one balance, and people all, so that no sum overflows.
const (
	maxCarried = time.Duration(century)
	maxLedger  = 100_000
)

// ParseLedger reads the balances from the JSON of a fairness report: its "to", and of each of its "rows" the "id" and the
// "balance", a duration such as "-12h30m". Other fields do not count.
func ParseLedger(data []byte) (Ledger, error) {
	var in struct {
		To   time.Time `json:"to"`
		Rows []struct {
			ID      watchbill.UserID    `json:"id"`
			Balance *watchbill.Duration `json:"balance"`
		} `json:"rows"`
	}
	fail := func(err error) (Ledger, error) {
		return Ledger{}, fmt.Errorf("report: the ledger cannot be read: %w; give the JSON of an earlier fairness report", err)
	}
	if err := json.NewDecoder(bytes.NewReader(data)).Decode(&in); err != nil {
		return fail(errors.New(strings.TrimPrefix(err.Error(), "json: ")))
	}
	switch {
	case in.To.IsZero():
		return fail(errors.New(`it has no "to", the end of its window`))
	case len(in.Rows) > maxLedger:
		return fail(fmt.Errorf("it has more than %d rows", maxLedger))
	}
	l := Ledger{To: in.To, Balances: map[watchbill.UserID]time.Duration{}}
	for i, row := range in.Rows {
		_, again := l.Balances[row.ID]
		switch {
		case row.ID == "" || row.Balance == nil:
			return fail(fmt.Errorf("rows[%d] has no id or no balance", i))
		case again:
			return fail(fmt.Errorf("rows[%d].id: %q is there twice", i, row.ID))
		case time.Duration(*row.Balance).Abs() > maxCarried:
			return fail(fmt.Errorf("rows[%d].balance is more than a century", i))
		}
		l.Balances[row.ID] = time.Duration(*row.Balance)
	}
	return l, nil
}

// String returns "33.33".
func (p Percent) String() string {
	if p < 0 {
		return "-" + (-p).String()
	}
	return fmt.Sprintf("%d.%02d", p/hundredth, p%hundredth)
}

// MarshalJSON writes a number of percent.
func (p Percent) MarshalJSON() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalJSON reads a number of percent; further decimal places than two are refused.
func (p *Percent) UnmarshalJSON(data []byte) error {
	whole, places, _ := strings.Cut(string(data), ".")
	n, err := strconv.ParseInt(whole+(places + "00")[:max(2, len(places))], 10, 64)
	if err != nil || len(places) > 2 {
		return fmt.Errorf("report: %q is not a percentage with two places", data)
	}
	*p = Percent(n)
	return nil
}

// CSV returns the rows for a spreadsheet, below a row of headings. Durations are in seconds, exact to the nanosecond, and
// texts as in [ResponseReport.CSV].
func (r FairnessReport) CSV() []byte {
	table := [][]string{{"id", "name", "timezone", "hours_seconds", "night_seconds", "weekend_seconds", "holiday_seconds", "pages",
		"broken_nights", "present_seconds", "load_seconds", "share_percent", "fair_seconds", "difference_seconds", "carried_seconds",
		"balance_seconds"}}
	for _, row := range r.Rows {
		line := []string{cell(string(row.ID)), cell(row.Name), cell(row.Zone)}
		for _, d := range [...]watchbill.Duration{row.Hours, row.Night, row.Weekend, row.Holiday} {
			line = append(line, seconds(d))
		}
		line = append(line, strconv.Itoa(row.Pages), strconv.Itoa(row.Broken), seconds(row.Present), seconds(row.Load), row.Share.String())
		for _, d := range [...]watchbill.Duration{row.Fair, row.Difference, row.Carried, row.Balance} {
			line = append(line, seconds(d))
		}
		table = append(table, line)
	}
	return written(table)
}

// seconds writes a duration as a decimal number, without rounding.
func seconds(d watchbill.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	text := fmt.Sprintf("%s%d.%09d", sign, d/1e9, d%1e9)
	return strings.TrimRight(strings.TrimRight(text, "0"), ".")
}
