// Package replay answers "what would have been different?": it plays alerts back as they were recorded, with what people did
// about them, against another configuration or roster, and says side by side who was paged then and who would have been.
//
//	result, err := replay.Replay(ctx, store, replay.Question{Incident: "06nf...", Org: &changed})
//	result.Tell(os.Stdout)
//
// Without Org it plays against the configuration that was in force: then it must come to what happened, which shows how far
// the rest can be trusted. [Result.Same] says whether it did.
//
// # What is taken from the record
//
// Signals come at their own instants, as the rules of their source had left them, and pass the rules of the configuration that
// is tried. The roster is that of the configuration that is tried; covers, swaps, silences and contacts that people made
// through the API hold as they did, each from the instant at which it was made. Providers take as long as they took and refuse what they refused, contact by contact;
// what they were never asked for they accept at once.
//
// Beside the alerts that are asked for, those run along that were open at the same time, up to a week older: they may
// inhibit them, form groups with them, and take turns. They are not reported on.
//
// # What is assumed of people
//
// Whoever answered a page does so as long after their own first page of the alert as they did then, whenever that page comes;
// further acts keep their distance from what the person was paged for or did before. A person's resolve keeps its distance from
// the acknowledgement, whoever acknowledges, and is the acknowledger's if it was then. Whoever was never paged and acted all
// the same does so as long after the alert opened.
//
// Whoever was paged and said nothing says nothing, unless somebody else answered before they usually do: then the record
// cannot tell, and they count as those who were not paged at all. Those answer as [Assume] says: by default after the median of
// what they took themselves, over the whole record, or else of what everybody took.
//
// Acts that make no sense any more are left out: of people who are not paged, of alerts that are over, of what somebody else
// has answered by then. [Result.Assumptions] lists every act that was played and every one that was left out, with the alert,
// the person and the reason.
//
// # What it cannot know
//
// When repeated signals that changed nothing came is not recorded but for the last, so they are spread evenly. What a source said of
// an alert that was over is not recorded at all. Outages of the engine are not played. Alerts that retention removed, that are
// in quarantine, or whose record does not begin at the beginning are left out, and [Result.Gaps] says so. People who were wiped
// appear under their pseudonym, which is on no new roster.
package replay
