// Package heartbeat watches over what should report regularly, a dead-man's switch: somebody is told when the pings stop. A
// [Monitor] says when pings are expected, either one in every interval or one after each time of a cron expression. A
// [Watch] is a monitor that was checked, a [State] how it stands, and [Step] takes it further:
//
//	waiting -> healthy <-> started         what is expected comes
//	     any of these -> overdue, failing  it does not come, or says that it failed
//	 overdue, failing -> healthy           the next success ends that
//
// A monitor waits for its first ping for twice its interval, unless it says how long. From then on a success is due within
// the interval and the grace after it, or within the grace after each time of the cron expression. A job may also say that
// it starts: then its end is due within the interval and the grace after the start. A failure raises at once.
//
// Times of a cron expression follow the boundary rule of package calendar: a time that the clock skips counts at the jump,
// one that it shows twice counts the first time.
//
// Deadlines that passed while nobody could receive pings are extended to one interval and the grace after somebody could,
// at least two minutes, and at most three times between two pings: a server that restarts for ever does not keep a monitor
// quiet. A clock that is set back makes no deadline later than one counted from now.
package heartbeat
