package config

import (
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/internal/yamlfile"
)

func roster(o *object) catalog.Roster {
	r := catalog.Roster{
		Schedule:       watchbill.ScheduleID(o.Text("schedule")),
		Layer:          o.Text("layer"),
		People:         yamlfile.Texts[watchbill.UserID](o.Object, "people"),
		Length:         yamlfile.Value[calendar.Length](o.Object, "length"),
		Start:          yamlfile.Value[calendar.Moment](o.Object, "start"),
		Coverage:       list(o, "coverage", window),
		Seats:          o.Number("seats", 1),
		MaxConsecutive: o.Number("max_consecutive", 1),
		MinRest:        o.stretch("min_rest", 0),
		ApartFrom:      yamlfile.Texts[watchbill.ScheduleID](o.Object, "apart_from"),
		Wishes:         list(o, "wishes", wish),
	}
	if o.Has("weights") {
		w := inner(o, "weights", weights)
		r.Weights = &w
	}
	return r
}

func wish(o *object) catalog.Wish {
	return catalog.Wish{
		User:   watchbill.UserID(o.Text("user")),
		From:   yamlfile.Value[calendar.Moment](o.Object, "from"),
		To:     yamlfile.Value[calendar.Moment](o.Object, "to"),
		Prefer: o.Boolean("prefer"),
		Weight: o.stretch("weight", time.Second),
		Reason: o.Text("reason"),
	}
}

// weights begin with the defaults: what is not given stays as it is.
func weights(o *object) catalog.Weights {
	w := catalog.DefaultWeights()
	weight(o, "hour", &w.Hour)
	weight(o, "night", &w.Night)
	weight(o, "weekend", &w.Weekend)
	weight(o, "holiday", &w.Holiday)
	if o.Has("page") {
		w.Page = o.stretch("page", 0)
	}
	if o.Has("sleep") {
		w.Sleep = o.stretch("sleep", 0)
	}
	if o.Has("night_from") {
		w.NightAt = yamlfile.Value[calendar.TimeOfDay](o.Object, "night_from")
	}
	if o.Has("night_to") {
		w.NightTo = yamlfile.Value[calendar.TimeOfDay](o.Object, "night_to")
	}
	return w
}

func weight(o *object, name string, w *catalog.Weight) {
	if n, ok := o.Scalar(name); ok {
		if err := w.UnmarshalText([]byte(n.Value)); err != nil {
			o.Fail(n, "%s", strings.TrimPrefix(err.Error(), "catalog: "))
		}
	}
}

// stretch is duration for a time that people tell in days and weeks: 2d and 1w are 48h and 168h.
func (o *object) stretch(name string, least time.Duration) time.Duration {
	n, ok := o.Scalar(name)
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
		o.Fail(n, "is %s, must be a duration of at least %v, such as 90m, 48h, 2d or 1w", yamlfile.Quote(n.Value), least)
		return 0
	}
	return d
}
