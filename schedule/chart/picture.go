package chart

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"time"

	"github.com/watchbill/watchbill/internal/svg"

	"github.com/watchbill/watchbill/schedule"
)

// SVG draws the schedule in the window of the options. The error is an errors.Join of *[FieldError], or w's.
func SVG(w io.Writer, s *schedule.Schedule, o Options) error {
	p, err := newPicture(s, o)
	if err != nil {
		return err
	}
	p.arrange()
	_, err = w.Write(p.draw())
	return err
}

// role says what a row shows.
type role uint8

const (
	layerRow role = iota
	overrideRow
	finalRow
)

// row is one line of the picture through the whole window.
type row struct {
	role  role
	label string
	lanes [][]bar
	gaps  []bar // of the final row
}

// picture is what is drawn, and where.
type picture struct {
	pen
	o         Options
	s         *schedule.Schedule
	people    *people
	overrides map[schedule.OverrideID]*schedule.Override
	days      *days
	kinds     kinds
	rows      []row
	bands     []band
	final     []schedule.Shift // cut to the window
	gaps      []bar            // each of them
	jumps     []jump
	versions  []time.Time
	remarks   []string // what could not be drawn

	left, plot float64 // where days begin, and how wide they are together
	perDay     float64 // pixels
	form       form
}

// maxLayers is how many layers are drawn.
const maxLayers = 12

func newPicture(s *schedule.Schedule, o Options) (*picture, error) {
	o, err := o.filled(s)
	if err != nil {
		return nil, err
	}
	spec := s.Spec()
	p := &picture{o: o, s: s, people: peopleOf(spec, o), days: newDays(s.Zone()),
		overrides: map[schedule.OverrideID]*schedule.Override{}}
	p.theme, p.prefix, p.kinds = o.Theme, prefix(s, o), kindsOf(spec)
	for i := range spec.Overrides {
		p.overrides[spec.Overrides[i].ID] = &spec.Overrides[i]
	}
	p.final = cut(o.Final, o.From, o.To)
	p.gaps = gaps(p.final, o.From, o.To)
	p.jumps = jumps(s.Zone(), o.From, o.To)
	for _, v := range spec.Versions {
		if at := v.EffectiveFrom.In(s.Zone()); at.After(o.From) && at.Before(o.To) {
			p.versions = append(p.versions, at)
		}
	}
	p.layerRows()
	p.overrideRow(spec)
	p.rows = append(p.rows, row{finalRow, "on call", lanes(p.final), p.gaps})
	return p, nil
}

// prefix keeps the IDs of pictures apart that are put into one page.
func prefix(s *schedule.Schedule, o Options) string {
	h := fnv.New32a()
	fmt.Fprint(h, s.ID(), o.From.Unix(), o.To.Unix(), o.Theme, o.Width)
	return fmt.Sprintf("wb%08x-", h.Sum32())
}

// layerRows adds the layers: those in force when the window begins, and what later versions and temporary schedules
// bring within it.
func (p *picture) layerRows() {
	ids := p.s.LayerIDs()
	var rows []row
	for i := len(ids) - 1; i >= 0; i-- { // the highest precedence first, as there may be too many
		if len(rows) == maxLayers {
			p.remarks = append(p.remarks, fmt.Sprintf("%d layers of lower precedence are not drawn", i+1))
			break
		}
		shifts := cut(p.s.Only(ids[i]).Shifts(p.o.From, p.o.To), p.o.From, p.o.To)
		if len(shifts) == 0 && !p.kinds.now[ids[i]] {
			continue
		}
		label := svg.Clean(string(ids[i]), 40)
		if p.kinds.shadow[ids[i]] {
			label += " (shadow)"
		}
		rows = append(rows, row{role: layerRow, label: label, lanes: lanes(shifts)})
	}
	slices.Reverse(rows)
	p.rows = append(p.rows, rows...)
}

// kinds tell sites, temporary schedules, hand-placed shifts and learners from other layers.
type kinds struct {
	names  map[schedule.LayerID]string
	now    map[schedule.LayerID]bool // those that the schedule itself has, rather than a version or a temporary schedule
	placed map[schedule.LayerID]bool // those that have shifts rather than turns
	shadow map[schedule.LayerID]bool // those that page nobody
}

// of says what a part comes from.
func (k kinds) of(part schedule.Part) string {
	text := cmp.Or(k.names[part.Layer], "layer") + " " + svg.Clean(string(part.Layer), 40)
	switch {
	case part.Schedule != "":
		return text + ", from schedule " + svg.Clean(string(part.Schedule), 40)
	case k.placed[part.Layer]:
		return fmt.Sprintf("%s, shift %d", text, part.Turn)
	}
	return fmt.Sprintf("%s, turn %d", text, part.Turn)
}

func kindsOf(spec schedule.Spec) kinds {
	type set = map[schedule.LayerID]bool
	k := kinds{map[schedule.LayerID]string{}, set{}, set{}, set{}}
	for i, v := range append([]schedule.Version{{Sites: spec.Sites, Layers: spec.Layers}}, spec.Versions...) {
		for _, s := range v.Sites {
			k.names[s.ID] = "site"
			k.now[s.ID] = k.now[s.ID] || i == 0
		}
		for _, l := range v.Layers {
			k.shadow[l.ID] = k.shadow[l.ID] || l.Shadow
			k.placed[l.ID] = len(l.Shifts) > 0
			k.now[l.ID] = k.now[l.ID] || i == 0
		}
	}
	for _, t := range spec.Temporary {
		k.names[t.ID], k.placed[t.ID] = "temporary schedule", true
	}
	return k
}

func (p *picture) overrideRow(spec schedule.Spec) {
	if len(spec.Overrides) == 0 {
		return
	}
	lanes, left := overrideLanes(p.s, spec.Overrides, p.o.From, p.o.To)
	if left > 0 {
		p.remarks = append(p.remarks, fmt.Sprintf("%d overrides that overlap others are not drawn in their row", left))
	}
	if len(lanes) > 0 {
		p.rows = append(p.rows, row{role: overrideRow, label: "overrides", lanes: lanes})
	}
}

// person returns how a user is shown.
func (p *picture) person(b bar) *person { return p.people.of(b.part.User) }
