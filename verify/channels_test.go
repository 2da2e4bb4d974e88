package verify_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/schedule"
	"github.com/watchbill/watchbill/verify"
)

// TestWorstTimesOfRefusedMessages compares with runs of the machine that pages, in which some channels refuse everything.
func TestWorstTimesOfRefusedMessages(t *testing.T) {
	for n := range cases(t, 60) {
		d := seeded(n)
		o := d.org(t)
		channels := [][]notify.Channel{{"email", "webhook"}, {"webhook"}, {"voice"}, {"pigeon"}}[n%4]
		from := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(d.IntN(300*24*60)) * time.Minute)
		to := from.Add(time.Duration(1+d.IntN(72)) * time.Hour)
		worst, ok := verify.WorstTimes(o, "p", from, to, verify.Channels(channels...))
		require.True(t, ok)
		for range 12 {
			at := d.start(o, from, to)
			got := play(o, at, watchbill.SeverityCritical, 3*time.Hour, channels...)
			assert.True(t, got.first == never || got.first <= asTime(worst.ToFirstPage), "case %d at %v: first %v, worst %v", n, at, got.first, worst.ToFirstPage)
			assert.True(t, got.voice == never || got.voice <= asTime(worst.ToVoice), "case %d at %v: voice %v, worst %v", n, at, got.voice, worst.ToVoice)
			assert.LessOrEqual(t, got.every, asTime(worst.ToEveryLevel), "case %d at %v: every", n, at)
			low := play(o, at, watchbill.SeverityInfo, 3*time.Hour, channels...)
			assert.True(t, low.first == never || low.first <= asTime(worst.LowToFirstPage), "case %d at %v: low first %v, worst %v", n, at, low.first, worst.LowToFirstPage)
		}
		if t.Failed() {
			c, _ := json.MarshalIndent(o.Config(), "", " ")
			t.Fatalf("case %d, channels %v: %s", n, channels, c)
		}
	}
}

// TestARefusedRungGivesWayAtOnce: the next rung does not wait for its time, as the engine does not.
func TestARefusedRungGivesWayAtOnce(t *testing.T) {
	ada, ben := user("ada", "sms", "webhook"), user("ben", "voice")
	ada.Rules.High = []notify.Rung{{Contact: "sms", After: time.Minute}, {Contact: "webhook", After: 10 * time.Minute}}
	o := org(t, oncall.Config{Catalog: catalog.Catalog{Users: []catalog.User{ada, ben}}, Policies: []escalation.Policy{{ID: "p", Levels: []escalation.Level{
		{Targets: []escalation.Target{escalation.User("ben")}}, {Targets: []escalation.Target{escalation.User("ada")}}}}}})
	worst, ok := verify.WorstTimes(o, "p", winter, winter.Add(week), verify.Channels("webhook"))
	require.True(t, ok)
	assert.Equal(t, time.Minute, worst.ToFirstPage.Time)
	assert.Equal(t, time.Minute, play(o, winter, watchbill.SeverityCritical, time.Hour, "webhook").first)
	assert.True(t, worst.ToVoice.Unbounded)
	assert.Equal(t, "no voice or sms channel is set up on this server", worst.ToVoice.Why)
	assert.Zero(t, worst.ToEveryLevel.Time, "ben is passed over at once")
}

// TestAContactOnAChannelThatIsNotSetUpReachesNobody: the policy cannot page, whatever the contact's channel promises.
func TestAContactOnAChannelThatIsNotSetUpReachesNobody(t *testing.T) {
	o := org(t, oncall.Config{
		Catalog:   catalog.Catalog{Users: []catalog.User{user("ada", "sms"), user("ben", "webhook", "sms")}},
		Schedules: []schedule.Spec{weekly(t, "primary", "ada")},
		Policies: []escalation.Policy{{ID: "p", Levels: []escalation.Level{{Targets: []escalation.Target{escalation.Schedule("primary")}}},
			CatchAll: []escalation.Target{escalation.User("ada")}}},
		CatchAll: []escalation.Target{escalation.User("ben")}, // never asked: the policy's own has somebody
	})
	from := at(t, "2026-01-05T09:00")
	all := verify.Check(o, from, from.Add(week))
	assert.False(t, all.Failed(), "nothing is known of channels")
	got := verify.Check(o, from, from.Add(week), verify.Channels("webhook", "email"))
	assert.True(t, got.Failed())
	found := rules(got)
	for _, rule := range []string{"policy-gap policy:p", "unreached-level policy:p", "no-contact user:ada"} {
		assert.Contains(t, found, rule)
	}
	require.Len(t, got.WorstCase, 1)
	assert.Equal(t, "+0s level 1 pages ada (on call in primary: layer week, turn 0; nothing can be sent there)", got.WorstCase[0].Path[0])
	assert.True(t, got.WorstCase[0].ToFirstPage.Unbounded)
	assert.True(t, got.WorstCase[0].ToVoice.Unbounded)
	gaps, _ := verify.PolicyCoverage(o, "p", from, from.Add(week), verify.Channels())
	assert.Len(t, gaps, 1)
	c := verify.Diff(o, o, from, from.Add(week), verify.ChannelsBefore("sms"), verify.Channels("webhook"))
	require.Len(t, c.Coverage, 1)
	assert.Len(t, c.Coverage[0].Opened, 1)
}

// TestFewChannelsAdvisesWhatIsThere: voice and sms only where the installation has them, and none that the person has.
func TestFewChannelsAdvisesWhatIsThere(t *testing.T) {
	few := func(u catalog.User, channels ...verify.Option) string {
		o := org(t, oncall.Config{Catalog: catalog.Catalog{Users: []catalog.User{u}}, CatchAll: []escalation.Target{escalation.User(u.ID)},
			Policies: []escalation.Policy{{ID: "p"}}})
		for _, f := range verify.Check(o, winter, winter.Add(week), channels...).Findings {
			if f.Rule == verify.FewChannels {
				return f.Message
			}
		}
		return ""
	}
	assert.Contains(t, few(user("ada", "sms")), "Add a contact by voice, email or webhook to user ada")
	assert.Contains(t, few(user("ada", "webhook")), "Add a contact by voice or sms to user ada")
	text := few(user("ada", "webhook", "sms"), verify.Channels("webhook", "email"))
	assert.Contains(t, text, "ada is paged over webhook alone")
	assert.Contains(t, text, "No voice or sms channel is set up on this server; a contact by email would be a second way")
	text = few(user("ada", "webhook", "email"), verify.Channels("webhook", "email"))
	assert.Contains(t, text, "No voice or sms channel is set up on this server")
	assert.NotContains(t, text, "contact by")
	assert.Contains(t, few(user("ada", "webhook"), verify.Channels("webhook", "sms")), "Add a contact by sms to user ada")
	assert.Empty(t, few(user("ada", "voice", "sms"), verify.Channels("voice", "sms")))
}
