// Package statuspage decides what one visitor of a public status page may read, and writes it: as a web page, as the
// JSON documents that Statuspage's clients read, and as an Atom feed.
//
// [Look] takes a page of the catalog, its [Board] and the incidents since [History], and returns a [View]. A view holds
// nothing that is internal: public titles and texts, names of components, times and effects are all there is in it, so
// that whatever is rendered from it can be shown to anybody. It is a pure function; [View.JSON], [View.Atom] and
// [Renderer.HTML] write a view, and equal views give equal bytes.
//
// # The status of a component
//
//	operational < under_maintenance < degraded_performance < partial_outage < major_outage
//
// What people set by hand ([SetComponent]) holds until they take it back, whatever else is so. Otherwise the worst counts:
// of the effects that open incidents have on its services, and of a maintenance in progress. On a page where only
// published incidents count (Manual), one does once it has an update that shows there: from then on with all its effects,
// those before and those to come.
//
// # Which incidents show
//
// An update shows on the pages that it names; if it names none, on all pages with a component that its incident affects.
// An incident shows where one of its updates does, under the title of the latest of them, with these updates and no
// others. When an incident is resolved and nobody told so, a neutral line says it; likewise when it is reopened after
// somebody told that it was resolved.
//
// # Days and uptime
//
// The bars show [Days] civil days in the page's zone, today included, each in the colour of the worst status of that day.
// The uptime of a component is
//
//	1 - (seconds of major outage + 0.3 x seconds of partial outage) / seconds looked at
//
// Degraded performance and maintenance do not count as downtime. Two incidents at once count once, as the worse of them.
// The seconds looked at are those from the first of these days until now, also for a component that did not exist yet: it
// counts as operational then. Percentages are rounded down to two decimals, so that 100.00 % means no outage at all.
//
// # The board
//
// A [Board] is an aggregate like an incident: [Apply] carries out one person's command and returns what is to be written
// into its record, and folding the record gives the board back, see [Fold]. It keeps the statuses set by hand and the
// maintenances. A maintenance begins and ends by itself at the times announced:
//
//	scheduled -> in_progress -> completed, or cancelled
package statuspage
