package clienttest

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"reflect"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/catalog"
)

// TestDocumentsAreStatuspages decodes each document with exactly Statuspage's fields, and compares every value.
func TestDocumentsAreStatuspages(t *testing.T) {
	s := newStory(t)
	for name, want := range s.want() {
		exactly(t, want, s.get("/api/v2/"+name+".json"), name)
	}
}

// exactly compares a document with what is wanted: no field more, none less, and no null where a list should be.
func exactly(t *testing.T, want any, document []byte, name string) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(document))
	d.DisallowUnknownFields()
	require.NoError(t, d.Decode(reflect.New(reflect.TypeOf(want).Elem()).Interface()), name)
	wanted, err := json.Marshal(want)
	require.NoError(t, err, name)
	require.JSONEq(t, string(wanted), string(document), name)
}

// TestDocumentsOfAQuietPage: lists that are empty are lists.
func TestDocumentsOfAQuietPage(t *testing.T) {
	s := newSite(t, at(15, 12, 0), catalog.Page{ID: "quiet"})
	page := docPage{"quiet", "quiet", s.url, "UTC", "2026-04-17T00:00:00.000Z"}
	for name, want := range map[string]any{
		"status":                 &statusDocument{page, docStatus{"none", "All Systems Operational"}},
		"components":             &componentsDocument{page, []docComponent{}},
		"incidents":              &incidentsDocument{page, []docIncident{}},
		"scheduled-maintenances": &maintenancesDocument{page, []docMaintenance{}},
		"summary": &summaryDocument{page, docStatus{"none", "All Systems Operational"}, []docComponent{}, []docIncident{},
			[]docMaintenance{}},
	} {
		exactly(t, want, s.get("/api/v2/"+name+".json"), name)
	}
}

// TestReadersOfNPM has two packages read the page: a client of Statuspage's API with all its calls, and a feed reader.
func TestReadersOfNPM(t *testing.T) {
	node := need(t, "apt-get install -y --no-install-recommends nodejs npm", "node", "nodejs")
	needPackage(t, "statuspage.io")
	needPackage(t, "rss-parser")
	s := newStory(t)
	c := exec.CommandContext(t.Context(), node, "npm/read.cjs", s.url)
	var faults bytes.Buffer
	c.Stderr = &faults
	out, err := c.Output()
	require.NoError(t, err, faults.String())
	var read map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(out, &read))
	require.Len(t, read, 9)
	for call, document := range map[string]string{
		"getStatus":                         "status",
		"getSummary":                        "summary",
		"getComponents":                     "components",
		"incidents.getAll":                  "incidents",
		"incidents.getUnresolved":           "incidents/unresolved",
		"scheduledMaintenances.getUpcoming": "scheduled-maintenances/upcoming",
		// The client asks for the upcoming ones with these two also, a bug of 3.3.8.
		"scheduledMaintenances.getAll":    "scheduled-maintenances/upcoming",
		"scheduledMaintenances.getActive": "scheduled-maintenances/upcoming",
	} {
		exactly(t, s.want()[document], read[call], call)
	}
	t.Run("rss-parser", func(t *testing.T) { s.parsed(t, read["rss-parser"]) })
}

// parsed checks what rss-parser hands out.
func (s story) parsed(t *testing.T, data []byte) {
	type item struct{ ID, Link, Title, PubDate, ISODate, ContentSnippet string }
	var feed struct {
		Title, Link, FeedURL, LastBuildDate string
		Items                               []item
	}
	require.NoError(t, json.Unmarshal(data, &feed))
	require.Equal(t, "Example Shop status", feed.Title)
	require.Equal(t, s.url, feed.Link)
	require.Equal(t, s.url+"/feed.atom", feed.FeedURL)
	require.Equal(t, "2026-07-15T11:00:00Z", feed.LastBuildDate)
	var titles, texts []string
	for k, want := range s.entries() {
		i := feed.Items[k]
		require.Equal(t, []string{want.id, want.id, want.title}, []string{i.ID, i.Link, i.Title})
		require.Equal(t, want.published.Format("2006-01-02T15:04:05.000Z"), i.PubDate, i.Title)
		require.Equal(t, i.PubDate, i.ISODate, i.Title)
		titles, texts = append(titles, i.Title), append(texts, i.ContentSnippet)
	}
	require.Len(t, feed.Items, len(titles))
	require.Contains(t, texts[1], "A queue is full.\n")
	require.Contains(t, texts[4], "Nothing is lost: <script>alert(1)</script> & so on.", "as plain text, it is what was written")
}
