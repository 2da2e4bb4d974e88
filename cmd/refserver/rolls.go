package main

import (
	"os"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/report"
	"github.com/watchbill/watchbill/schedule"
)

// planOf gathers what reports and rosters need to know of a schedule.
func planOf(org *oncall.Org, spec schedule.Spec) report.Plan {
	s, _ := org.Schedule(spec.ID) // the configuration's own
	c := org.Config()
	return report.Plan{Spec: spec, Schedule: s, Specs: c.Schedules, Catalog: c.Catalog, Needs: org.Needs(spec.ID)}
}

// rolls calls the roll of all schedules, or of one.
func rolls(org *oncall.Org, only watchbill.ScheduleID, w report.Window) ([]report.Roll, error) {
	if _, ok := org.Schedule(only); only != "" && !ok {
		return nil, noSchedule(org, only)
	}
	var all []report.Roll
	for _, spec := range org.Config().Schedules {
		if only == "" || spec.ID == only {
			all = append(all, report.Call(planOf(org, spec), w))
		}
	}
	return all, nil
}

// stretchOf reads -from and -to; without -from, the window is so long.
func stretchOf(from, to string, long time.Duration, zone *time.Location) (report.Window, error) {
	end, err := at("to", to, zone)
	if err != nil {
		return report.Window{}, err
	}
	begin := end.Add(-long)
	if from != "" {
		if begin, err = at("from", from, zone); err != nil {
			return report.Window{}, err
		}
	}
	if !begin.Before(end) {
		return report.Window{}, usagef("-to, %s, is not after -from, %s", end.Format("2006-01-02T15:04"), begin.Format("2006-01-02T15:04"))
	}
	return report.Window{From: begin.Truncate(time.Microsecond), To: end.Truncate(time.Microsecond)}, nil
}

// zoneOfOne is the zone in which times without an offset are read: that of the schedule, or of all of them if it is the
// same; else UTC.
func zoneOfOne(org *oncall.Org, only watchbill.ScheduleID) *time.Location {
	zone := time.UTC
	for i, spec := range org.Config().Schedules {
		s, _ := org.Schedule(spec.ID)
		switch {
		case spec.ID == only:
			return s.Zone()
		case i == 0:
			zone = s.Zone()
		case s.Zone().String() != zone.String():
			zone = time.UTC
		}
	}
	return zone
}

// carried reads the ledger of an earlier report; nil without a file.
func carried(path string) (*report.Ledger, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, usagef("-carry: %w", err)
	}
	ledger, err := report.ParseLedger(data)
	if err != nil {
		return nil, usagef("-carry %s: %w", path, err)
	}
	return &ledger, nil
}
