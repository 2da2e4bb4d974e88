package statuspage_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/statuspage"
)

const poison = "POISON"

// fill sets every string that can be reached, in lists too, to poison: except those that are public, by their path.
func fill(v reflect.Value, path string, public map[string]string) {
	switch {
	case v.Type() == reflect.TypeFor[time.Time]():
	case v.Kind() == reflect.String:
		text, ok := public[path]
		if !ok {
			text = poison + " " + path
		}
		v.SetString(text)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."), public)
		}
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), path+"[]", public)
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), path, public)
	case v.Kind() == reflect.Map, v.Kind() == reflect.Interface:
		panic(path + ": fill does not know how to poison this")
	}
}

// The public texts, and the IDs by which things find each other. All else is internal.
func poisoned() (catalog.Page, statuspage.Board, incident.Incident) {
	const service = poison + " service"
	var p catalog.Page
	fill(reflect.ValueOf(&p).Elem(), "", map[string]string{"ID": "public", "Name": "PUBLIC page", "Description": "PUBLIC words", "Zone": "UTC",
		"Components[].ID": "comp", "Components[].Name": "PUBLIC component", "Components[].Description": "PUBLIC line", "Components[].Group": "PUBLIC group",
		"Components[].Services[]": service})
	var b statuspage.Board
	fill(reflect.ValueOf(&b).Elem(), "", map[string]string{"Page": "public", "Settings[].Component": "comp",
		"Maintenances[].ID": "m1", "Maintenances[].Title": "PUBLIC works", "Maintenances[].Text": "PUBLIC plan", "Maintenances[].Components[]": "comp",
		"Maintenances[].Updates[].ID": "u1", "Maintenances[].Updates[].Text": "PUBLIC delay"})
	b.Settings[0].Status, b.Settings[0].From, b.Settings[0].To = statuspage.Partial, daysAgo(3, noon), daysAgo(2, noon)
	m := &b.Maintenances[0]
	m.CreatedAt, m.From, m.Until, m.Updates[0].At = at(8, 0), at(9, 0), at(20, 0), at(10, 0)

	var i incident.Incident
	fill(reflect.ValueOf(&i).Elem(), "", map[string]string{"ID": "06nf", "Impact.Services[].Service": service, "Impact.Spans[].Service": service,
		"Updates[].ID": "u1", "Updates[].Title": "PUBLIC title", "Updates[].Text": "PUBLIC text", "Updates[].Pages[]": "public"})
	i.Status = incident.Identified
	i.Impact.Spans[0].Effect, i.Impact.Spans[0].From = incident.EffectMajor, at(9, 0)
	i.Updates[0].At, i.Updates[0].Status, i.Updates[0].ExpectedAt = at(9, 5), incident.Investigating, at(18, 0)
	elsewhere := i.Updates[0]
	elsewhere.ID, elsewhere.Title, elsewhere.Text, elsewhere.Pages = "u2", poison+" title elsewhere", poison+" text elsewhere", nil
	elsewhere.Pages = append(elsewhere.Pages, "other")
	i.Updates = append(i.Updates, elsewhere)
	return p, b, i
}

// leaks returns where poison can be read: in a document, or in the view itself.
func leaks(t *testing.T, v statuspage.View) []string {
	var all []string
	for name, data := range documents(t, v) {
		if i := strings.Index(string(data), poison); i >= 0 {
			all = append(all, fmt.Sprintf("%s: %.60s", name, data[i:]))
		}
	}
	return append(all, dig(reflect.ValueOf(v), "view")...)
}

// dig finds poison in the strings of a value.
func dig(v reflect.Value, path string) []string {
	var all []string
	switch {
	case v.Type() == reflect.TypeFor[time.Time](), v.Type() == reflect.TypeFor[*time.Location]():
	case v.Kind() == reflect.String && strings.Contains(v.String(), poison):
		all = append(all, path+": "+v.String())
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			all = append(all, dig(v.Field(i), path+"."+v.Type().Field(i).Name)...)
		}
	case v.Kind() == reflect.Slice, v.Kind() == reflect.Array:
		for i := range v.Len() {
			all = append(all, dig(v.Index(i), path+"[]")...)
		}
	case v.Kind() == reflect.Pointer && !v.IsNil(), v.Kind() == reflect.Interface && !v.IsNil():
		all = dig(v.Elem(), path)
	case v.Kind() == reflect.Map:
		for _, k := range v.MapKeys() {
			all = append(append(all, dig(k, path+"{}")...), dig(v.MapIndex(k), path+"{}")...)
		}
	}
	return all
}

// documents writes everything that can be read of a page, by name.
func documents(t testing.TB, v statuspage.View) map[string][]byte {
	all := map[string][]byte{}
	for _, name := range names {
		data, ok := v.JSON(name)
		require.True(t, ok, name)
		all[name+".json"] = data
	}
	var err error
	all["page.html"], err = renderer.HTML(v)
	require.NoError(t, err)
	all["feed.atom"], err = v.Atom()
	require.NoError(t, err)
	for _, list := range [][]statuspage.Notice{v.Incidents, v.Maintenance} {
		for _, n := range list {
			data, ok, err := renderer.Incident(v, n.ID)
			require.NoError(t, err)
			require.True(t, ok)
			all["incidents/"+n.ID+".html"] = data
		}
	}
	return all
}

var names = []string{"status", "summary", "components", "incidents", "incidents/unresolved", "scheduled-maintenances",
	"scheduled-maintenances/upcoming", "scheduled-maintenances/active"}

// TestNothingInternalLeaks poisons every internal text, whether open or resolved, manual or not, and looks for it in
// everything a visitor can get.
func TestNothingInternalLeaks(t *testing.T) {
	for _, manual := range []bool{false, true} {
		for _, resolved := range []bool{false, true} {
			p, b, i := poisoned()
			p.Manual = manual
			if resolved {
				i.Status, i.ResolvedAt, i.Impact.Spans[0].To = incident.Resolved, at(11, 0), at(10, 0)
			}
			v := statuspage.Look(p, b, []incident.Incident{i}, noon, base)
			require.Len(t, v.Incidents, 1)
			require.Empty(t, leaks(t, v))
			all := documents(t, v)
			for _, want := range []string{"page", "words", "component", "line", "group", "works", "plan", "delay", "title", "text"} {
				require.Contains(t, string(all["page.html"])+string(all["summary.json"])+string(all["feed.atom"]), "PUBLIC "+want)
			}
		}
	}
	p, b, i := poisoned()
	i.Updates = nil
	require.Empty(t, leaks(t, statuspage.Look(p, b, []incident.Incident{i}, noon, base)), "not published")
}

// TestLeaksAreFound shows that the test above can fail: for a text of each kind, and for one that only the view holds.
func TestLeaksAreFound(t *testing.T) {
	p, b, i := poisoned()
	for name, leak := range map[string]func(*statuspage.View){
		"an incident's title":   func(v *statuspage.View) { v.Incidents[0].Title = i.Title },
		"a decision as a text":  func(v *statuspage.View) { v.Incidents[0].Told[0].Text = i.Impact.Metric },
		"a service's ID":        func(v *statuspage.View) { v.Components[0].ID = string(p.Components[0].Services[0]) },
		"a person's name":       func(v *statuspage.View) { v.Maintenance[0].Title = string(i.DeclaredBy) },
		"held, but not written": func(v *statuspage.View) { v.Incidents[0].Told[0].ID = string(i.Alerts[0]) },
	} {
		v := statuspage.Look(p, b, []incident.Incident{i}, noon, base)
		leak(&v)
		require.NotEmpty(t, leaks(t, v), name)
	}
}
