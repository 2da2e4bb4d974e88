// Verifies a webhook as other people's receivers do. On stdin is {"secret", "headers", "body"}; on stdout, for each library,
// whether it takes the webhook for genuine.
//   node verify.cjs < webhook.json
'use strict';

const {readFileSync} = require('node:fs');

const libraries = {
  'standardwebhooks': require('standardwebhooks').Webhook,
  'svix': require('svix').Webhook,
};

const {secret, headers, body} = JSON.parse(readFileSync(0, 'utf8'));
const genuine = {};
for (const [name, Webhook] of Object.entries(libraries)) {
  try {
    new Webhook(secret).verify(body, headers);
    genuine[name] = true;
  } catch {
    genuine[name] = false;
  }
}
process.stdout.write(JSON.stringify(genuine));
