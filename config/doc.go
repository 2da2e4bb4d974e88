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
//	users: [...]                         # these sections are described below
//	teams: [...]
//	customers: [...]
//	schedules: [...]
//	policies: [...]
//	services: [...]
//	sources: [...]
//	heartbeats: [...]
//	api_keys: [...]
//	pages: [...]
//	incidents: {...}
//	channels: {...}
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
//	    combine: override                # later layers hide earlier ones; union is not built yet
//	    holidays: ...                    # not built yet
//	    layers:
//	      - id: week
//	        users: [ada, ben, ~]         # in turn; ~ is a turn that nobody has
//	        start: 2026-01-05T09:00      # where the first turn begins
//	        end: 2027-01-04T09:00        # (never)
//	        timezone: America/New_York   # (the schedule's)
//	        rotation: {every: 1, unit: week}  # every (1); unit: hour, day, week or month
//	        coverage:                    # (always)
//	          - {days: [mon, fri], from: 09:00, to: 17:00}  # to at or before from: the next day; 24:00: a day's end
//	        seats: 1                     # more than one is not built yet
//	        count: calendar              # covered is not built yet
//	        shadow: false                # true is not built yet
//	    overrides:                       # in the order in which they apply
//	      - {id: o1, from: 2026-01-27T09:00, to: 2026-01-28T09:00, user: ben, replaces: ada}
//
// A rotation by lengths: [2d, 5d] or by rrule, coverage by rrule, from and for, and overrides that add or remove a
// person are not built yet either.
//
// # Policies, services and sources
//
//	policies:
//	  - id: web
//	    levels:
//	      - targets: ["schedule:primary"]        # user:ID, schedule:ID or team:ID; one, or a list
//	        timeout: 5m                          # until the next level is paged (5m)
//	        repeat: {every: 1m, attempts: 3}     # (1m; 0 means no limit)
//	        acks: 1                              # more are not built yet, nor are mode: round_robin and when
//	    cycles: 2                                # how often the levels are gone through (1)
//	    catch_all: ["team:platform"]             # (the top's)
//	    ack_timeout: 1h                          # not built yet
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
//	sources:
//	  - id: prom
//	    type: alertmanager                       # see intake.Types
//	    service: checkout
//	    key: env:PROM_KEY                        # in the path that senders post to
//	    paused: false
//	    rules, limit, customer                   # not built yet
//
// A heartbeat has id, name, interval, grace, service and key; heartbeats are not built yet.
//
// # Status pages and incidents
//
//	pages:
//	  - id: public                               # as in its address, /status/public
//	    name: Shop status
//	    description: What works, and what does not.
//	    timezone: Europe/Berlin                  # (the top's)
//	    automatic: true                          # false: only incidents about which an update was published there count
//	    components:                              # in the order in which they are shown
//	      - id: orders
//	        name: Orders                         # as customers know it
//	        description: Carts and payments
//	        group: Shop                          # the heading under which it stands (none)
//	        services: [checkout, payments]       # which stand behind it (none: its state is set by hand)
//	incidents:
//	  declare: [critical]                        # an alert of such a severity declares an incident (none)
//	  auto_resolve: false                        # true: one so declared is resolved when all its alerts are, unless a
//	                                             # person has touched it
//	  postmortem:
//	    severities: [critical, error]            # resolving such an incident makes a draft (none)
//	    due: 120h                                # after the resolution (120h)
//
// Severities are critical, error, warning and info. The ids of pages and components are of the letters a to z, small or
// capital, digits, dots, dashes and underscores, with a letter or digit first.
//
// # API keys and channels
//
//	api_keys:
//	  - {id: ops, role: admin, token: env:OPS_TOKEN, user: ada}  # admin, responder, viewer or intake; user (none)
//	channels:
//	  smtp:
//	    addr: mail.example.com:587
//	    from: "On-call <oncall@example.com>"
//	    username: oncall                         # (no authentication)
//	    password: file:smtp-password
//	    tls: starttls                            # starttls, required, implicit or none
//	    timeout: 30s                             # of one message
//	  webhook:
//	    secret: whsec_...                        # by the Standard Webhooks scheme
//
// # How values are written
//
// A value counts as it is written, whatever YAML takes it for: an id may be 7 or on, a phone number may begin with +,
// and 09:00 needs no quotes. A time is civil, 2026-01-05T09:00 or 2026-01-05, and read in the schedule's zone, or has
// an offset. A duration is as Go writes it: 90s, 5m, 24h. Null is the same as leaving a field out.
//
// Secrets (keys, tokens, passwords, user names of mail servers) may be env:NAME or file:PATH, relative to the file that
// says so; white space around what such a file holds does not count. Keys and tokens are kept as digests only.
//
// Anchors and aliases may be used for whole values; merging by << may not. A file has one document.
//
// # What is not built yet
//
// Every name in the design loads today. Whatever has no effect yet is a [Warning] that says what happens instead, so
// that a file can be written once, and nobody relies on what is not there. That goes for what is marked above, for
// source types without a decoder, and for the sections silences, maintenance, runbooks and slas, which may hold
// anything.
//
// Where such a key decides who is on call, the stand-in is one that never turns somebody into nobody: conditions,
// holidays and silences do not hold back a page; rules become even turns and full coverage; a person who is removed
// stays; one who is added takes over, which also reaches somebody where nobody was on call. A layer that shadows
// another is left out, since it would hide the people whom it shadows.
package config
