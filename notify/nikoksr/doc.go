// Package nikoksr sends messages through any service of github.com/nikoksr/notify, from Telegram to WeChat, and through
// everything else that has its method Send. It keeps the promises of [notify.Notifier] for services that do not:
//
//   - Every send has a service object of its own, made for one contact. The objects of that module hold their recipients
//     as state, without a lock, and one stops at the first recipient that fails: shared ones would page people twice.
//   - Notify returns when its time is up, also where a service looks at its context only before it dials, as mail does.
//     The send that is stuck goes on in its goroutine; so that those cannot pile up, a contact has at most MaxStuck of
//     them, and all contacts together 16 times as many: beyond that Notify fails at once, and may be tried again.
//   - A panic in a service is an error.
//   - Errors quote neither the contact's address and secret, nor Config.Secrets, nor the acknowledge link.
//
// What these services say of a refusal is a text only, so that nearly every failure counts as one that may be tried again:
// a wrong address is found out by the escalation, not by this package. Where a provider has a Notifier of its own in the
// packages beside this one, that is the better choice: it knows what a refusal means and carries a key against repeats.
package nikoksr
