// Package scenario reads scenario files: what happens to an organisation, how its people and providers behave, and what must
// hold. [Reader.Load] returns a [sim.Scenario] and expectations; everything that is wrong is reported at once, with file, line,
// field and how to mend it. `refserver simulate` runs such files.
//
// A scenario lies beside the watchbill.yaml it is about, and *scenario* is part of its name, so that a server leaves it alone.
// It is checked against that configuration: a user, service or source that there is not is an error.
//
// # The file
//
//	start: 2026-03-02T08:00              # when it begins, in the configuration's timezone or with an offset
//	for: 48h                             # for how long things go wrong
//	rest: 12h                            # for how long it goes on after that, while all is well (6h)
//	seed: 1                              # of chance; refserver simulate -seed goes before it (1)
//	engines: 1                           # how many share the store (1)
//	people: {...}                        # how they behave
//	providers: {...}                     # how the ways to reach them do
//	sources: [...]                       # what goes wrong, by chance or by a recording
//	events: [...]                        # what happens when
//	heartbeats: {...}                    # whose pings do not come
//	faults: {...}                        # what happens to the engines
//	expect: [...]                        # what must hold
//
// Only start and for are required, and key of a source. The values in brackets are the defaults. A length of time is as in
// 90s, 5m or 24h, or 2d or 1w for days of 24 hours. A probability is as in 10% or 0.1. An instant is a length of time since
// the start, or a time as start is. How long something takes is one of
//
//	2m                                   # always
//	1m..10m                              # evenly between
//	{median: 2m, p90: 8m}                # as people's answers: half within the median, nine of ten within p90
//
// What chance decides depends on the seed and on what is decided, never on what else is in the file.
//
// # People and providers
//
//	people:
//	  default:                           # everybody, but for what their own entry says
//	    answers: {median: 2m, p90: 8m}   # from seeing a page until saying something (0s)
//	    misses: 10%                      # pages that go unnoticed (0%)
//	    declines: 5%                     # answers that are no acknowledgement (0%)
//	    mistakes: 2%                     # answers that acknowledge another open alert (0%)
//	    ignores: 2%                      # alerts that are seen and not answered, ever (0%)
//	    fixes: 20m..2h                   # from the acknowledgement until the person resolves it (never)
//	    asleep:                          # (never)
//	      from: 23:00
//	      to: 07:00
//	      timezone: Europe/Berlin        # (the person's)
//	      wakes: {voice: 95%, default: 20%}  # pages that wake somebody, by channel or for all of them (0%)
//	      slower: 3m                     # what answering takes longer then (0s)
//	  ada:
//	    answers: 1m..5m
//	    tunnel: [{from: 2h, for: 20m}]   # no connection: what comes then arrives at its end
//	    away: [{from: 2026-03-03T09:00, to: 2026-03-04}]  # notices nothing
//	providers:
//	  default: {...}                     # every channel, but for what its own entry says
//	  voice:
//	    takes: 200ms..2s                 # to answer the engine (0s); it gives up after 15s
//	    delivers: 5s                     # from then until it is on the phone (0s)
//	    fails: 5%                        # says to try later (0%)
//	    refuses: 1%                      # says that it can never work (0%)
//	    loses: 1%                        # accepts what never arrives (0%)
//	    silent: 1%                       # accepts, and the answer is lost (0%)
//	    lies: 1%                         # refuses, and hands it over all the same (0%)
//	    repeats: 1%                      # hands it over twice (0%)
//	    limit: 30                        # messages a minute (no limit)
//	    down: [{from: 1h, for: 20m}]     # cannot be reached
//
// Somebody about whom nothing is said notices every page at once, acknowledges it at once, and fixes nothing. What a provider
// does wrong ends with for. Spans have from, and one of to and for. Each probability is drawn for itself; where several hit,
// the first of misses, ignores, mistakes and declines counts, and of fails, refuses, lies, silent, loses and repeats.
//
// # Sources and events
//
//	sources:
//	  - source: prom                     # of the configuration (manual)
//	    service: checkout                # whose it is; or policy, or user (the source's service)
//	    severity: critical               # critical, error, warning or info (error)
//	    summary: Checkout is slow        # (the key)
//	    key: slow                        # what it is deduplicated by
//	    labels: {region: eu}
//	    troubles:                        # independent of each other; their keys are slow-1, slow-2, ...
//	      every: 6h                      # on average
//	      lasts: 10m..2h                 # until the source says that it is over (it never does)
//	      keys: 5                        # so many different things (a new one each time)
//	  - {..., burst: {at: 25h, count: 40, over: 30s, lasts: 20m}}  # many at once, with keys as of troubles (over 0s)
//	  - {..., flapping: {wrong: 30s, fine: 1m, during: [{from: 3h, for: 1h}]}}  # one key, on and off (all the time)
//	  - recorded: signals.jsonl          # {"at": "2026-03-02T09:00:00Z", "signal": {...}} in each line, as alert.Signal
//	events:                              # each at an instant, and one of
//	  - at: 10m
//	    signal: {source: prom, key: disk, summary: Disk is full}  # fields as in sources, and action: trigger or resolve
//	  - {at: 12m, acknowledge: {key: disk, by: ada}}
//	  - {at: 13m, resolve: {key: disk, by: ada}}
//	  - {at: 14m, escalate: {key: disk, by: ada}}
//	  - {at: 15m, decline: {key: disk, by: ada}}
//	  - {at: 16m, snooze: {key: disk, by: ada, for: 30m}}
//	  - {at: 17m, reassign: {key: disk, by: ada, to: "schedule:primary"}}
//	  - {at: 18m, summon: {key: disk, by: ada, user: ben}}
//	  - {at: 19m, dismiss: {key: disk, by: ada, user: ben}}
//	  - {at: 2h, crash: {engine: 1, for: 1m}}   # as kill -9 does; engines are counted from 1 (1)
//	  - {at: 3h, pause: {engine: 1, for: 1m}}   # stands still, as a host that is suspended
//	  - {at: 4h, clock: -1h}                    # the clocks of all engines are set, back or ahead
//	  - {at: 5h, store_fault: {engine: 1, conflict: false}}  # a commit of the engine fails, or has a conflict (false)
//
// What people do is about the newest alert of the key.
//
// # Heartbeats and faults
//
//	heartbeats:                          # of the configuration; those that are not named here are well
//	  backup: {silent: [{from: 2h, for: 1h}]}  # its pings come when they are due, but then not
//	faults:                              # how often, on average (never)
//	  crash: 20h                         # an engine ends, and starts again within 90s
//	  pause: 20h                         # an engine stands still for up to two minutes
//	  store: 10h                         # a transaction fails, before or after its commit
//	  clock: 48h                         # clocks are wrong by hours for ten minutes
//	  meddle: 8h                         # somebody does anything with some alert
//	  latency: 1ms..40ms                 # of each transaction, with several engines (0s)
//
// # Expectations
//
//	expect:
//	  - reaches_a_person_within: 10m     # every alert that demands somebody: somebody sees a page of it
//	  - acknowledged_within: 15m         # and somebody acknowledges it
//	  - {acknowledged_within: 5m, percentile: 95}            # of 95 of 100 alerts; also of reaches_a_person_within
//	  - {at_most: 6, of: pages_per_person_per_hour}          # or pages_per_person_per_day, pages_per_alert, or
//	                                                         # nights_broken_per_person_per_week
//	  - nothing_sent_after_acknowledge: true
//	  - some_alert_rings: true           # beside the others, which hold too where all is muted
//	  - paged: {key: disk, user: ada, within: 5m}            # every alert of the key, so long after it was opened (ever)
//	  - not_paged: {key: disk, user: ben, from: 0s, to: 5m}  # no alert (of the key), at no time
//	  - acknowledged_by: {key: disk, user: ada, within: 10m} # (anybody, ever)
//	  - resolved: {key: disk, within: 2h}                    # (ever)
package scenario
