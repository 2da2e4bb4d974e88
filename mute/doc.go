// Package mute says which alerts are quiet for a while, and until when: a [Silence] by matchers, a [Maintenance] window of
// services and sources, and an [Inhibition] of one alert by another. What is muted is held, never lost: it is looked at
// again when the hold may end.
package mute
