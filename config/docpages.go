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
// # Pay and rosters
//
//	pay:                                         # what being on call is worth: refserver pay
//	  currency: EUR                              # amounts are in its smallest unit, such as cents
//	  timezone: schedule                         # by whose clock: schedule, person, or a zone (schedule)
//	  overlap: once                              # who is on call in several schedules at once is paid once; or each
//	  rules:                                     # at each instant the first that applies counts, and no other
//	    - id: holiday
//	      holidays: only                         # on: on any day; off: not on holidays; only: on nothing else (on)
//	      calendars: [de]                        # which of the schedule's holidays count (all)
//	      hourly: 900                            # for an hour of elapsed time (0)
//	      shift: 5000                            # for a shift that begins while the rule applies (0)
//	      page: 1000                             # for a page received while the rule applies (0)
//	    - id: night
//	      hours: [{days: [mon, tue, wed, thu, fri, sat, sun], from: 22:00, to: 06:00}]  # (always)
//	      schedules: [primary]                   # (all)
//	      timezone: person                       # (that of pay)
//	      hourly: 600
//	rosters:                                     # how a schedule is planned, and its load weighed: refserver roster, fairness
//	  - schedule: primary                        # one for each schedule, or layer; all else may be left out
//	    layer: week                              # which layer or site is planned (the only one). Without it, a roster for
//	                                             # a schedule of several says nothing of people and hours, up to seats
//	    people: [ada, ben]                       # who may be on call (everybody in the layer)
//	    length: 1w                               # of a turn: 12h, 1d, 1w (that of the layer's rotation)
//	    start: 2026-01-05T09:00                  # where a turn begins (where the layer's rotation does)
//	    coverage: [{days: [mon], from: 09:00, to: 17:00}]  # when somebody has to be on call (when the layer has a say)
//	    seats: 1                                 # how many at once (as in the layer)
//	    max_consecutive: 2                       # turns in a row for one person (no limit)
//	    min_rest: 2d                             # between two turns of a person; with max_consecutive, turns may follow
//	                                             # one another without any pause (0s). 48h is the same; d and w are
//	                                             # read here and in weight, page and sleep: 24 and 168 hours
//	    apart_from: [secondary]                  # who is on call there cannot be here at the same time
//	    wishes:                                  # times are read in the person's zone
//	      - user: ada                            # would rather not be on call then
//	        from: 2026-08-01
//	        to: 2026-08-15
//	        weight: 24h                          # the load that this is worth (24h)
//	        reason: a wedding
//	      - {user: ben, from: 2026-12-24, to: 2026-12-27, prefer: true}  # would rather be (false)
//	    weights:                                 # of a load, in decimal numbers; they add up
//	      hour: 1                                # (1)
//	      night: 1                               # (1)
//	      weekend: 0.5                           # (0.5)
//	      holiday: 1                             # (1)
//	      page: 15m                              # for each page received (15m)
//	      sleep: 2h                              # for each night with a page (2h)
//	      night_from: 22:00                      # (22:00)
//	      night_to: 06:00                        # (06:00)
//
// # How messages are delivered
//
//	destinations:                                # what can be paged and is no person: the targets webhook:ID and chat:ID
//	  - id: noc
//	    name: The big screen
//	    channel: webhook                         # as in a contact
//	    address: https://example.com/noc
//	    secret: env:NOC_SECRET                   # signs webhooks to it (that of the channel)
//	delivery:
//	  limits:                                    # of each contact, by channel; a repeat over it takes the person's next rung
//	    sms: {messages: 16, per: 1h}             # 0 is no limit (sms and voice: 16 an hour; others: no limit)
//	  canary:                                    # asks everybody, over every contact: is this reaching you?
//	    every: 168h                              # how often; at least 24h (never)
//	    hours: office                            # only in these support hours (Monday to Friday, 10:00 to 16:00 where the person is)
//
// The first page of an alert to a person is sent whatever the limit is. What people set themselves, by the API, takes the
// place of what is written here about their contacts' order, quiet hours, updates and bundling; see docs/people.md.
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
//	  ntfy:                                      # pushes to phones
//	    server: https://ntfy.sh                  # (https://ntfy.sh)
//	    token: env:NTFY_TOKEN                    # an access token, or user:password (none)
//	    timeout: 10s                             # of one message
//	  webhook:
//	    secret: whsec_...                        # by the Standard Webhooks scheme
//
// # Retention and legal holds
//
//	retention:                                   # how long what is over is kept; at least 7d (for good)
//	  alerts: 90d                                # since they were resolved, with their timelines
//	  incidents: 104w                            # since they were resolved; one with a postmortem stays as long as that
//	  postmortems: 104w                          # since they were published, if nothing is left to do
//	  records: 52w                               # hand-overs, requests for cover, notices
//	legal_holds:                                 # what must not be removed; what one says has to hold together
//	  - id: case-7
//	    service: checkout                        # and incidents that affect it
//	    customer: acme
//	    alert: 0d4h...                           # the one, and its incidents
//	    user: ada                                # whatever names the person, who cannot be wiped
//	    from: 2026-01-01                         # what was not over before, in the file's zone
//	    to: 2026-04-01                           # what had begun before
//	    reason: claim of a customer
//
// See docs/privacy.md. Configurations of the past, and who set or silenced what, stay for good.
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
// source types without a decoder, and for the sections runbooks and slas, which may hold anything.
package config
