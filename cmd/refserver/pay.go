package main

import (
	"context"

	"github.com/watchbill/watchbill/report"
)

func pay(_ context.Context, p *program) error {
	file := p.flags.String("config", "", "the configuration: a `file` or a folder, with a section pay")
	from := p.flags.String("from", "", "the `time` to begin at, as 2026-01-01T00:00 in the schedules' zone (UTC, if they differ) or with an offset")
	to := p.flags.String("to", "", "the `time` to end at")
	format := p.flags.String("format", "csv", "csv or json")
	if err := p.parse(); err != nil {
		return err
	}
	if *from == "" || *to == "" {
		return usagef("-from and -to are needed, as 2026-01-01T00:00")
	}
	if *format != "csv" && *format != "json" {
		return usagef("-format %q is unknown; use csv or json", *format)
	}
	org, err := loadOrg(p, *file)
	if err != nil {
		return err
	}
	if len(org.Config().Catalog.Pay.Rules) == 0 {
		return usagef("the configuration has no rules of pay; give it a section pay with currency and rules")
	}
	window, err := stretchOf(*from, *to, 0, zoneOfOne(org, ""))
	if err != nil {
		return err
	}
	list, err := rolls(org, "", window)
	if err != nil {
		return err
	}
	made, err := report.Pay(report.PayInput{Window: window, Catalog: org.Config().Catalog, Rolls: list})
	if err != nil {
		return usageError{err}
	}
	if *format == "json" {
		return printJSON(p.stdout, made)
	}
	_, err = p.stdout.Write(made.CSV())
	return err
}
