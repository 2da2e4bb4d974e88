package webhook_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/notifytest"
	"github.com/watchbill/watchbill/notify/webhook"
)

func TestConformance(t *testing.T) {
	notifytest.Run(t, notifytest.Subject{Cases: notifytest.HTTPCases(time.Now()), Open: open})
}

func open(s notifytest.Script) (*notifytest.Rig, error) {
	rig, url := notifytest.HTTP(s, func(r *http.Request, _ []byte) string { return r.Header.Get("Webhook-Id") })
	address := strings.Replace(url, "://", "://canary-user:canary-password@", 1) + "/canary-path?key=canary-query"
	rig.Contact = notify.Contact{ID: "hook", Channel: "webhook", Address: address, Secret: secret1}
	rig.Secrets = []string{"canary-user", "canary-password", "canary-path", "canary-query",
		strings.TrimPrefix(secret1, "whsec_"), strings.TrimPrefix(secret2, "whsec_")}
	n, err := webhook.New(webhook.Config{Secret: secret2})
	rig.Notifier = n
	return rig, err
}
