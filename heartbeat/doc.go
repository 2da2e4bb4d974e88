// Package heartbeat watches over what should report regularly, a dead-man's switch: a [Monitor] is waiting until its first
// ping, then healthy, and overdue when a ping has not come in time; the next ping ends that.
package heartbeat
