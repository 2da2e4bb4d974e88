// Reads the calendars of a folder as two packages do, and prints the events as each of them expands them.
//   node calendar.cjs FOLDER FROM TO     both in milliseconds since 1970
'use strict';

const fs = require('node:fs');
const nodeICal = require('node-ical');

async function main(folder, from, to) {
  const {default: ICAL} = await import('ical.js');
  const read = {};
  for (const file of fs.readdirSync(folder)) {
    const data = fs.readFileSync(`${folder}/${file}`, 'utf8');
    read[file] = {'ical.js': withICAL(ICAL, data, from, to), 'node-ical': withNodeICal(data, from, to)};
  }
  process.stdout.write(JSON.stringify(read));
}

function withICAL(ICAL, data, from, to) {
  const calendar = new ICAL.Component(ICAL.parse(data));
  const events = [];
  for (const component of calendar.getAllSubcomponents('vevent')) {
    const event = new ICAL.Event(component);
    for (const {zone} of [event.startDate, event.endDate]) {
      // The definitions in the file are all that this one knows of zones.
      if (zone !== ICAL.Timezone.utcTimezone && !zone.component) {
        throw new Error(`${event.uid} is in a zone that the file does not define`);
      }
    }
    const next = event.iterator();
    for (let time = next.next(); time; time = next.next()) {
      const {startDate, endDate} = event.getOccurrenceDetails(time);
      const [start, end] = [startDate, endDate].map(t => t.toJSDate().getTime());
      if (start < to && end > from) {
        events.push({
          uid: event.uid, sequence: event.sequence, summary: event.summary, start, end,
          cancelled: component.getFirstPropertyValue('status') === 'CANCELLED',
          busy: component.getFirstPropertyValue('transp') === 'OPAQUE',
          alarms: component.getAllSubcomponents('valarm').map(a => -a.getFirstPropertyValue('trigger').toSeconds()),
        });
      }
    }
  }
  // It knows nothing of this property, not even that it is text.
  return {name: calendar.getFirstPropertyValue('x-wr-calname').replace(/\\(.)/g, '$1'), events};
}

function withNodeICal(data, from, to) {
  const parsed = nodeICal.sync.parseICS(data);
  const events = [];
  for (const event of Object.values(parsed)) {
    if (event.type !== 'VEVENT') {
      continue;
    }
    for (const one of nodeICal.expandRecurringEvent(event, {from: new Date(from), to: new Date(to), expandOngoing: true})) {
      events.push({
        uid: event.uid, sequence: Number(event.sequence), summary: one.summary,
        start: one.start.getTime(), end: one.end.getTime(),
        cancelled: event.status === 'CANCELLED', busy: event.transparency === 'OPAQUE',
        alarms: (event.alarms ?? []).map(a => secondsBefore(a.trigger)),
      });
    }
  }
  return {name: parsed.vcalendar['WR-CALNAME'], events};
}

// This one hands out triggers as they are written.
function secondsBefore(trigger) {
  const [, h = 0, m = 0, s = 0] = /^-PT(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?$/.exec(trigger);
  return Number(h) * 3600 + Number(m) * 60 + Number(s);
}

main(process.argv[2], Number(process.argv[3]), Number(process.argv[4])).catch(err => {
  console.error(err);
  process.exitCode = 1;
});
