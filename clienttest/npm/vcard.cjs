// Reads a vCard as ical.js does, and prints its properties: name, parameters and value of each.
//   node vcard.cjs < CARD
'use strict';

async function main() {
  const {default: ICAL} = await import('ical.js');
  const [name, properties] = ICAL.parse(require('node:fs').readFileSync(0, 'utf8'));
  const read = properties.map(([property, parameters, , ...values]) => ({name: property, type: parameters.type, value: [values].flat(9).join(';')}));
  process.stdout.write(JSON.stringify({name, read}));
}

main().catch(err => { console.error(err); process.exit(1); });
