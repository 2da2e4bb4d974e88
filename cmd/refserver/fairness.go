package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/report"
)

// quarter is how far back fairness looks.
const quarter = 90 * 24 * time.Hour

func fairness(_ context.Context, p *program) error {
	file := p.flags.String("config", "", "the configuration: a `file` or a folder")
	from := p.flags.String("from", "", "the `time` to begin at, in the schedule's zone or with an offset; default: 90 days before the end")
	to := p.flags.String("to", "", "the `time` to end at; default: now")
	only := p.flags.String("schedule", "", "only the schedule with this `ID`")
	carry := p.flags.String("carry", "", "the JSON `file` of an earlier report, whose balances are carried over")
	asJSON := p.flags.Bool("json", false, "print JSON, which can be carried into the next report")
	format := p.flags.String("format", "", "csv, or json, which is -json; default: a table for reading")
	if err := p.parse(); err != nil {
		return err
	}
	switch {
	case *format != "" && *format != "csv" && *format != "json":
		return usagef("-format %q is unknown; use csv or json", *format)
	case *format == "csv" && *asJSON:
		return usagef("-json and -format csv are two answers; ask for one")
	}
	org, err := loadOrg(p, *file)
	if err != nil {
		return err
	}
	id := watchbill.ScheduleID(*only)
	window, err := stretchOf(*from, *to, quarter, zoneOfOne(org, id))
	if err != nil {
		return err
	}
	list, err := rolls(org, id, window)
	if err != nil {
		return err
	}
	ledger, err := carried(*carry)
	if err != nil {
		return err
	}
	made, err := report.Fairness(report.FairnessInput{Window: window, Catalog: org.Config().Catalog, Rolls: list, Carried: ledger})
	if err != nil {
		return usageError{err}
	}
	switch {
	case *asJSON || *format == "json":
		return printJSON(p.stdout, made)
	case *format == "csv":
		_, err = p.stdout.Write(made.CSV())
		return err
	}
	return tellFairness(p.stdout, made)
}

func tellFairness(w io.Writer, r report.FairnessReport) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "user\thours\tnight\tweekend\tholiday\tpages\tload\tshare\tfair\tdifference\tcarried\tbalance\t")
	for _, row := range r.Rows {
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%d\t%s\t%v %%\t%s\t%s\t%s\t%s\t\n", row.ID, hm(row.Hours), hm(row.Night), hm(row.Weekend),
			hm(row.Holiday), row.Pages, hm(row.Load), row.Share, hm(row.Fair), hm(row.Difference), hm(row.Carried), hm(row.Balance))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintf(w, "%s to %s: score %v of 100; %s of %s hours of load would have to change hands\n",
		r.From.Format("2006-01-02 15:04"), r.To.Format("2006-01-02 15:04 MST"), r.Score, hm(r.Misplaced), hm(r.Load))
	if err == nil && !r.PagesKnown {
		_, err = fmt.Fprintln(w, "a configuration knows no pages: they count in the server's report, /api/v1/reports/fairness")
	}
	return err
}

// hm writes a duration in hours and minutes, for reading; JSON has it exactly.
func hm(d watchbill.Duration) string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	minutes := time.Duration(d).Round(time.Minute) / time.Minute
	return fmt.Sprintf("%s%d:%02d", sign, minutes/60, minutes%60)
}
