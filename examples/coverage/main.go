// Command coverage proves that somebody is on call at every instant of ten years, or says when nobody is and how to mend
// it, and draws a month: this is how a team tests its schedule before it pages anybody.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/calendar"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/schedule/chart"
	"github.com/watchbill/watchbill/verify"
)

var svg = flag.String("svg", "", "draw four weeks into this `file`")

func main() {
	flag.Parse()
	from := time.Date(2026, time.March, 23, 0, 0, 0, 0, time.UTC)
	prove(office(), from)
	prove(office(nights()), from)
	if *svg == "" {
		return
	}
	var picture bytes.Buffer
	s, err := schedule.New(office(nights()))
	if err == nil {
		err = chart.SVG(&picture, s, chart.Options{From: from, To: from.AddDate(0, 0, 28)})
	}
	if err == nil {
		err = os.WriteFile(*svg, picture.Bytes(), 0o644)
	}
	if err != nil {
		log.Fatal(err)
	}
}

// office is on call in working hours; what lies below it shows through at other times.
func office(below ...schedule.Layer) schedule.Spec {
	days := []calendar.Weekday{calendar.Monday, calendar.Tuesday, calendar.Wednesday, calendar.Thursday, calendar.Friday}
	return schedule.Spec{ID: "support", Timezone: "Europe/Berlin", Layers: append(below, schedule.Layer{
		ID: "office", Users: []watchbill.UserID{"ada", "ben"}, Start: start(), Rotation: schedule.Rotation{Unit: calendar.Week},
		Coverage: []calendar.Window{{Days: days, From: calendar.NewTimeOfDay(9, 0), To: calendar.NewTimeOfDay(17, 0)}},
	})}
}

// nights is always on call, for two days and then for five.
func nights() schedule.Layer {
	return schedule.Layer{ID: "nights", Users: []watchbill.UserID{"cem", "dee", "eva"}, Start: start(),
		Rotation: schedule.Rotation{Lengths: []calendar.Length{{N: 2, Unit: calendar.Day}, {N: 5, Unit: calendar.Day}}}}
}

func start() calendar.Moment {
	return calendar.CivilMoment(calendar.NewCivil(2026, time.January, 5, 9, 0, 0))
}

func prove(spec schedule.Spec, from time.Time) {
	s, err := schedule.New(spec)
	if err != nil {
		log.Fatal(err)
	}
	to := from.AddDate(10, 0, 0)
	gaps := verify.Coverage(s, from, to)
	if len(gaps) == 0 {
		fmt.Println("proved: somebody is on call from", from.Format(time.DateOnly), "to", to.Format(time.DateOnly))
		return
	}
	first := gaps[0]
	fmt.Printf("%d gaps; the first from %s to %s: %s; %s\n", len(gaps), first.Start.Format(time.RFC1123),
		first.End.Format(time.RFC1123), first.Causes[0].Text, first.Causes[0].Mend)
}
