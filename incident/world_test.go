package incident_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/timeline"
)

var nine = time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC)

// world drives one incident and checks after every command what must always hold.
type world struct {
	t       testing.TB
	now     time.Time
	i       incident.Incident
	entries []timeline.Entry
}

func newWorld(t testing.TB) *world { return &world{t: t, now: nine} }

// apply carries out a command and returns what it did, in words.
func (w *world) apply(c incident.Command) string {
	was, before, given := w.i, encoded(w.t, w.i), fmt.Sprintf("%#v", c)
	next, entries, err := incident.Apply(w.i, w.now, c)
	require.Equal(w.t, before, encoded(w.t, was), "%T writes into the incident that it was given", c)
	require.Equal(w.t, given, fmt.Sprintf("%#v", c), "%T writes into the command", c)
	if err != nil {
		same(w.t, was, next, "%T was refused", c)
		require.Empty(w.t, entries)
		return "refused: " + strings.ReplaceAll(err.Error(), "\n", "\nrefused: ")
	}
	w.i, w.entries = next, append(w.entries, entries...)
	if len(entries) == 0 {
		same(w.t, was, next, "%T is not recorded", c)
		return "(nothing)"
	}
	w.check(was, entries)
	w.checkRepeated(c)
	return w.i.UpdatedAt.Format("15:04:05 ") + incident.Describe(entries[0])
}

// same is require.Equal, except that it is strict about nil and sees how times are represented.
func same(t testing.TB, want, got any, format string, args ...any) {
	if !reflect.DeepEqual(want, got) {
		require.Equal(t, want, got, append([]any{format}, args...)...)
		require.Fail(t, "differs in nil or in the form of a time", append([]any{format + ": %#v, %#v"}, append(args, want, got)...)...)
	}
}

func encoded(t testing.TB, i incident.Incident) string {
	data, err := incident.Encode(i)
	require.NoError(t, err)
	return string(data)
}

// check is what must hold after every command that did something.
func (w *world) check(was incident.Incident, entries []timeline.Entry) {
	t, i := w.t, w.i
	require.Len(t, entries, 1)
	e := entries[0]
	require.Equal(t, was.Seq+1, e.Seq)
	require.False(t, e.At.Before(was.UpdatedAt), "goes back in time")
	require.Equal(t, e.Seq, i.Seq)
	require.Equal(t, e.At, i.UpdatedAt)
	require.NotEmpty(t, e.Actor)
	require.NotContains(t, incident.Describe(e), "unreadable")

	back, err := incident.Decode([]byte(encoded(t, i)))
	require.NoError(t, err)
	same(t, i, back, "the incident does not survive being stored")

	data, err := json.Marshal(w.entries)
	require.NoError(t, err)
	var stored []timeline.Entry
	require.NoError(t, json.Unmarshal(data, &stored))
	folded, err := incident.Fold(stored)
	require.NoError(t, err)
	same(t, i, folded, "the record folds to something else")
	w.checkImpact()
}

func (w *world) checkImpact() {
	t, i := w.t, w.i
	require.Equal(t, i.Status == incident.Resolved, !i.ResolvedAt.IsZero())
	require.Equal(t, i.Reopened > 0, !i.ReopenedAt.IsZero())
	require.False(t, i.TakenAt.After(i.UpdatedAt) || i.ReopenedAt.After(i.UpdatedAt) || i.DetectedAt.After(i.UpdatedAt), "in the future")
	lasting, until := map[watchbill.ServiceID]incident.Effect{}, map[watchbill.ServiceID]time.Time{}
	for k, s := range i.Impact.Spans {
		require.NotEqual(t, incident.EffectNone, s.Effect)
		require.False(t, s.From.Before(i.Impact.StartedAt), "a span begins before the impact")
		require.False(t, k > 0 && s.From.Before(i.Impact.Spans[k-1].From), "spans are not sorted")
		require.False(t, s.From.Before(until[s.Service]), "spans of %s overlap", s.Service)
		require.NotContains(t, lasting, s.Service, "a span follows one that lasts")
		if s.To.IsZero() {
			lasting[s.Service] = s.Effect
			continue
		}
		require.True(t, s.From.Before(s.To), "a span has no length")
		require.False(t, s.To.After(i.UpdatedAt), "a span ends in the future")
		until[s.Service] = s.To
	}
	affected := map[watchbill.ServiceID]incident.Effect{}
	for _, a := range i.Impact.Services {
		require.NotContains(t, affected, a.Service, "a service is listed twice")
		affected[a.Service] = a.Effect
		if i.Open() && a.Effect != incident.EffectNone {
			require.Equal(t, a.Effect, lasting[a.Service], "no span of %s lasts", a.Service)
		} else {
			require.NotContains(t, lasting, a.Service)
		}
	}
	for service := range lasting {
		require.Contains(t, affected, service)
	}
	end, f := i.EndedAt(), i.Figures(i.DeclaredAt)
	require.False(t, !end.IsZero() && end.Before(i.Impact.StartedAt), "the impact ends before it starts")
	require.GreaterOrEqual(t, min(f.ToDetect, f.ToAcknowledge, f.ToResolve, f.Visible), watchbill.Duration(0))
}

// checkRepeated gives the same command again at the same time.
func (w *world) checkRepeated(c incident.Command) {
	next, entries, err := incident.Apply(w.i, w.now, c)
	if len(entries) == 0 {
		same(w.t, w.i, next, "%T changes the incident when repeated (%v)", c, err)
		return
	}
	switch c := c.(type) {
	case incident.SetStatus:
		require.NotEmpty(w.t, c.Note)
	case incident.Assign:
		require.NotEmpty(w.t, c.Note)
	case incident.Comment, incident.Decide:
	case incident.AddTask, incident.Publish:
		return
	default:
		require.Failf(w.t, "does something again when repeated", "%T", c)
	}
	next.Seq, next.UpdatedAt = w.i.Seq, w.i.UpdatedAt
	same(w.t, w.i, next, "%T says something again", c)
}

// reasons returns what is wrong, field by field.
func reasons(err error) []string {
	if err == nil {
		return nil
	}
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []string
		for _, e := range many.Unwrap() {
			all = append(all, reasons(e)...)
		}
		return all
	}
	var f *incident.FieldError
	if errors.As(err, &f) {
		return []string{f.Field + ": " + f.Reason}
	}
	return []string{err.Error()}
}
