package chart_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/schedule/chart"
)

var update = flag.Bool("update", false, "write the golden files anew")

// week is a rotation with office hours on top, overrides, and a change of the clocks on 29 March 2026.
const week = `{"id":"primary","timezone":"Europe/Berlin","layers":[
	{"id":"week","users":["ada","ben","cem"],"start":"2026-01-05T09:00","rotation":{"unit":"week"}},
	{"id":"office","users":["dee","eva"],"start":"2026-01-05T09:00","rotation":{"unit":"day"},"timezone":"America/New_York",
	 "coverage":[{"days":["mon","tue","wed","thu","fri"],"from":"09:00","to":"17:00"}]}],
	"overrides":[
	{"id":"dentist","from":"2026-03-24T09:00","to":"2026-03-25T09:00","user":"ben","replaces":"cem","by":"ben","reason":"dentist"},
	{"id":"help","from":"2026-03-26T18:00","to":"2026-03-27T06:00","add":"fay"},
	{"id":"off","from":"2026-03-27T06:00","to":"2026-03-27T09:00","remove":"cem"},
	{"id":"all","from":"2026-03-28T06:00","to":"2026-03-28T18:00","user":"fay"}]}`

// sun follows the sun between two sites; a layer of learners looks on.
const sun = `{"id":"sun","timezone":"UTC","sites":[
	{"id":"eu","timezone":"Europe/Berlin","from":"09:00","users":["ada","ben"],"start":"2026-01-05T09:00","rotation":{"unit":"week"}},
	{"id":"us","timezone":"America/New_York","from":"09:00","users":["cem","dee"],"start":"2026-01-05T09:00","rotation":{"unit":"week"}}],
	"layers":[{"id":"learn","users":["eva","fay"],"start":"2026-01-05T09:00","rotation":{"unit":"day"},"shadow":true}]}`

// nights has somebody at night only.
const nights = `{"id":"nights","timezone":"Europe/Berlin","layers":[
	{"id":"nights","users":["ada","ben","cem"],"start":"2026-01-05T18:00","rotation":{"unit":"week"},
	 "coverage":[{"days":["mon","tue","wed","thu","fri","sat","sun"],"from":"18:00","to":"08:00"}]}]}`

// hourly changes every hour, and every fourth hour nobody is on call.
const hourly = `{"id":"hourly","timezone":"Europe/Berlin","layers":[
	{"id":"hour","users":["ada","ben","cem","~"],"start":"2026-01-01T00:00","rotation":{"unit":"hour"}}]}`

func made(t testing.TB, text string) *schedule.Schedule {
	t.Helper()
	var spec schedule.Spec
	require.NoError(t, json.Unmarshal([]byte(text), &spec))
	s, err := schedule.New(spec)
	require.NoError(t, err)
	return s
}

func named(id watchbill.UserID) string {
	return map[watchbill.UserID]string{"ada": "Ada Okafor", "ben": "Ben Carter", "cem": "Cem Yıldız", "dee": "Dee O'Neill", "eva": "Eva Lindqvist"}[id]
}

// window is options for whole days of UTC.
func window(from, to string) chart.Options {
	return chart.Options{From: day(from), To: day(to), Names: named, Theme: chart.Light}
}

func day(text string) time.Time {
	t, err := time.Parse("2006-01-02", text)
	if err != nil {
		panic(err)
	}
	return t
}

func draw(t testing.TB, s *schedule.Schedule, o chart.Options) string {
	t.Helper()
	var b strings.Builder
	require.NoError(t, chart.SVG(&b, s, o))
	return b.String()
}

// element is one element of a picture.
type element struct {
	XMLName  xml.Name
	Attrs    []xml.Attr `xml:",any,attr"`
	Text     string     `xml:",chardata"`
	Children []element  `xml:",any"`
}

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// walk visits e and everything in it.
func (e element) walk(visit func(element)) {
	visit(e)
	for _, c := range e.Children {
		c.walk(visit)
	}
}

// named returns the elements of that name.
func (e element) named(name string) (all []element) {
	e.walk(func(x element) {
		if x.XMLName.Local == name {
			all = append(all, x)
		}
	})
	return all
}

// texts are the contents of all elements of that name.
func (e element) texts(name string) (all []string) {
	for _, x := range e.named(name) {
		all = append(all, x.Text)
	}
	return all
}

// parse reads a picture, which must be one well-formed document.
func parse(t testing.TB, svg string) element {
	t.Helper()
	dec := xml.NewDecoder(strings.NewReader(svg))
	var root element
	require.NoError(t, dec.Decode(&root))
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return root
		}
		require.NoError(t, err)
		text, ok := token.(xml.CharData)
		require.True(t, ok && strings.TrimSpace(string(text)) == "", "there is more than one element: %v", token)
	}
}
