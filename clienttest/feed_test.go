package clienttest

import (
	"testing"
	"time"

	"github.com/mmcdole/gofeed"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/incident"
)

// published is an entry of the feed.
type published struct {
	id, title          string
	published, updated time.Time
}

// entries returns what the feed of a story has, in order.
func (s story) entries() []published {
	of := func(id string) string { return s.url + "/incidents/" + id }
	return []published{
		{of("m2"), "New servers", at(14, 10, 0), at(15, 11, 0)},
		{of(s.late), "Webhooks are late", at(15, 10, 5), at(15, 10, 40)},
		{of("m3"), "Certificates", at(14, 10, 5), at(14, 10, 5)},
		{of("m1"), "Database upgrade", at(11, 10, 0), at(12, 3, 0)},
		{of(s.slow), hostileTitle, at(10, 8, 5), at(10, 9, 30)},
	}
}

// TestGofeedReadsTheFeed: what was put in comes out, and text stays text.
func TestGofeedReadsTheFeed(t *testing.T) {
	s := newStory(t)
	feed := s.feed()
	require.Equal(t, []string{"atom", "1.0"}, []string{feed.FeedType, feed.FeedVersion})
	require.Equal(t, "Example Shop status", feed.Title)
	require.Equal(t, "Shop & interfaces", feed.Description)
	require.Equal(t, []string{s.url, s.url + "/feed.atom"}, []string{feed.Link, feed.FeedLink})
	require.Equal(t, "en", feed.Language)
	require.Len(t, feed.Authors, 1)
	require.Equal(t, "Example Shop", feed.Authors[0].Name)
	require.True(t, at(15, 11, 0).Equal(*feed.UpdatedParsed), feed.Updated)
	require.Equal(t, s.entries(), entriesOf(feed))

	late, slow := feed.Items[1].Content, feed.Items[4].Content
	require.Equal(t, "<p><strong>Identified</strong> – 15 Jul 2026, 12:40 CEST</p><p>A queue is full.</p>"+
		"<p><strong>Investigating</strong> – 15 Jul 2026, 12:05 CEST</p><p>Some webhooks come late.</p>", late, "the latest first")
	require.Contains(t, slow, "<p>Placing an order takes a minute.</p><p>Nothing is lost: &lt;script&gt;alert(1)&lt;/script&gt; &amp; so on.</p>")
	require.NotContains(t, slow, "<script")
}

// TestGofeedSeesWhatIsNew: an update changes when its entry was updated, and the order; nothing else, and no ID.
func TestGofeedSeesWhatIsNew(t *testing.T) {
	s := newStory(t)
	was := s.feed()
	s.at(at(15, 12, 30)).tell(watchbill.IncidentID(s.late), incident.Monitoring, "Webhooks are on time again", "The queue is empty.")
	s.at(at(15, 12, 32))
	now := s.feed()

	want := s.entries()
	want[0], want[1] = want[1], want[0]
	want[0].title, want[0].updated = "Webhooks are on time again", at(15, 12, 30)
	require.Equal(t, want, entriesOf(now))
	require.True(t, at(15, 12, 30).Equal(*now.UpdatedParsed), now.Updated)
	require.Contains(t, now.Items[0].Content, "<p>The queue is empty.</p>")
	require.Contains(t, now.Items[0].Content, "<p>A queue is full.</p>", "what was told before is still there")
	for k := range want[1:] {
		if k > 0 {
			require.Equal(t, was.Items[k+1], now.Items[k+1])
		}
	}

	s.at(at(15, 12, 40)).resolve(watchbill.IncidentID(s.late))
	s.at(at(15, 12, 42))
	over := s.feed()
	require.Equal(t, want[0].id, over.Items[0].GUID)
	require.Contains(t, over.Items[0].Content, "This incident has been resolved.", "although nobody told so")
}

// feed reads the feed over the network.
func (s story) feed() *gofeed.Feed {
	s.t.Helper()
	feed, err := gofeed.NewParser().ParseURLWithContext(s.url+"/feed.atom", s.t.Context())
	require.NoError(s.t, err)
	return feed
}

func entriesOf(feed *gofeed.Feed) []published {
	var all []published
	for _, i := range feed.Items {
		id := i.GUID
		if i.Link != id {
			id += " but links to " + i.Link
		}
		all = append(all, published{id, i.Title, i.PublishedParsed.UTC(), i.UpdatedParsed.UTC()})
	}
	return all
}
