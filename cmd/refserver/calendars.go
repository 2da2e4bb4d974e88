package main

import (
	"time"

	"github.com/watchbill/watchbill/config"
	"github.com/watchbill/watchbill/ical"
)

// readCalendar reads the calendar files that a configuration names.
func readCalendar(data []byte, zone *time.Location, from, to time.Time) ([]config.Event, error) {
	events, err := ical.Read(data, zone, from, to)
	all := make([]config.Event, len(events))
	for i, e := range events {
		all[i] = config.Event(e)
	}
	return all, err
}
