// Package mute says which alerts are quiet for a while, and until when: a [Silence] by matchers, a [Maintenance]
// window of services and sources, and an [Inhibition] of one alert by another. What is muted is held, never lost: it
// is looked at again when the hold may end.
//
// All three are plain data. A [Set] is them compiled: [Set.At] says what holds an alert, and when that may change, so
// that whoever asks sets a timer and never polls. For inhibitions, which depend on other alerts, [Set.Sources] and
// [Set.Targets] say by what to find these.
package mute
