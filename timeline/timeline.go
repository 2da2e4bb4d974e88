// Package timeline is the record that every aggregate appends to: what was asked of it, what it did, and what became
// of that. It is the audit trail, the material of the postmortem, the input of a replay, and the answer to "why was I
// (not) paged?".
//
// Entries are never changed or removed. The package that owns an aggregate defines its kinds and the payload of each.
package timeline

import (
	"encoding/json"
	"time"
)

// Entry is one line of an aggregate's record.
type Entry struct {
	Seq   int64           `json:"seq"`           // from 1, without holes, within the aggregate
	At    time.Time       `json:"at"`            // UTC, microseconds; never before the entry above it
	Actor Actor           `json:"actor"`         // who caused it
	Via   string          `json:"via,omitempty"` // the key or session through which the actor spoke, where it is not the actor's own
	Kind  Kind            `json:"kind"`          // what happened, in the past tense
	Data  json.RawMessage `json:"data,omitempty"`
}

// Owner names whose record an entry belongs to: an alert by its ID, anything else by its kind and ID, as "incident:06nf".
type Owner string

// Alert returns the owner of an alert's record.
func Alert[ID ~string](id ID) Owner { return Owner(id) }

// Record returns the owner of another aggregate's record.
func Record[ID ~string](kind string, id ID) Owner { return Owner(kind + ":" + string(id)) }

// Actor names who caused an entry, as "user:ada", "source:prom", "channel:webhook", or [Engine].
type Actor string

// Engine is the actor of what nobody asked for: time passed.
const Engine Actor = "engine"

// User returns the actor for a person.
func User[ID ~string](id ID) Actor { return Actor("user:" + string(id)) }

// Source returns the actor for a source of signals.
func Source[ID ~string](id ID) Actor { return Actor("source:" + string(id)) }

// Channel returns the actor for a way to reach people.
func Channel[C ~string](c C) Actor { return Actor("channel:" + string(c)) }

// Kind names what happened, unique within the kind of aggregate.
type Kind string
