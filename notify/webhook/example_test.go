package webhook_test

import (
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/watchbill/watchbill/notify/webhook"
)

// A receiver refuses what was not signed with the secret that it shares with the sender.
func ExampleVerify() {
	const secret = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
	http.HandleFunc("POST /page", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		if err != nil {
			return
		}
		if err := webhook.Verify(secret, r.Header, body, time.Now(), 5*time.Minute); err != nil {
			http.Error(w, "who are you?", http.StatusUnauthorized)
			return
		}
		fmt.Printf("paged: %s\n", body)
	})
}
