// Package notifytest has two things for tests: [Recorder], a Notifier that remembers what it was asked to send, for
// whoever embeds the engine; and [Run], the conformance suite that every provider must pass, for whoever writes one.
//
// The suite knows no protocol. It asks the provider's test for a counterpart, the thing that the provider talks to,
// which plays a [Script]; [HTTP] is one for every provider that speaks HTTP:
//
//	notifytest.Run(t, notifytest.Subject{
//		Cases: notifytest.HTTPCases(time.Now()),
//		Open: func(s notifytest.Script) (*notifytest.Rig, error) {
//			rig, url := notifytest.HTTP(s, func(r *http.Request, body []byte) string { return r.Header.Get("Webhook-Id") })
//			rig.Contact = notify.Contact{ID: "hook", Channel: "webhook", Address: url}
//			n, err := webhook.New(webhook.Config{})
//			rig.Notifier = n
//			return rig, err
//		},
//	})
package notifytest
