// Package postmortem turns an incident into a reviewed document and action items.
//
// [Apply] carries out one person's command and returns what is written into the record; it is pure and refuses what makes
// no sense. Folding a record gives the postmortem back, see [Fold]. [Draft] makes the document of what the records of the
// incident and its alerts say; people [Edit] it, [Assign] an owner and a meeting, and add action items with [AddItem]:
//
//	draft <-> review -> published -> (revised) draft
//
// [Submit] is refused as long as anything is missing: the incident's resolution, an owner, a summary, a contributing
// factor, an action item or a note why there is none, and of each open item its owner and date. [Publish] is refused, in
// addition, as long as an item is still to be discussed. A published document no longer changes; its action items go on,
// by [SetItem], and [Revise] takes it up again.
//
// # What is drafted
//
// Facts only, none of them a judgement: title, severity, impact, figures; a summary that puts them into a paragraph; how
// it was detected, and how long it had gone unnoticed; the timeline, which begins with what is known of the time before
// the impact and joins what machines repeated; the incident's links as evidence. If no alert belongs to the incident, an
// action item to detect such a thing is put on the meeting's agenda. What only people can know is left empty: factors,
// what was not known, what went well, lessons, how people worked together. [Postmortem.Markdown] says in its place what
// belongs there.
//
// [Refresh] takes the records in again, as after the incident was reopened. It replaces timeline, impact, figures and
// severity, and each of the other drafted fields unless people have changed it ([Postmortem.Edited]).
//
// # Figures
//
// They are the incident's, see package incident. None is less than zero, and one whose ends are not both known is shown as
// a dash.
//
//	time to detect       from the start of visible impact to the first alert, or to the declaration if that was sooner
//	time to acknowledge  from the detection to the first person who took it, by acknowledging an alert or giving the incident a command
//	time to resolve      from the start of visible impact to the latest resolution of the incident
//	visible impact       from the start of visible impact to its end, pauses included
//	affected for         of a service: all spans with any effect that are over, without pauses
//
// A postmortem is overdue from its due date until it is first published; how late that was stays on record
// ([Postmortem.Late]), whatever is revised afterwards.
//
// # Blameless
//
// The structure follows J. Allspaw, "Blameless PostMortems and a Just Culture" (2012), and chapter 15 of "Site Reliability
// Engineering" (2016): the timeline tells what happened and not why; there are contributing factors, of which several come
// together, and no root cause; it is asked what the system allowed, and not who did it; people who were there are not
// afraid to tell; and actions shall not only prevent, but also detect sooner and contain.
package postmortem
