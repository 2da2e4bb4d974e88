package nikoksr_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"time"

	httpservice "github.com/nikoksr/notify/service/http"

	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/notify/nikoksr"
)

// Any service of nikoksr/notify becomes a channel. Here it is that module's service for HTTP.
func ExampleNew() {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Printf("%s\n", body)
	}))
	defer server.Close()

	n, err := nikoksr.New(nikoksr.Config{
		Make: func(c notify.Contact, _ notify.MessageID) (nikoksr.Service, error) {
			s := httpservice.New()
			s.AddReceivers(&httpservice.Webhook{
				ContentType: "text/plain", Header: http.Header{}, Method: http.MethodPost, URL: c.Address,
				BuildPayload: func(subject, _ string) any { return subject },
			})
			return s, nil
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = n.Notify(context.Background(), notify.Message{
		ID: "m1", Kind: notify.KindResolved, Alert: "a1", User: "ada", Zone: time.UTC, Summary: "disk full",
		Contact: notify.Contact{Channel: "room", Address: server.URL},
	})
	fmt.Println(err)
	// Output:
	// Resolved: disk full
	// <nil>
}
