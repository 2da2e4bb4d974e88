// Reads a status page as other people's clients do, and prints what they hand out as one JSON object.
//   node read.cjs http://127.0.0.1:8080/status/shop
'use strict';

const Parser = require('rss-parser');
const {Statuspage} = require('statuspage.io');

async function main(base) {
  const page = new Statuspage('any');
  page.setApiUrl(base);
  const {getStatus, getSummary, getComponents, incidents, scheduledMaintenances} = page.api;
  const read = {
    'getStatus': await getStatus(),
    'getSummary': await getSummary(),
    'getComponents': await getComponents(),
    'incidents.getAll': await incidents.getAll(),
    'incidents.getUnresolved': await incidents.getUnresolved(),
    'scheduledMaintenances.getAll': await scheduledMaintenances.getAll(),
    'scheduledMaintenances.getUpcoming': await scheduledMaintenances.getUpcoming(),
    'scheduledMaintenances.getActive': await scheduledMaintenances.getActive(),
    'rss-parser': await new Parser().parseURL(base + '/feed.atom'),
  };
  process.stdout.write(JSON.stringify(read));
}

main(process.argv[2]).catch(err => {
  console.error(err);
  process.exitCode = 1;
});
