package oncall

import (
	"errors"
	"fmt"
	"slices"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/heartbeat"
)

// heartbeats are the monitors of an Org, indexed.
type heartbeats struct {
	all   []*heartbeat.Watch
	byID  map[string]*heartbeat.Watch
	byKey map[catalog.Digest]*heartbeat.Watch
}

// addHeartbeats checks and indexes the monitors. Their keys are in paths as those of sources are: nobody is to mistake one
// for the other.
func (o *Org) addHeartbeats() (problems []error) {
	h := heartbeats{byID: map[string]*heartbeat.Watch{}, byKey: map[catalog.Digest]*heartbeat.Watch{}}
	ids, keys := map[string]bool{}, map[string]string{}
	for i, m := range o.config.Heartbeats {
		wrong := func(field, format string, args ...any) {
			problems = append(problems, &FieldError{Path: fmt.Sprintf("heartbeats[%d].%s", i, field), Reason: fmt.Sprintf(format, args...)})
		}
		if ids[m.ID] && m.ID != "" {
			wrong("id", "%q is used twice; ids are unique within their list", m.ID)
		}
		if other, ok := keys[m.Key]; ok && m.Key != "" {
			wrong("key", "is the key of heartbeat %q too; every heartbeat has a key of its own", other)
		}
		if s, ok := o.sources[catalog.Digest(m.Key)]; ok && m.Key != "" {
			wrong("key", "is the key of source %q too; a heartbeat has a key of its own", s.ID)
		}
		if _, ok := o.services[m.Service]; m.Service != "" && !ok {
			wrong("service", "service %q does not exist", m.Service)
		}
		ids[m.ID], keys[m.Key] = true, m.ID
		w, err := heartbeat.New(m)
		for _, e := range split(err) {
			var field *heartbeat.FieldError
			if errors.As(e, &field) {
				wrong(field.Path, "%s", field.Reason)
			}
		}
		if err == nil {
			h.all, h.byID[m.ID], h.byKey[catalog.Digest(m.Key)] = append(h.all, w), w, w
		}
	}
	o.beats = h
	return problems
}

// Heartbeats returns every heartbeat monitor, in the order of the configuration.
func (o *Org) Heartbeats() []*heartbeat.Watch { return slices.Clone(o.beats.all) }

// Heartbeat returns the monitor that a key in a ping's path belongs to, by the digest of the key.
func (o *Org) Heartbeat(key catalog.Digest) (*heartbeat.Watch, bool) {
	w, ok := o.beats.byKey[key]
	return w, ok
}

// HeartbeatByID returns a monitor; false if there is none with that ID.
func (o *Org) HeartbeatByID(id string) (*heartbeat.Watch, bool) {
	w, ok := o.beats.byID[id]
	return w, ok
}
