// Package config reads watchbill.yaml. [Load] takes a file or a folder of files and returns the configuration as plain
// values of the domain; everything that is wrong is reported at once, with file, line, field and how to mend it.
//
// # The file
//
//	timezone: Europe/Berlin              # the default of schedules and users (UTC)
//	public_url: https://oncall.example   # under which people reach the server
//	signing_key: env:SIGNING_KEY         # signs one-tap links (made and stored at the first start)
//	catch_all: user:ada                  # a target, or several: paged when a policy reaches nobody or is exhausted
//	catch_all_every: 15m                 # and again so often
//	review_every: 2160h                  # how often people are reminded to review a schedule (90 days)
//	users: [...]                         # these sections are described below
//	teams: [...]
//	customers: [...]
//	schedules: [...]
//	policies: [...]
//	support_hours: [...]
//	services: [...]
//	sources: [...]
//	heartbeats: [...]
//	silences: [...]
//	maintenance: [...]
//	inhibitions: [...]
//	api_keys: [...]
//	pages: [...]
//	incidents: {...}
//	pay: {...}
//	rosters: [...]
//	destinations: [...]
//	delivery: {...}
//	channels: {...}
//	dead_man: {...}
//	retention: {...}
//	legal_holds: [...]
//
// Every item of a list has an id, unique within the list. The values in brackets are the defaults.
//
// # Users, teams and customers
//
//	users:
//	  - id: ada
//	    name: Ada Okafor
//	    email: ada@example.com
//	    timezone: Europe/Berlin          # (the top's)
//	    locale: en                       # (en)
//	    teams: [platform]                # in addition to the teams that list the person
//	    contacts:
//	      - id: hook
//	        channel: webhook             # webhook, email, or a name that the host registers
//	        address: https://example.com/ada
//	        secret: env:ADA_SECRET       # signs webhooks to this contact (that of the channel)
//	    rules:
//	      high: [{after: 0s, contact: hook}, {after: 1m, contact: mail}]  # (every contact, at once)
//	      low: [{after: 0s, contact: mail}]                               # (the first contact)
//	    qualifications: [k8s]            # what the person knows enough of, in words of your own
//	    absences:                        # when the person is away, in the person's zone
//	      - {from: 2026-08-03, to: 2026-08-24, reason: leave}  # to is when the person is back
//	    absences_file: ada.ics           # the same from a calendar file; every event counts
//	    notices:                         # what the person is told about shifts
//	      before: [24h, 1h]              # how long before each; up to 10, of at most 60 days (none)
//	      start: true                    # when it begins (false)
//	      end: true                      # when it has ended (false)
//	      contact: mail                  # by which (the first of the low rules)
//	    quiet:                           # when what is not urgent waits, in the person's zone (never)
//	      - {days: [mon, tue], from: 22:00, to: 07:00}
//	    mute_until: 2026-08-24T09:00     # it waits all the time until then (not)
//	    updates:                         # what the person hears of alerts that have paged the person
//	      resolved: true                 # that they are over (true)
//	      acknowledged: false            # that somebody else has them (false)
//	      contact: mail                  # by which (those that carried the page, but no call)
//	    bundle: 2m                       # pages to a contact within so long of the last one go as one; at most 1h (each by itself)
//	teams:
//	  - {id: platform, name: Platform, members: [ada, ben]}
//	customers:
//	  - id: acme                         # who uses services, and hears of their incidents
//	    name: ACME
//	    internal: false                  # true: of the organisation itself
//	    domains: [acme.example]          # of its people's e-mail addresses, in small letters
//	    tier: 1                          # how important it is: 1, the highest, to 4 (not said)
//
// # Schedules
//
//	schedules:
//	  - id: primary
//	    timezone: Europe/Berlin          # (the top's)
//	    combine: override                # later layers hide earlier ones; union: everybody is on call (override)
//	    layers:
//	      - id: week
//	        users: [ada, ben, ~, ada]    # in turn; ~ is a turn that nobody has
//	        start: 2026-01-05T09:00      # where the first turn begins
//	        end: 2027-01-04T09:00        # (never)
//	        timezone: America/New_York   # (the schedule's)
//	        rotation: {every: 1, unit: week}   # or lengths, or rrule; see below
//	        seats: 2                     # how many are on call at once (1)
//	        coverage:                    # when the layer has anybody (always)
//	          - {days: [mon, fri], from: 09:00, to: 17:00}  # to before from: the next day; 24:00: a day's end
//	          - {rrule: "FREQ=MONTHLY;BYDAY=-1FR", from: 18:00, for: 3d}
//	        hours:                       # people's own hours, outside of which the layer has not got them (always)
//	          ben: {timezone: America/New_York, coverage: [{days: [mon, tue], from: 08:00, to: 16:00}]}
//	        holidays: off                # nobody on holidays; on: as on other days; only: on no other day
//	                                     # (off with coverage, on without)
//	        calendars: [de]              # which of the schedule's holidays count (all)
//	        count: calendar              # covered: turns without coverage take nobody's place (calendar)
//	        shadow: false                # true: learners, who are shown, but not paged (false)
//	    holidays:
//	      - {id: de, days: [2026-12-25, {date: 2026-12-26, name: Boxing Day}]}
//	      - {id: company, file: holidays.ics}
//	    overrides:                       # in the order in which they apply
//	      - {id: o1, from: 2026-01-27T09:00, to: 2026-01-28T09:00, user: ben, replaces: ada, reason: dentist}
//	      - {id: o2, from: 2026-02-02, to: 2026-02-03, user: ben}   # instead of everybody
//	      - {id: o3, from: 2026-02-02, to: 2026-02-03, add: cem}    # is on call too
//	      - {id: o4, from: 2026-02-02, to: 2026-02-03, remove: ada} # loses what she has
//
// A rotation is every (1) so many of a unit, hour, day, week or month; or lengths: [2d, 5d], which are applied in turn, a
// number and h, d or w each; or rrule, a rule of RFC 5545, whose occurrences are the hand-offs. Rules are counted from
// the layer's start and have its time of day; a window by a rule begins at from, on the days that the rule names, and
// lasts for so long. See calendar.Rule for what a rule may hold, package schedule for what all of this means.
//
// Instead of users and a rotation a layer may have shifts placed by hand, as written here or in a calendar file, or the
// people of another schedule. Coverage, holidays, start (none) and end go with these too.
//
//   - id: summer
//     shifts: [{from: 2026-07-01, to: 2026-07-02, users: [ada, ben]}]
//   - {id: rota, file: rota.ics}
//   - {id: others, schedule: secondary}
//
// More about a schedule:
//
//	sites:                           # follow-the-sun, below the layers: each takes over from the one before
//	  - id: berlin
//	    timezone: Europe/Berlin
//	    from: 08:00                  # when it takes over, on its own clock
//	    days: [mon, tue]             # on which it does (every day)
//	    users, start, end, rotation, seats   # as in a layer
//	versions:                        # what sites and layers will be, in order of time
//	  - {effective_from: 2027-01-04T09:00, sites: [...], layers: [...]}
//	temporary:                       # instead of all layers for a while, and below the overrides
//	  - {id: party, from: 2026-06-06, to: 2026-06-07, shifts: [...]}
//
// # Calendar files
//
// Holidays, absences and layers can be read from iCalendar files (RFC 5545), if the host has a reader for them:
// [Reader]. The path is relative to the file that says so. Of events that repeat, those of the years 2020 to 2044 count.
// An event of whole days lasts from midnight to midnight in the zone of whoever it is about: the layer, or the person.
//
// Holidays are events of whole days. An absence is any event. In a layer each event is a shift of those who take part
// in it (ATTENDEE); where nobody does, of those whom its SUMMARY names, with commas between them. People are found by
// id, name or e-mail address, and nothing is guessed: a name that is not one user's is an error.
//
// # Policies, services and sources
//
//	policies:
//	  - id: web
//	    levels:
//	      - targets: ["schedule:primary"]        # one, or a list of: user:ID, schedule:ID (who is on call), next:ID
//	                                             # and previous:ID (of a schedule), team:ID, policy:ID (its levels, in
//	                                             # this place), webhook:ID and chat:ID (of destinations)
//	        timeout: 5m                          # until the next level is paged (5m)
//	        repeat: {every: 1m, attempts: 3}     # (1m; 0 means no limit)
//	        acks: 1                              # how many people have to acknowledge (1)
//	        mode: all                            # round_robin: of several, the one paged longest ago (all)
//	        when:                                # else the level is skipped (always)
//	          severity: [critical, error]        # of the alert (any)
//	          hours: office                      # within these support hours; or outside: office
//	          wait: false                        # true: it waits for the hours, and is not skipped (false)
//	        then: {level: 1, times: 1}           # back to a level when its time is over, so often a cycle (the next)
//	    cycles: 2                                # how often the levels are gone through (1)
//	    catch_all: ["team:platform"]             # (the top's)
//	    ack_timeout: 1h                          # so long after an acknowledgement everything begins anew (never)
//	    quiet: false                             # true: people's mute and quiet hours hold for high urgency too (false)
//	    rest:                                    # who was paged at night so often is relieved (nobody is)
//	      after: 3
//	      within: 12h                            # (12h)
//	      from: 22:00                            # of the night, on the person's clock (22:00)
//	      to: 07:00                              # (07:00)
//	      relief: ["team:platform"]              # if nobody of these can be paged, the person is all the same
//	services:
//	  - id: checkout
//	    name: Checkout
//	    description: Takes orders.               # over several lines, it is one paragraph
//	    policy: web                              # (none: catch_all is paged at once)
//	    team: platform
//	    owners: [ada]                            # users who answer for it: they take part in its postmortems
//	    tier: 1                                  # how critical it is: 1, the highest, to 4 (not said)
//	    depends_on: [payments]                   # services it cannot do without; circles are allowed
//	    customers: [acme]                        # who use it
//	    auto_resolve: 1h                         # without a signal for so long (never)
//	    urgency: high                            # high or low (by the alert's severity)
//	    support:                                 # by the hour; goes before urgency
//	      hours: office                          # support hours
//	      during: high                           # high or low (by the alert's severity)
//	      outside: low                           # high or low (low)
//	      raise: true                            # what still waits when the hours begin is raised to high (false)
//	    pause: 30s                               # pages only what is still open after so long, at most 24h (0s)
//	    qualifications: [k8s]                    # what everybody who may be paged for it must have (none)
//	sources:
//	  - id: prom
//	    type: alertmanager                       # see intake.Types
//	    service: checkout
//	    key: env:PROM_KEY                        # in the path that senders post to
//	    paused: false
//	    customer: acme                           # whose systems it watches (nobody's in particular)
//	    ready: prtg                              # for a tool with a form of its own, type generic: see route.Ready
//	    mapping: {...}                           # or how any other is read
//	    rules: [...]                             # what becomes of its signals
//	    pause: 1m                                # pages only what is still open after so long, at most 24h (0s)
//	    group: {by: [cluster]}                   # alerts that belong together; only the first pages (none)
//	    downgrade: true                          # alerts for which no rule names a response are of low urgency (false)
//	    limit: {alerts: 600, per: 1m}            # beyond it, signals that would open an alert are refused (none)
//	    flood: {alerts: 20, per: 1m}             # beyond it, new alerts are members of one (none)
//	    flapping: {changes: 5, within: 10m}      # a key that opens so often stays open until it is quiet (none)
//
// # Rules and mappings of sources
//
//	rules:                                       # up to 100; in order; each sees what those before it changed
//	  - id: db-disk
//	    when: labels.team == "db" and float(details.value ?? 0) > 90   # (always)
//	    response: https://wiki.example.com/disk  # what to do: a sentence, or the address of a runbook
//	    set:                                     # expressions; a text is quoted within quotes, '"disk " + labels.host'
//	      key: '"disk/" + labels.host'           # also of signals that resolve
//	      summary: '"Disk of " + labels.host'
//	      severity: critical                     # these five may also be one word that stands for itself
//	      urgency: high
//	      priority: P1
//	      service: db
//	      policy: db-team
//	      labels: {region: 'labels.zone[:2]'}
//	    group: {by: [host], similar: 0.8, window: 10m, idle: 5m}       # {}: no group
//	    pause: 2m
//	    suppress: true                           # recorded, but pages nobody
//	    drop: true                               # opens no alert
//	    stop: true                               # no rule after it applies
//	mapping:                                     # expressions over body and item
//	  items: body.alerts                         # the list of signals (the body is one)
//	  key, summary, severity, priority, action, starts_at, details: item.id
//	  labels: {host: item.host, "*": item.tags}  # "*": every label of a map
//	  links: {Graph: item.url}
//
// A word is letters, digits, dashes and underscores, and not the name of a value, such as severity. See package route for
// what rules do, rules/expr for the language, and docs/sources.md for examples.
//
// # Heartbeats
//
//	heartbeats:                                  # an alert when pings to /heartbeat/KEY stop
//	  - id: prom-alive
//	    name: Prometheus
//	    key: env:PROM_ALIVE_KEY                  # in the path that is pinged; of this heartbeat alone
//	    interval: 5m                             # how often pings come; at least 1s
//	    grace: 1m                                # how much later they may (a fifth of the interval, at most 1h)
//	    waiting: 10m                             # for the first ping; or never (twice the interval)
//	    service: checkout                        # whose policy is paged (catch_all)
//	    severity: critical                       # of the alert (critical)
//	    summary: Prometheus is silent            # of the alert (made of the name and what is wrong)
//	  - id: backup
//	    cron: "30 2 * * *"                       # instead of interval: a success is due within the grace after each time
//	    timezone: Europe/Berlin                  # of cron, and of times in the alert (the top's)
//	dead_man:                                    # somebody else's dead-man's switch, which misses us when we are gone
//	  url: env:DEAD_MAN_URL                      # posted to while all is well
//	  every: 1m                                  # (1m)
//
// With cron, the grace is by default a fifth of the time between two of its times, at most an hour, and the first ping may
// take until the second of them.
//
// # Support hours, and what is muted
//
//	support_hours:                               # when somebody works anyway
//	  - id: office
//	    name: Office
//	    timezone: Europe/Berlin                  # (the top's)
//	    coverage: [{days: [mon, fri], from: 08:00, to: 18:00}]  # (always)
//	    holidays: [2026-12-25]                   # whole days that are outside, with or without a name as in a schedule
//	    exceptions:                              # go before all else; later ones win
//	      - {from: 2026-12-24T12:00, to: 2026-12-25, support: outside, reason: Christmas Eve}  # outside or during
//	silences:
//	  - id: s1
//	    matchers: ['team="db"', 'env=~"dev|test"']  # as in Alertmanager; all of them; one, or a list
//	    timezone: Europe/Berlin                  # (the top's)
//	    from: 2026-02-07T22:00                   # (since ever)
//	    to: 2026-02-08T06:00                     # when it is over (never, with windows)
//	    windows:                                 # within from and to only in these (all the time)
//	      - {days: [sat], from: 02:00, to: 04:00}
//	      - {rrule: "FREQ=MONTHLY;BYDAY=2TU", from: 22:00, for: 2h}  # counted from from
//	    by: ada                                  # who is told when it is about to end (nobody)
//	    comment: why
//	maintenance:
//	  - id: m1
//	    name: Database move
//	    services: [checkout]                     # their alerts,
//	    sources: [prom]                          # and the alerts of these,
//	    matchers: ['rack="r2"']                  # and what all of these match
//	    timezone, from, to, windows, by          # as in a silence
//	    mode: hold                               # debug: alerts never page; collect: they are one at its end (hold)
//	inhibitions:
//	  - id: node-down                            # while an alert that source matches fires,
//	    source: ['alertname="NodeDown"']
//	    target: ['severity=~"warning|info"']     # those that target matches are muted
//	    equal: [node]                            # if these labels have the same values (of all alerts)
//
// Matchers are of labels; of an alert without such a label source, service, severity and summary can be asked too. See
// package mute for what all of this means, and docs/muting.md for examples.
package config
