// Command statuspage mounts a status page in a web service's own mux, and tells customers of an incident from Go.
package main

import (
	"context"
	"log"
	"net/http"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/incident"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store/memory"
	"github.com/watchbill/watchbill/timeline"
)

// shop is what there is: services, and the page that customers know them from.
func shop() oncall.Config {
	return oncall.Config{Catalog: catalog.Catalog{
		Users:    []catalog.User{{ID: "ada", Name: "Ada Okafor"}},
		Services: []catalog.Service{{ID: "checkout-eu"}, {ID: "search"}},
		Pages: []catalog.Page{{ID: "shop", Name: "Shop status", Zone: "Europe/Berlin", Components: []catalog.Component{
			{ID: "orders", Name: "Orders", Services: []watchbill.ServiceID{"checkout-eu"}},
			{ID: "find", Name: "Finding products", Services: []watchbill.ServiceID{"search"}},
		}}},
	}}
}

// newService returns the host's handler and the engine behind the page. No engine need run: nobody is paged here.
func newService(ctx context.Context, public string) (*engine.Engine, http.Handler, error) {
	eng, err := engine.New(engine.Config{Store: memory.New()}) // in earnest: store/sqlite
	if err != nil {
		return nil, nil, err
	}
	if _, err := eng.Configure(ctx, time.Now(), shop()); err != nil {
		return nil, nil, err
	}
	pages, err := httpapi.NewPages(httpapi.PagesConfig{Engine: eng, PublicURL: public + "/status"})
	if err != nil {
		return nil, nil, err
	}
	mux := http.NewServeMux() // the host's own
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("the shop is open\n")) })
	mux.Handle("/status/", http.StripPrefix("/status", pages))
	return eng, mux, nil
}

// trouble declares an incident, says how bad it is, and tells customers. Only what Publish says is public.
func trouble(ctx context.Context, eng *engine.Engine) error {
	by := timeline.By{Actor: timeline.User("ada")}
	i, err := eng.Declare(ctx, time.Now(), incident.Declare{By: by, Title: "payment-gw-3 refuses TLS", Severity: watchbill.SeverityCritical,
		Services: []incident.Affected{{Service: "checkout-eu", Effect: incident.EffectPartial}}})
	if err != nil {
		return err
	}
	_, err = eng.Command(ctx, time.Now(), i.ID, incident.Publish{By: by, Title: "Some payments fail",
		Text: "Paying by card fails for some of you. Paying by invoice works."})
	return err
}

func main() {
	ctx, addr := context.Background(), "127.0.0.1:8082"
	eng, handler, err := newService(ctx, "http://"+addr)
	if err != nil {
		log.Fatal(err)
	}
	if err := trouble(ctx, eng); err != nil {
		log.Fatal(err)
	}
	log.Printf("look at http://%s/status/shop", addr)
	log.Fatal(http.ListenAndServe(addr, handler))
}
