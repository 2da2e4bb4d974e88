package episode_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
	"github.com/watchbill/watchbill/mute"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/timeline"
)

// monday is a quarter to nine in Berlin.
var monday = time.Date(2026, 1, 12, 7, 45, 0, 0, time.UTC)

// world is one alert under one configuration, driven as an engine would: it keeps the outbox, and checks after every
// Step what must always hold.
type world struct {
	t        testing.TB
	org      *oncall.Org
	config   oncall.Config
	revision int64
	episode  episode.Episode
	entries  []timeline.Entry
	now      time.Time
	up       time.Time // since when signals can come in
	outbox   []episode.Outgoing
	sent     map[notify.MessageID]bool // every message there ever was
	eager    bool                      // wake every second
	quick    bool                      // leave the checks of the whole timeline to the end
	accept   bool                      // providers accept everything at once
	log      []string

	inhibited []mute.Held
	picked    map[string]map[watchbill.UserID]time.Time // by policy and level
	woken     map[watchbill.UserID][]time.Time
	contacts  map[notify.MessageID]notify.Contact // of every message there ever was
}

func newWorld(t testing.TB) *world {
	return &world{t: t, now: monday, up: monday, sent: map[notify.MessageID]bool{}, picked: map[string]map[watchbill.UserID]time.Time{},
		woken: map[watchbill.UserID][]time.Time{}, contacts: map[notify.MessageID]notify.Contact{}}
}

func (w *world) say(format string, args ...any) {
	w.log = append(w.log, w.now.Format("15:04:05 ")+fmt.Sprintf(format, args...))
}

// configure puts the configuration in force, if it has changed.
func (w *world) configure() {
	if w.org == nil {
		var err error
		w.revision++
		w.org, err = oncall.New(w.config, w.revision)
		require.NoError(w.t, err)
	}
}

// step takes the episode further, and does with the outcome what an engine does.
func (w *world) step(in episode.Input) {
	w.configure()
	before := w.episode
	next, out := episode.Step(w.world(), before, w.now, in)
	w.checkTick(in, next)
	if len(out.Entries) == 0 {
		w.checkNothing(before, next, out)
		w.episode = next
		return
	}
	w.episode, w.entries = next, append(w.entries, out.Entries...)
	w.commit(out)
	w.check(in, out)
	w.deliverAll()
}

// commit keeps the outbox: first the cancellations, then the messages.
func (w *world) commit(out episode.Outcome) {
	for _, e := range out.Entries {
		w.noteContact(e)
		if text := episode.Describe(e); text != "" {
			w.say("%s", text)
		}
	}
	if out.CancelAll && len(w.outbox) > 0 {
		w.say("  unsend everything")
		w.outbox = nil
	}
	for _, id := range out.Cancel {
		i := slices.IndexFunc(w.outbox, func(o episode.Outgoing) bool { return o.ID == id })
		require.GreaterOrEqual(w.t, i, 0, "a message is taken back that does not wait to be sent")
		w.say("  unsend %s", w.name(w.outbox[i].Key))
		w.outbox = slices.Delete(w.outbox, i, i+1)
	}
	for _, o := range out.Send {
		require.False(w.t, w.sent[o.ID], "message %s is sent twice: %+v", o.ID, o.Key)
		require.Equal(w.t, o.Key.ID(), o.ID)
		w.sent[o.ID] = true
		w.outbox = append(w.outbox, o)
		text := "  send " + w.name(o.Key)
		if o.DueAt.After(w.now) {
			text += o.DueAt.Format(" at 15:04:05")
		}
		w.say("%s", text)
	}
	for _, p := range out.Picked {
		key := fmt.Sprint(p.Policy, p.Level)
		if w.picked[key] == nil {
			w.picked[key] = map[watchbill.UserID]time.Time{}
		}
		w.picked[key][p.User] = w.now
	}
	for _, u := range out.Woken {
		w.woken[u] = append(w.woken[u], w.now)
		w.say("  this wakes %s", u)
	}
}

// noteContact notes over which contact a message goes.
func (w *world) noteContact(e timeline.Entry) {
	var p struct {
		ID      notify.MessageID `json:"id"`
		Contact notify.ContactID `json:"contact"`
		Channel notify.Channel   `json:"channel"`
	}
	if e.Kind == episode.KindQueued {
		require.NoError(w.t, json.Unmarshal(e.Data, &p))
		w.contacts[p.ID] = notify.Contact{ID: p.Contact, Channel: p.Channel}
	}
}

// world is what the store knows.
func (w *world) world() episode.World {
	return episode.World{
		Org: w.org,
		LastPicked: func(p watchbill.PolicyID, level int) map[watchbill.UserID]time.Time {
			return w.picked[fmt.Sprint(p, level)]
		},
		Woken: func(u watchbill.UserID, since time.Time) (n int) {
			for _, at := range w.woken[u] {
				if !at.Before(since) {
					n++
				}
			}
			return n
		},
		Inhibited: func(alert.Alert) []mute.Held { return slices.Clone(w.inhibited) },
	}
}

// name tells a message as "ada/hook (level 1, attempt 2)".
func (w *world) name(k notify.Key) string {
	text := fmt.Sprintf("%s/%s (level %d, attempt %d", k.User, w.contact(k), k.Attempt.Level, k.Attempt.Number)
	if k.Attempt.Level == 0 {
		text = fmt.Sprintf("%s/%s (catch-all, attempt %d", k.User, w.contact(k), k.Attempt.Number)
	}
	switch {
	case k.Kind != notify.KindPage:
		return fmt.Sprintf("%s/%s (%s)", k.User, w.contact(k), k.Kind)
	case k.Attempt.Level < 0:
		return fmt.Sprintf("%s/%s (asked for, attempt %d)", k.User, w.contact(k), k.Attempt.Number)
	}
	if k.Attempt.Cycle > 1 {
		text += fmt.Sprintf(", cycle %d", k.Attempt.Cycle)
	}
	if k.Attempt.Run > 1 {
		text += fmt.Sprintf(", run %d", k.Attempt.Run)
	}
	return text + ")"
}

func (w *world) contact(k notify.Key) notify.ContactID { return w.contacts[k.ID()].ID }

func (w *world) deliverAll() {
	for i := 0; w.accept && i < len(w.outbox); {
		if o := w.outbox[i]; o.DueAt.After(w.now) || !w.episode.Wants(o.Key) { // not yet, or no more
			i++
			continue
		}
		w.deliver(w.outbox[i], episode.Result{})
		i = 0
	}
}

// deliver reports on a message; one that may work later stays in the outbox.
func (w *world) deliver(o episode.Outgoing, r episode.Result) {
	if r.Verdict != episode.Retry {
		w.outbox = slices.DeleteFunc(w.outbox, func(q episode.Outgoing) bool { return q.ID == o.ID })
	}
	c := w.contacts[o.ID]
	w.step(episode.Receipt{Key: o.Key, Result: r, Contact: c.ID, Channel: c.Channel})
}

func (w *world) advance(d time.Duration) {
	for end := w.now.Add(d); ; {
		at := w.episode.WakeAt()
		if w.eager && (at.IsZero() || at.After(w.now)) {
			at = w.now.Add(time.Second)
		}
		if at.IsZero() || at.After(end) {
			w.now = end
			return
		}
		if at.After(w.now) {
			w.now = at
		}
		w.step(episode.Tick{UpSince: w.up})
	}
}

// checkTick: after a Tick nothing is due.
func (w *world) checkTick(in episode.Input, next episode.Episode) {
	if _, tick := in.(episode.Tick); !tick {
		return
	}
	wake := next.WakeAt()
	require.True(w.t, wake.IsZero() || wake.After(w.now), "due at %s after a Tick at %s", wake, w.now)
}

// checkNothing: what is not recorded has not happened, but for repeats of the signal.
func (w *world) checkNothing(before, next episode.Episode, out episode.Outcome) {
	require.Equal(w.t, episode.Outcome{}, out)
	next.Alert.Senders = before.Alert.Senders
	next.Repeats, next.Alert.Count, next.Alert.LastSeenAt = before.Repeats, before.Alert.Count, before.Alert.LastSeenAt
	require.True(w.t, reflect.DeepEqual(before, next), "changed without a record:\n%+v\n%+v", before, next)
}

// check is what must hold after every Step that did something, whatever has happened.
func (w *world) check(in episode.Input, out episode.Outcome) {
	w.checkEntries(out.Entries)
	w.checkStored()
	if !w.quick {
		w.checkFold()
	}
	w.checkOutbox(in)
	w.checkRepeated(in)
	e := w.episode
	if e.Alert.State != alert.Triggered {
		for _, o := range append(slices.Clone(w.outbox), out.Send...) {
			asked := o.Key.Attempt.Level < 0 && e.Alert.State == alert.Acknowledged
			require.True(w.t, asked || o.Key.Kind != notify.KindPage, "after %T a page is still to be sent: %+v", in, o.Key)
		}
		require.True(w.t, e.Reached())
	}
	muted := e.Parent != "" || len(e.Held) > 0 && !e.IsGroup()
	if muted {
		for _, o := range append(slices.Clone(w.outbox), out.Send...) {
			require.True(w.t, o.Key.Kind != notify.KindPage || o.Key.Attempt.Level < 0, "after %T a page is still to be sent of what is held: %+v", in, o.Key)
		}
		require.False(w.t, e.Escalation.Phase.Active(), "after %T what is held is paging", in)
	}
	if !e.IsGroup() {
		require.Equal(w.t, e.Alert.State == alert.Triggered && !muted, e.Escalation.Phase.Active(), "after %T: %s, %s", in, e.Alert.State, e.Escalation.Phase)
	}
	if e.Escalation.Phase.Active() && e.Alert.Urgency == watchbill.UrgencyHigh {
		require.False(w.t, e.WakeAt().IsZero(), "silent: %+v", e.Escalation)
	}
}

// checkEntries: numbers without holes, times that never go back, everything told in words.
func (w *world) checkEntries(added []timeline.Entry) {
	for i, e := range added {
		at := len(w.entries) - len(added) + i
		require.EqualValues(w.t, at+1, e.Seq)
		require.Equal(w.t, watchbill.Stamp(e.At), e.At)
		if at > 0 {
			require.False(w.t, e.At.Before(w.entries[at-1].At), "entry %d is before the one above it", e.Seq)
		}
		require.NotContains(w.t, episode.Describe(e), "unreadable")
	}
	require.EqualValues(w.t, len(w.entries), w.episode.Seq)
	require.Equal(w.t, w.entries[len(w.entries)-1].At, w.episode.Last)
}

// checkStored: an episode is the same after it was stored.
func (w *world) checkStored() {
	data, err := episode.Encode(w.episode)
	require.NoError(w.t, err)
	back, err := episode.Decode(data)
	require.NoError(w.t, err, "%s", data)
	require.True(w.t, reflect.DeepEqual(w.episode, back), "the episode does not survive being stored:\n%+v\n%+v", w.episode, back)
}

// checkFold: the timeline leads to the episode, apart from repeats since its last entry.
func (w *world) checkFold() {
	folded, err := episode.Fold(w.entries)
	require.NoError(w.t, err)
	if n := w.episode.Repeats; n > 0 {
		folded.Repeats, folded.Alert.Count, folded.Alert.LastSeenAt = n, folded.Alert.Count+n, w.episode.Alert.LastSeenAt
		folded.Alert.Senders = w.episode.Alert.Senders
	}
	require.True(w.t, reflect.DeepEqual(w.episode, folded), "the timeline leads elsewhere:\n%+v\n%+v", w.episode, folded)
}

// checkOutbox: what the episode wants is in the outbox, and the other way round.
func (w *world) checkOutbox(in episode.Input) {
	for _, o := range w.outbox {
		if o.Key.Kind == notify.KindUpdate { // it may be of an acknowledgement that has ended: whoever claims it asks
			continue
		}
		require.True(w.t, w.episode.Wants(o.Key), "after %T nobody wants %+v, which is in the outbox", in, o.Key)
	}
	ladders := slices.Clone(w.episode.Ladders)
	for _, x := range w.episode.Summons {
		ladders = append(ladders, x.Ladder)
	}
	for _, l := range ladders {
		for i, r := range l.Rungs {
			key := notify.Key{Alert: w.episode.Alert.ID, Attempt: r.Attempt, User: l.User, Rung: i}
			if w.episode.Wants(key) {
				require.True(w.t, slices.ContainsFunc(w.outbox, func(o episode.Outgoing) bool { return o.Key == key }),
					"after %T the message %+v is wanted and not in the outbox", in, key)
			}
		}
	}
}

// checkRepeated gives the same input again: it comes too late to page anybody.
func (w *world) checkRepeated(in episode.Input) {
	switch in.(type) {
	case episode.Escalate, episode.Reassign, episode.Summon, episode.Comment, episode.Member, episode.Dismiss, episode.Decline:
		return // what is asked for anew each time comes anew each time
	case episode.Acknowledge:
		if len(w.episode.Acks) > 0 {
			return // one that was not enough may have led on to a page of the same person, which it would answer
		}
	}
	again, out := episode.Step(w.world(), w.episode, w.now, in)
	require.Empty(w.t, out.Send, "%T sends again when repeated", in)
	require.Empty(w.t, out.Cancel, "%T cancels again when repeated", in)
	require.Equal(w.t, w.episode.Alert.State, again.Alert.State)
	require.True(w.t, reflect.DeepEqual(w.episode.Escalation, again.Escalation), "%T changes the escalation when repeated", in)
	require.True(w.t, reflect.DeepEqual(w.episode.Ladders, again.Ladders), "%T changes the ladders when repeated", in)
}

func pretty(v any) string {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(data))
}
