// Does with Twilio's own library what Twilio does. On stdin is {"token", "requests": [{"url", "params"}], "language", "say",
// "action", "goodbye", "message"}; on stdout are the signatures of the requests, and the TwiML of a call that asks for a key
// and of an SMS.
//   node twilio.cjs < request.json
'use strict';

const {readFileSync} = require('node:fs');
const {getExpectedTwilioSignature} = require('twilio/lib/webhooks/webhooks');
const VoiceResponse = require('twilio/lib/twiml/VoiceResponse');
const MessagingResponse = require('twilio/lib/twiml/MessagingResponse');

const {token, requests, language, say, action, goodbye, message} = JSON.parse(readFileSync(0, 'utf8'));

const call = new VoiceResponse();
call.gather({input: 'dtmf', numDigits: 1, timeout: 10, actionOnEmptyResult: true, action, method: 'POST'})
  .say({language, loop: 2}, say);
call.say({language}, goodbye);

const sms = new MessagingResponse();
sms.message(message);

process.stdout.write(JSON.stringify({
  signatures: requests.map(({url, params}) => getExpectedTwilioSignature(token, url, params)),
  call: call.toString(),
  sms: sms.toString(),
}));
