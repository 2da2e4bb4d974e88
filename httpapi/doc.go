// Package httpapi is the HTTP API of an on-call system: intake for the tools that watch, an API for people and their
// programs, one-tap pages for phones, and what operations need. [New] makes a [Handler] of an engine and its store; a
// host mounts it in its own mux:
//
//	links := httpapi.Links{PublicURL: "https://ops.example.com/oncall", Key: secret}
//	metrics := httpapi.NewMetrics()
//	eng, err := engine.New(engine.Config{Store: st, AckURL: links.AckURL, Observer: metrics, ...})
//	api, err := httpapi.New(httpapi.Config{
//		Engine: eng, Store: st, Metrics: metrics, PublicURL: links.PublicURL, SigningKey: links.Key,
//	})
//	mux.Handle("/oncall/", http.StripPrefix("/oncall", api))
//
// The host owns the server: its addresses, certificates, timeouts and its end.
//
// # Paths
//
//	POST /intake/alertmanager/{key}       webhook of a Prometheus Alertmanager
//	POST /intake/prometheus/{key}/api/v2/alerts  what a Prometheus server or amtool posts to an Alertmanager; under the same
//	                                      prefix /api/v2/alerts, /alerts/groups, /receivers, /status, /silences and
//	                                      /silence/{id}, as Alertmanager's, about this source; see below
//	POST /intake/generic/{key}            our own format: an object, or a list of them
//	GET  /heartbeat/{key}                 a ping; also POST, whose body is kept as a log. And /start, /fail, /log, /0 to /255, an
//	                                      exit code; ?rid= names the run, a UUID
//	GET  /api/v1/heartbeats               how every heartbeat stands; {id}: with its latest pings and logs
//	GET, POST /intake/form/{key}          a form for people, with the key of a generic source
//	POST /intake/chat/{key}               a slash command or outgoing webhook of a chat: text, user_name, channel_name
//	GET  /api/v1/alerts                   ?state= &service= &cursor= &limit=; newest first
//	POST /api/v1/alerts                   {"service" or "policy" or "user", "summary", "severity", "details", "by"}
//	GET  /api/v1/alerts/{id}              and /timeline, ?cursor= &limit=
//	GET  /api/v1/alerts/{id}/plan         what happens next if nobody answers, ?limit=
//	POST /api/v1/alerts/{id}/ack          and /resolve, /escalate, /decline, /split: {"by"}
//	POST /api/v1/alerts/{id}/snooze       {"for" or "until", "by"}
//	POST /api/v1/alerts/{id}/reassign     {"target" or "user", "schedule", "team", "policy", "by"}
//	POST /api/v1/alerts/{id}/respond      pages somebody beside the policy; /dismiss takes a responder off: {"user", "by"}
//	POST /api/v1/alerts/{id}/comment      {"text", "by"}; /link: {"href", "text", "by"}; /merge: {"into", "by"}
//	POST /api/v1/alerts/bulk              {"ids", "action": "ack|resolve|escalate|decline", "by"}
//	GET  /api/v1/oncall                   ?at= &known_at= &schedule= &user= &names=yes|no; with names: what to show people
//	GET  /api/v1/check                    ?from= &horizon=; proofs and findings as the command check prints them; ten years from now
//	GET  /api/v1/diff                     ?before= &after= &from= &horizon=; what changed for whom between the configurations in
//	                                      force at two times, as the command diff prints it; after and from are now, 90 days
//	GET  /api/v1/schedules/{id}/shifts    ?from= &to= &known_at=; a week from now, where they are left out
//	GET  /api/v1/schedules/{id}/shifts.svg  ?from= &to= &theme=auto|light|dark; a picture, of four weeks from this Monday
//	GET  /api/v1/users/{id}/duties        ?from= &to=; one person's shifts, now and in the next four weeks; {id} may be me.
//	                                      One under way has its real beginning, up to 62 days before from
//	GET  /api/v1/users/{id}/calendar      {"url"}: where the calendar of the person's shifts is ({id} may be me); also of
//	                                      /schedules/{id}
//	GET  /api/v1/covers                   ?state=all|open &cursor= &limit=; newest first; {id}, and {id}/timeline
//	POST /api/v1/covers                   {"kind": "take_over", "request" or "swap", "by"} and the fields of [cover.TakeOver],
//	                                      [cover.Ask] or [cover.Swap]
//	POST /api/v1/covers/{id}/...          accept, decline, cancel, withdraw: the fields of [cover.Accept] and its like, and "by"
//	GET  /api/v1/silences                 ?state=all|active|pending|expired; those of the file too; {id}, and {id}/timeline
//	POST /api/v1/silences                 {"matchers": ["team=\"db\""], "starts_at", "ends_at" or "for": "2h", "comment", "source",
//	                                      "timezone", "windows", "by"}; times as people write them
//	PUT  /api/v1/silences/{id}            (or POST to /change) what changes; the end and the comment in place, else under a new id
//	DELETE /api/v1/silences/{id}          (or POST to /end) ends it; ?by= where the key is nobody's own
//	POST /api/v1/silences/preview         {"matchers", "days"}: which alerts of the last days it would have muted
//	GET  /api/v1/maintenance              and POST, PUT, DELETE alike: {"name", "services", "sources", "matchers", "mode"} and times
//	GET  /api/v1/schedules/{id}/roster    ?layer= &from= &to= &carry_from= &swaps= &seed=; a proposal for 28 days from now, which
//	                                      changes nothing. Two are planned at once (429 beyond that), each of at most
//	                                      400 days, 60,000 slots times people, and 400,000 steps of search
//	GET  /api/v1/schedules/{id}/handover  ?at= &format=json|md &timezone=; the hand-over of now or of the next shift, as it stands
//	POST /api/v1/schedules/{id}/handover/... note, ack: {"text", "at", "by"}; at names a hand-off, where it is not the obvious one
//	POST /api/v1/schedules/{id}/review    {"by"}: somebody has looked at the plan; puts the next reminder off
//	GET  /api/v1/handovers                ?schedule= &cursor= &limit=; those with a note or an acknowledgement, latest first
//	GET  /api/v1/users/{id}               what somebody has set: contacts, rules, quiet hours; with /timeline
//	POST /api/v1/users/{id}/contacts      {"channel", "address"}; /{cid}/verify {"code"}, /{cid}/code; DELETE /{cid}
//	PUT  /api/v1/users/{id}/rules         and /quiet, /updates, /bundle; DELETE goes back to the file
//	POST /api/v1/users/{id}/mute          {"until" or "for"}; /unmute; /test {"contact"}
//	GET  /api/v1/users/{id}/senders       the address of the card with all sender numbers, for a phone
//	GET  /api/v1/restored                 what of a restored copy waits for a confirmation; POST to /confirm: {"by"} lets it page
//	DELETE /api/v1/people/{id}/data       makes the store forget somebody who is out of the configuration; again after a 202
//	GET  /api/v1/reachability             when each contact last proved to reach somebody
//	GET  /api/v1/senders.vcf              the card; /contacts/{token}.vcf is the same without a key
//	GET  /mine/{token}                    what is open for somebody; /confirm/{token}: a tap proves that messages arrive
//	GET  /api/v1/incidents                ?state=all|open &cursor= &limit=; newest first; {id}, and {id}/timeline with the alerts'
//	POST /api/v1/incidents                {"title", "severity", "services", "customers", "alerts", "started_at", "by"}
//	POST /api/v1/incidents/{id}/...       status, reopen, edit, roles, impact, alerts, detach, tasks, done, comments,
//	                                      decisions, updates: the fields of [incident.SetStatus] and its like, and "by"
//	GET  /api/v1/postmortems              ?state=all|open, without their timelines; {id}, ?format=json|markdown &timezone=
//	POST /api/v1/postmortems              {"incident", "by"}; one that the rules ask for is there already
//	POST /api/v1/postmortems/{id}/...     refresh, edit, assign, items, item, submit, return, publish, revise
//	GET  /api/v1/pages                    and {id}: what visitors read, and what is set by hand
//	POST /api/v1/pages/{id}/...           component, schedule, tell, move, complete, cancel
//	GET  /api/v1/reports/response         and /load: ?from= &to= &hours= &format=json|csv
//	GET  /api/v1/reports/fairness         ?from= &to= &schedule= &carry_from= &format=json|csv; 90 days until now
//	GET  /api/v1/reports/pay              ?from= &to= &format=json|csv; 30 days until now
//	GET  /status/{page}                   the public status page, see [Pages]: no token
//	GET  /calendar/{token}.ics            a calendar to subscribe to, see [Links.UserCalendarURL]: no login, the address is secret
//	GET  /a/{token}                       the one-tap page of an alert and a person; POST acts
//	POST /channels/{name}/...             what the provider of a two-way channel posts, see Config.Channels: no token
//	GET  /metrics                         for Prometheus
//	GET  /healthz                         the process serves; ?strict: and nobody is left unpaged
//	GET  /readyz                          signals can be committed
//
// Questions about the past are answered from the configuration that was in force then, take-overs and swaps included; with
// known_at, all are as they were answered at that time. Paths of the design that are not
// built yet answer 501. A trailing slash is ignored.
//
// # Times
//
// In covers, duties, hand-overs and /api/v1/oncall, a time may be written as people do, see [calendar.Said]. Without an
// offset it is read in the zone of the person whose key or "by" it is (of duties, of whose they are) or, where that has
// none, in that of the schedule that is named; /api/v1/oncall also takes the one zone that all schedules have. Hand-overs
// are always in the schedule's. Where no zone is known, such a time is refused. Covers and duties have their times in the
// same zone, and name it as "timezone". Everything else takes RFC 3339.
//
// # Who may do what
//
// Every /api path and /metrics needs Authorization: Bearer TOKEN of a key in the configuration, or a login of the host
// (Config.Authenticate): viewers read, responders raise and act too, intake keys only raise. A key that is bound to a
// person acts as that person; any other names the person in "by", and is recorded beside it. A source is known by the
// key in its path, a one-tap page by its token ([Links]). /healthz and /readyz are open to all.
//
// # Errors
//
// Errors are a [Problem] as application/problem+json. 400 is a request that cannot be read (an unknown field is named),
// 401 and 403 a caller who may not, 404 and 409 an alert that does not exist or is over, 413 a body that is too large,
// 422 a request that makes no sense (errors names the fields), 429 and 503 one that should come again.
//
// # Intake
//
// An answer of 2xx means that every signal is committed. One bad item does not spoil a batch: the good ones are
// committed, and the generic intake answers 422 and says what became of each. Alertmanager is answered 200 all the same,
// since it would drop the whole batch, and 503 when it should come again, since it takes 429 for final; a group of more
// than [intake.MaxSignals] alerts is answered 413 after as many were committed, since the rest is lost. What a paused
// source says is read, and counted, and opens or repeats no alert; its acknowledgements and resolves count.
//
// # As an Alertmanager
//
// A source of type prometheus is an Alertmanager to whoever has its key: give Prometheus path_prefix /intake/prometheus/KEY,
// and amtool the address with it. Answers, also those to bad requests, are those of Alertmanager 0.31, but for this: an alert
// without labels costs no other alert of its batch; 503 asks to come again, which Prometheus does anyway. An alert whose
// endsAt has passed is resolved, one that names none holds for five minutes; of several servers that report an alert, told
// apart by the host of generatorURL, the last one to say so resolves it. What is listed is open, at most 10,000 alerts;
// receivers are services, and each has one group, since alerts are grouped by rules. Silences made here mute the alerts of
// this source alone; those made elsewhere that are about it are shown, and changed where they were made.
package httpapi
