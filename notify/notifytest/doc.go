// Package notifytest has two things for tests: [Recorder], a Notifier that remembers what it was asked to send, for
// whoever embeds the engine; and [Run], the conformance suite that every provider must pass, for whoever writes one.
package notifytest
