package config

import (
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
)

func roster(o *object) catalog.Roster {
	r := catalog.Roster{
		Schedule:       watchbill.ScheduleID(o.text("schedule")),
		Layer:          o.text("layer"),
		People:         texts[watchbill.UserID](o, "people"),
		Length:         parse[calendar.Length](o, "length"),
		Start:          parse[calendar.Moment](o, "start"),
		Coverage:       list(o, "coverage", window),
		Seats:          o.number("seats", 1),
		MaxConsecutive: o.number("max_consecutive", 1),
		MinRest:        o.stretch("min_rest", 0),
		ApartFrom:      texts[watchbill.ScheduleID](o, "apart_from"),
		Wishes:         list(o, "wishes", wish),
	}
	if o.has("weights") {
		w := inner(o, "weights", weights)
		r.Weights = &w
	}
	return r
}

func wish(o *object) catalog.Wish {
	return catalog.Wish{
		User:   watchbill.UserID(o.text("user")),
		From:   parse[calendar.Moment](o, "from"),
		To:     parse[calendar.Moment](o, "to"),
		Prefer: o.boolean("prefer"),
		Weight: o.stretch("weight", time.Second),
		Reason: o.text("reason"),
	}
}

// weights begin with the defaults: what is not given stays as it is.
func weights(o *object) catalog.Weights {
	w := catalog.DefaultWeights()
	weight(o, "hour", &w.Hour)
	weight(o, "night", &w.Night)
	weight(o, "weekend", &w.Weekend)
	weight(o, "holiday", &w.Holiday)
	if o.has("page") {
		w.Page = o.stretch("page", 0)
	}
	if o.has("sleep") {
		w.Sleep = o.stretch("sleep", 0)
	}
	if o.has("night_from") {
		w.NightAt = parse[calendar.TimeOfDay](o, "night_from")
	}
	if o.has("night_to") {
		w.NightTo = parse[calendar.TimeOfDay](o, "night_to")
	}
	return w
}

func weight(o *object, name string, w *catalog.Weight) {
	if n, ok := o.scalar(name); ok {
		if err := w.UnmarshalText([]byte(n.Value)); err != nil {
			o.fail(n, "%s", strings.TrimPrefix(err.Error(), "catalog: "))
		}
	}
}

// stretch is duration for a time that people tell in days and weeks: 2d and 1w are 48h and 168h.
func (o *object) stretch(name string, least time.Duration) time.Duration {
	n, ok := o.scalar(name)
	if !ok {
		return 0
	}
	var l calendar.Length
	hours := map[calendar.Unit]time.Duration{calendar.Hour: 1, calendar.Day: 24, calendar.Week: 7 * 24}
	d, err := time.ParseDuration(n.Value)
	if l.UnmarshalText([]byte(n.Value)) == nil && l.N <= 10_000 {
		d, err = time.Duration(l.N)*hours[l.Unit]*time.Hour, nil
	}
	if err != nil || d < least {
		o.fail(n, "is %s, must be a duration of at least %v, such as 90m, 48h, 2d or 1w", quote(n.Value), least)
		return 0
	}
	return d
}
