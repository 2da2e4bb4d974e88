package schedule_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/schedule"
)

// including is a schedule whose layers are other schedules.
func including(id watchbill.ScheduleID, others ...watchbill.ScheduleID) schedule.Spec {
	s := schedule.Spec{ID: id}
	for i, o := range others {
		s.Layers = append(s.Layers, schedule.Layer{ID: schedule.LayerID(fmt.Sprint("l", i)), Schedule: o})
	}
	return s
}

func TestNewAllFindsTheOrder(t *testing.T) {
	base := spec(t)
	all, err := schedule.NewAll([]schedule.Spec{including("top", "middle"), including("middle", "primary"), base})
	require.NoError(t, err)
	at := time.Date(2026, 1, 27, 10, 0, 0, 0, time.UTC)
	assert.Equal(t, []watchbill.UserID{"cem"}, all[2].OnCall(at).Users)
	assert.Equal(t, all[2].OnCall(at).Users, all[0].OnCall(at).Users)
	assert.Equal(t, []schedule.Part{{User: "cem", Layer: "l0", Schedule: "middle"}}, all[0].OnCall(at).Parts)
}

func TestNewAllReportsEverythingAtOnce(t *testing.T) {
	all, err := schedule.NewAll([]schedule.Spec{
		including("a", "b"), including("b", "c"), including("c", "fine", "a"), including("self", "self"),
		including("fine"), including("lost", "nowhere"), {ID: "bad", Timezone: "Mars/Olympus"}, including("over", "bad"),
		including("fine"), including("outside", "a"), {ID: "later", Versions: []schedule.Version{{
			EffectiveFrom: moment("2026-01-01"), Layers: including("x", "later").Layers}}},
	})
	var got []string
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		var field *schedule.FieldError
		require.True(t, errors.As(e, &field))
		got = append(got, e.Error())
	}
	assert.Equal(t, []string{
		`schedule: schedules[2].layers[1].schedule: makes a circle: a includes b includes c includes a; leave one of these out`,
		`schedule: schedules[3].layers[0].schedule: makes a circle: self includes self; leave one of these out`,
		`schedule: schedules[5].layers[0].schedule: schedule "nowhere" does not exist`,
		`schedule: schedules[6].timezone: calendar: unknown time zone "Mars/Olympus"; write an IANA name such as Europe/Berlin`,
		`schedule: schedules[8].id: "fine" is used twice`,
		`schedule: schedules[10].versions[0].layers[0].schedule: makes a circle: later includes later; leave one of these out`,
	}, got)
	for i, s := range all {
		assert.Equal(t, i == 4, s != nil, "only what is whole is there: %d", i)
	}
}

// Each schedule includes the one before twice, which would be a million million layers.
func TestIncludesAreBounded(t *testing.T) {
	specs := []schedule.Spec{spec(t)}
	for i := range 40 {
		specs = append(specs, including(watchbill.ScheduleID(fmt.Sprint("s", i)), specs[i].ID, specs[i].ID))
	}
	_, err := schedule.NewAll(specs)
	require.ErrorContains(t, err, "layers in all")
}

func TestNewNeedsWhatIsIncluded(t *testing.T) {
	_, err := schedule.New(including("a", "b"), nil)
	assert.Equal(t, []string{"layers[0].schedule"}, paths(err))
}

func TestPeopleGoesThroughEverything(t *testing.T) {
	var s schedule.Spec
	require.NoError(t, json.Unmarshal([]byte(whatever), &s))
	var got []string
	for path := range s.People {
		got = append(got, path)
	}
	assert.Equal(t, []string{
		"sites[0].users[0]", "layers[0].users[0]", "layers[0].users[1]", "layers[0].hours[ada]", "layers[0].hours[ben]", "layers[1].users[0]",
		"layers[2].shifts[0].users[0]", "layers[2].shifts[0].users[1]", "overrides[0].add", "overrides[1].remove",
	}, got)
}

func TestPeopleCanBeStopped(t *testing.T) {
	s := spec(t)
	var got []string
	for path, user := range s.People {
		got = append(got, fmt.Sprint(path, " ", user))
		if len(got) == 3 {
			break
		}
	}
	assert.Equal(t, []string{"layers[0].users[0] ada", "layers[0].users[2] ben", "overrides[0].user ben"}, got)
}
