package statuspage_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"io"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/statuspage"
)

// outage is a page in trouble: an open incident, past ones, and a maintenance to come.
func outage(t testing.TB) statuspage.View {
	open := tell(t, "06nf8q2k", at(9, 12), effect("svc-checkout", incident.EffectMajor), effect("svc-api", incident.EffectPartial))
	open.say(at(9, 20), incident.Investigating, "Payments fail in the checkout", "We see that payments fail since 11:12 and are looking into it.\n\nBaskets are kept.")
	open.do(at(10, 5), incident.Publish{Status: incident.Identified, Text: "A certificate of our payment provider has run out.\nThe provider is replacing it.", ExpectedAt: at(13, 30)})
	open.do(at(11, 0), incident.SetImpact{Services: []incident.Affected{effect("svc-checkout", incident.EffectPartial), effect("svc-api", incident.EffectDegraded)}})
	open.say(at(11, 2), incident.Monitoring, "", "Cards work again; wallets are to follow.")
	incidents := []incident.Incident{open.i}
	for k, title := range []string{"Slow search results", "Errors in the REST API", "Web site not reachable", "Late webhooks"} {
		start := daysAgo([]int{1, 4, 9, 23}[k], at(6, 30))
		s := tell(t, watchbill.IncidentID("06nf7a0"+strconv.Itoa(k)), start, effect([]watchbill.ServiceID{"svc-search", "svc-api", "svc-site", "svc-hooks"}[k], incident.Effect(1+k%3)))
		s.say(start.Add(9*time.Minute), incident.Investigating, title, "We are looking into it.").end(start.Add(time.Duration(40+k*35) * time.Minute))
		if k != 1 {
			s.say(start.Add(time.Duration(45+k*35)*time.Minute), incident.Resolved, "", "It works as before. We are sorry for the trouble.")
		}
		incidents = append(incidents, s.i)
	}
	b := board(t).order(daysAgo(3, noon), statuspage.Schedule{Title: "Database upgrade", Text: "We move to a new version of our database.\n\nThe shop can be read, but nothing can be ordered for some minutes.",
		Components: []string{"checkout", "site"}, From: daysAgo(-1, at(1, 0)), Until: daysAgo(-1, at(3, 0))})
	return look(b.b, incidents...)
}

// maintained is a page with a maintenance in progress and one that is over.
func maintained(t testing.TB) statuspage.View {
	return look(board(t).
		order(daysAgo(3, noon), statuspage.Schedule{Title: "Network maintenance", Text: "Short interruptions are possible.", Components: []string{"rest", "hooks"}, From: at(11, 30), Until: at(15, 0)}).
		order(daysAgo(3, noon), statuspage.Schedule{Title: "Search cluster restart", Components: []string{"search"}, From: daysAgo(2, at(20, 0)), Until: daysAgo(2, at(22, 0))}).
		order(daysAgo(2, at(21, 30)), statuspage.Complete{Maintenance: "m2"}).b)
}

// TestGolden keeps what visitors and their programs read. The style is left out of the pages.
func TestGolden(t *testing.T) {
	style := regexp.MustCompile(`<style>[^<]*</style>`)
	for name, v := range map[string]statuspage.View{"quiet": look(board(t).b), "outage": outage(t), "maintenance": maintained(t)} {
		for file, data := range documents(t, v) {
			switch {
			case strings.HasSuffix(file, ".json"):
				var out bytes.Buffer
				require.NoError(t, json.Indent(&out, data, "", "  "))
				data = append(out.Bytes(), '\n')
			case strings.HasSuffix(file, ".html"):
				data = style.ReplaceAll(data, []byte("<style></style>"))
			}
			if name == "outage" || !strings.Contains(file, "/") {
				golden(t, name+"/"+file, data)
			}
		}
	}
}

// TestUnknown shows that what does not exist is not written.
func TestUnknown(t *testing.T) {
	v := outage(t)
	_, ok := v.JSON("history")
	require.False(t, ok)
	_, ok, err := statuspage.NewRenderer().Incident(v, "06nf0000")
	require.NoError(t, err)
	require.False(t, ok)
}

// TestStable shows that a page does not change while nothing does.
func TestStable(t *testing.T) {
	page, incidents := big(t, 20, 10)
	b := statuspage.Board{Page: page.ID}
	old := documents(t, statuspage.Look(page, b, incidents[1:], noon, base))
	require.Equal(t, old, documents(t, statuspage.Look(page, b, incidents[1:], noon.Add(time.Second), base)))
}

// TestSize holds the page under 50 kB with a hundred components over 90 days.
func TestSize(t *testing.T) {
	page, incidents := big(t, 100, 70)
	data, err := statuspage.NewRenderer().HTML(statuspage.Look(page, statuspage.Board{Page: page.ID}, incidents, noon, base))
	require.NoError(t, err)
	require.Less(t, len(data), 50_000)
	require.Equal(t, 100, strings.Count(string(data), "<li><b>"))
}

// node is an element of a page, in the order of the document.
type node struct {
	name  string
	attrs map[string]string
	text  string // of itself and all below
	in    []int  // the elements around it
}

// parse reads a page, which is well-formed apart from the void elements of HTML.
func parse(t testing.TB, page []byte) []node {
	d := xml.NewDecoder(bytes.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var all []node
	var open []int
	for {
		token, err := d.Token()
		if err == io.EOF {
			require.Empty(t, open)
			return all
		}
		require.NoError(t, err)
		switch token := token.(type) {
		case xml.StartElement:
			n := node{name: token.Name.Local, attrs: map[string]string{}, in: slices.Clone(open)}
			for _, a := range token.Attr {
				n.attrs[a.Name.Local] = a.Value
			}
			open = append(open, len(all))
			all = append(all, n)
		case xml.EndElement:
			require.Equal(t, all[open[len(open)-1]].name, token.Name.Local)
			open = open[:len(open)-1]
		case xml.CharData:
			for _, i := range open {
				all[i].text += string(token)
			}
		}
	}
}

// check holds a page to what every page must be, and returns its elements.
func check(t testing.TB, page []byte) []node {
	all := parse(t, page)
	ids := map[string]bool{}
	level := 0
	for _, n := range all {
		require.Contains(t, strings.Fields(`html head meta title link style body header h1 h2 h3 h4 p main div section article a span b i small ol ul li br time svg path use footer`), n.name)
		for name, value := range n.attrs {
			require.NotEqual(t, "style", name)
			require.False(t, strings.HasPrefix(name, "on"), name)
			if name == "href" && n.name != "use" {
				require.True(t, strings.HasPrefix(value, base), value)
			}
			if name == "id" {
				require.False(t, ids[value], "id %s twice", value)
				ids[value] = true
			}
		}
		if len(n.name) == 2 && n.name[0] == 'h' && n.name[1] >= '1' && n.name[1] <= '6' {
			next := int(n.name[1] - '0')
			require.LessOrEqual(t, next, level+1, "heading %s", n.text)
			require.NotEmpty(t, strings.TrimSpace(n.text))
			level = next
		}
		switch n.name {
		case "html":
			require.Equal(t, "en", n.attrs["lang"])
		case "a":
			require.NotEmpty(t, strings.TrimSpace(n.text), "a link without words")
		case "time":
			_, err := time.Parse(time.RFC3339, n.attrs["datetime"])
			require.NoError(t, err)
		case "svg":
			require.True(t, n.attrs["aria-hidden"] == "true" || n.attrs["role"] == "img" && n.text != "", "a picture without words")
		case "use":
			require.True(t, ids[strings.TrimPrefix(n.attrs["href"], "#")])
		}
	}
	return all
}

// TestStructure holds every page to what assistive technology needs.
func TestStructure(t *testing.T) {
	page, incidents := big(t, 30, 20)
	for _, v := range []statuspage.View{look(board(t).b), outage(t), maintained(t), statuspage.Look(page, statuspage.Board{}, incidents, noon, base)} {
		for name, data := range documents(t, v) {
			if strings.HasSuffix(name, ".html") {
				all := check(t, data)
				require.Equal(t, 1, len(slices.DeleteFunc(slices.Clone(all), func(n node) bool { return n.name != "h1" })), "one main heading")
				require.NotContains(t, string(data), "ZgotmplZ")
			}
		}
	}
}

// TestPolicy shows that the policy allows the page's own style, and nothing else.
func TestPolicy(t *testing.T) {
	r := statuspage.NewRenderer()
	page, err := r.HTML(outage(t))
	require.NoError(t, err)
	require.Contains(t, r.CSP(), "default-src 'none'; style-src 'sha256-"+digest(between(string(page), "<style>", "</style>"))+"';")
}

// TestContrast computes WCAG 2 contrast of the colours, in both schemes: 4.5 for text, 3 for bars and icons.
func TestContrast(t *testing.T) {
	css, err := os.ReadFile("page.css")
	require.NoError(t, err)
	schemes := regexp.MustCompile(`:root \{[^}]*\}`).FindAllString(string(css), -1)
	require.Len(t, schemes, 2)
	for i, scheme := range schemes {
		colour := map[string]string{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6});`).FindAllStringSubmatch(scheme, -1) {
			colour[m[1]] = m[2]
		}
		require.Len(t, colour, 21)
		atLeast := func(want float64, front, back string) {
			got := contrast(colour[front], colour[back])
			require.GreaterOrEqual(t, got, want, "scheme %d: %s on %s", i, front, back)
			t.Logf("scheme %d: %s on %s: %.1f", i, front, back, got)
		}
		for _, back := range []string{"back", "card"} {
			for _, front := range []string{"text", "quiet", "link"} {
				atLeast(4.5, front, back)
			}
		}
		for _, s := range []string{"op", "mt", "dg", "pt", "mj"} {
			atLeast(4.5, s, "card")
			atLeast(4.5, s, s+"-tint")
			atLeast(4.5, "quiet", s+"-tint")
			atLeast(3, s, "back")
			atLeast(3, s+"-bar", "card")
		}
	}
}

func contrast(a, b string) float64 {
	la, lb := luminance(a), luminance(b)
	return (max(la, lb) + 0.05) / (min(la, lb) + 0.05)
}

func luminance(hex string) float64 {
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			panic(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

// TestBusy shows that a page with very many incidents stays readable: the rest is in the feed, and each has its page.
func TestBusy(t *testing.T) {
	page, incidents := big(t, 10, 200)
	v := statuspage.Look(page, statuspage.Board{}, incidents, noon, base)
	html, err := renderer.HTML(v)
	require.NoError(t, err)
	check(t, html)
	require.Equal(t, 12, strings.Count(string(html), "<h4"))
	require.Regexp(t, `\d+ more incidents in these days`, string(html))
	require.NotContains(t, string(html), "No incidents reported")
	atom, err := v.Atom()
	require.NoError(t, err)
	require.Equal(t, statuspage.Listed, strings.Count(string(atom), "<entry>"))
	list, _ := v.JSON("incidents")
	require.Equal(t, statuspage.Listed, strings.Count(string(list), `"shortlink"`))

	page, incidents = big(t, 100, 70)
	html, err = renderer.HTML(statuspage.Look(page, statuspage.Board{}, incidents, noon, base))
	require.NoError(t, err)
	require.Less(t, len(html), 50_000, "a hundred components, 70 incidents on four of them each")
}
