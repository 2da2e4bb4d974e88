// Package twilio is the provider that sends SMS and makes phone calls through Twilio, or through a gateway that speaks its
// REST API of 2010-04-01, and that takes in what people answer: an SMS with a digit, or a key pressed during the call.
//
// An [Account] gives a Notifier for SMS and one for calls. [Handler] takes in what the provider posts to
// Config.Callback: /status (what became of a message or call), /gather (a key), and /sms (an SMS; its address is to be
// entered at the provider as the webhook of the number). Every request must carry the provider's signature
// (X-Twilio-Signature: HMAC-SHA1 over the address and the sorted fields, by the account's token); all others get 403.
//
// Only a key or a reply acknowledges. A voicemail that picks up a call presses none, and so counts for nothing; a call that
// is busy, not answered or failed is reported as undelivered, so that the person's next rung takes over.
//
// What is wrong with the recipient's number is permanent. What is wrong with the account (a token, a sender's number, a
// region that is not switched on) may be tried again, because a page must outlive the mending of it. 429 and 5xx may be
// tried again too, not before Retry-After where the answer has one.
//
// The API knows no idempotency key: a send whose answer is lost is repeated, and may then arrive twice. Both repeats name
// the same message in the address of their status callback.
package twilio
