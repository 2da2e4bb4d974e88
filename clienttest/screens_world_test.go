package clienttest

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/statuspage"
)

// scene is a page to be looked at. Every scene ends at noon of the fifteenth of July 2026.
type scene struct {
	name string
	url  string
}

// scenes builds every page.
func scenes(t *testing.T) []scene {
	outage, first := outageScene(t)
	long, hostile := longScene(t)
	return []scene{
		{name: "quiet", url: quietScene(t).url},
		{name: "outage", url: outage.url},
		{name: "outage-incident", url: outage.url + "/incidents/" + string(first)},
		{name: "maintenance", url: maintenanceScene(t).url},
		{name: "long", url: long.url},
		{name: "long-incident", url: long.url + "/incidents/" + string(hostile)},
		{name: "hundred", url: hundredScene(t).url},
		{name: "empty", url: newSite(t, at(15, 12, 0), catalog.Page{ID: "empty"}).url},
	}
}

// cloud is a page with groups and a line without one.
func cloud(t *testing.T) *site {
	part := func(id, name, group, description string) catalog.Component {
		return catalog.Component{ID: id, Name: name, Group: group, Description: description, Services: services(watchbill.ServiceID("svc-" + id))}
	}
	return newSite(t, at(1, 0, 0), catalog.Page{ID: "cloud", Name: "Example Cloud", Description: "How our shop and its interfaces are doing.",
		Zone: "Europe/Berlin", Components: []catalog.Component{
			part("site", "Web site", "", ""), part("checkout", "Checkout", "Shop", "Basket, payment and order"), part("search", "Search", "Shop", ""),
			part("rest", "REST API", "Developers", ""), part("hooks", "Webhooks", "Developers", "Deliveries to your servers"),
		}})
}

// past makes an incident that is over, told of three times.
func (s *site) past(from time.Time, lasted time.Duration, title string, affected ...incident.Affected) {
	s.t.Helper()
	s.at(from.Add(time.Minute))
	id := s.declare(from, affected...)
	s.at(from.Add(5*time.Minute)).tell(id, incident.Investigating, title, "We see errors and are looking into the cause. Some requests fail.")
	s.at(from.Add(lasted/2)).tell(id, incident.Identified, "", "A configuration change made a load balancer drop connections. We are rolling it back.")
	s.at(from.Add(lasted)).resolve(id)
	s.tell(id, incident.Resolved, "", "The change is rolled back and everything works again. We are sorry for the trouble.")
}

func quietScene(t *testing.T) *site {
	s := cloud(t)
	s.past(at(2, 6, 0), 3*time.Hour, "Search was slow", effect("svc-search", incident.EffectDegraded))
	s.past(at(9, 15, 0), 40*time.Minute, "Webhooks were delivered late", effect("svc-hooks", incident.EffectPartial))
	return s.at(at(15, 12, 0))
}

// outageScene returns also the incident that is worst.
func outageScene(t *testing.T) (*site, watchbill.IncidentID) {
	s := cloud(t)
	s.past(at(9, 15, 0), 90*time.Minute, "Checkout was away", effect("svc-checkout", incident.EffectMajor))
	s.past(at(15, 4, 0), 20*time.Minute, "Search was slow", effect("svc-search", incident.EffectDegraded))
	s.at(at(15, 10, 0))
	id := s.declare(at(15, 9, 50), effect("svc-checkout", incident.EffectMajor), effect("svc-rest", incident.EffectPartial))
	s.at(at(15, 10, 5)).tell(id, incident.Investigating, "Payments fail", "Paying by card and by invoice fails for all of you.\n\nYour basket is kept.")
	s.at(at(15, 10, 30)).tell(id, incident.Identified, "", "Our payment provider refuses our requests. We are in touch with them.")
	s.at(at(15, 11, 40)).do(id, incident.Publish{By: ada, Status: incident.Monitoring, ExpectedAt: at(15, 13, 30),
		Text: "The provider has mended it. Payments begin to work again; we watch it until all of them do."})
	s.at(at(15, 11, 50))
	slow := s.declare(at(15, 11, 45), effect("svc-site", incident.EffectDegraded))
	s.tell(slow, incident.Investigating, "The web site is slow", "Pages take longer than usual.")
	return s.at(at(15, 12, 0)), id
}

func maintenanceScene(t *testing.T) *site {
	s := cloud(t)
	plan := func(title, text string, from, until time.Time, components ...string) {
		s.board(statuspage.Schedule{By: ada, Title: title, Text: text, From: from, Until: until, Components: components})
	}
	s.at(at(11, 10, 0))
	plan("New certificates", "", at(12, 1, 0), at(12, 2, 0), "site")
	s.at(at(14, 10, 0))
	plan("Database upgrade", "Orders are taken, and confirmed after the upgrade.", at(15, 11, 0), at(15, 15, 0), "checkout", "search")
	plan("Move to another data centre", "Each interface is away for up to a minute.", at(20, 2, 0), at(20, 4, 0), "rest", "hooks")
	plan("Called off", "", at(21, 2, 0), at(21, 4, 0), "hooks")
	s.at(at(15, 9, 0)).board(statuspage.Cancel{By: ada, Maintenance: "m4"})
	s.at(at(15, 11, 30)).board(statuspage.Tell{By: ada, Maintenance: "m2", Text: "Half of the tables are upgraded."})
	return s.at(at(15, 12, 0))
}

// What people and machines write into texts.
const (
	german = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsvorsitzendenstellvertreter"
	hebrew = "שירות התשלומים אינו זמין כרגע (שגיאה 502) ואנו בודקים את הסיבה."
	arabic = "خدمة الدفع غير متاحة حاليًا، ونحن نبحث عن السبب."
	emoji  = "🚒🔥👩‍👩‍👧‍👦 e\u0301 한국어 日本語の長い文章は空白なしで続きますが、それでも折り返されなければなりません。"
)

// longScene returns also the incident with the worst texts.
func longScene(t *testing.T) (*site, watchbill.IncidentID) {
	url := "https://example.com/" + strings.Repeat("a-very-long-path/", 12) + "?" + strings.Repeat("q", 120)
	word := strings.Repeat("x", 180)
	part := func(id, name, group, description string) catalog.Component {
		return catalog.Component{ID: id, Name: name, Group: group, Description: description, Services: services(watchbill.ServiceID("svc-" + id))}
	}
	s := newSite(t, at(1, 0, 0), catalog.Page{ID: "long", Name: german, Description: hebrew + " " + word, Zone: "America/Argentina/ComodRivadavia",
		Components: []catalog.Component{
			part("a", word, "", url), part("b", german, german, hebrew), part("c", hebrew, word, arabic), part("d", emoji, arabic, emoji+"\n\nzweite Zeile"),
			part("e", "<b>Markup & \"quotes\"</b>", arabic, "<script>alert(1)</script>"),
		}})
	s.past(at(10, 6, 0), time.Hour, word, effect("svc-a", incident.EffectMajor))
	s.past(at(11, 6, 0), time.Hour, arabic, effect("svc-c", incident.EffectPartial))
	s.at(at(15, 8, 0))
	id := s.declare(at(15, 8, 0), effect("svc-a", incident.EffectPartial), effect("svc-b", incident.EffectMajor), effect("svc-c", incident.EffectDegraded),
		effect("svc-d", incident.EffectDegraded), effect("svc-e", incident.EffectDegraded))
	for k, text := range []string{word + "\n" + url, german + " " + german, hebrew + "\n\n" + arabic, emoji, "one\ntwo\n\n\n\nthree\n    indented\n\ttab",
		"<b>bold?</b> & <script>alert(1)</script>", strings.Repeat("A long story, told in one paragraph. ", 120)} {
		s.at(at(15, 9, 5*k)).tell(id, incident.Investigating, german, text)
	}
	s.at(at(15, 11, 0)).do(id, incident.Publish{By: ada, Title: german + " " + hebrew, Text: "Und " + german + "!", ExpectedAt: at(15, 13, 0)})
	s.board(statuspage.Schedule{By: ada, Title: word, Text: emoji + "\n" + url, From: at(20, 2, 0), Until: at(21, 4, 0), Components: []string{"a", "b", "c", "d", "e"}})
	return s.at(at(15, 12, 0)), id
}

// hundredScene has a hundred components with a history.
func hundredScene(t *testing.T) *site {
	p := catalog.Page{ID: "hundred", Name: "Example Cloud", Description: "All regions.", Zone: "UTC"}
	for i := range 100 {
		p.Components = append(p.Components, catalog.Component{ID: fmt.Sprintf("c%02d", i), Name: fmt.Sprintf("Service %02d", i%20),
			Group: fmt.Sprintf("Region %d", i/20), Services: services(watchbill.ServiceID(fmt.Sprintf("svc-%02d", i)))})
	}
	s := newSite(t, at(1, 0, 0).AddDate(0, 0, -80), p)
	for i := range 30 {
		affected := make([]incident.Affected, 4)
		for k := range affected {
			affected[k] = effect(watchbill.ServiceID(fmt.Sprintf("svc-%02d", (i*7+k*23)%100)), incident.Effect(1+(i+k)%3))
		}
		s.past(at(15, 1, 0).AddDate(0, 0, 3*(i-30)), time.Duration(40+7*i)*time.Minute, "Errors in some regions", affected...)
	}
	s.at(at(15, 11, 0))
	id := s.declare(at(15, 10, 50), effect("svc-07", incident.EffectPartial), effect("svc-42", incident.EffectDegraded))
	s.tell(id, incident.Investigating, "Errors in two regions", "We are looking into it.")
	return s.at(at(15, 12, 0))
}
