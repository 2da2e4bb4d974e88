// Command embed is a web service that has its own database, its own way to reach people and its own login, and becomes
// an on-call system by embedding Watchbill's engine and HTTP API.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"

	_ "modernc.org/sqlite"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/escalation"
	"github.com/watchbill/watchbill/httpapi"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/store/sqlite"
)

// organisation pages ada, and ben five minutes later. A host would make it from its own tables.
func organisation() oncall.Config {
	pager := func(number string) []notify.Contact {
		return []notify.Contact{{ID: "pager", Channel: "pager", Address: number}}
	}
	return oncall.Config{
		Catalog: catalog.Catalog{
			Users:    []catalog.User{{ID: "ada", Contacts: pager("4711")}, {ID: "ben", Contacts: pager("4712")}},
			Services: []catalog.Service{{ID: "shop", Policy: "shop"}},
		},
		Policies: []escalation.Policy{{ID: "shop", Levels: []escalation.Level{
			{Targets: []escalation.Target{escalation.User("ada")}},
			{Targets: []escalation.Target{escalation.User("ben")}},
		}}},
		CatchAll: []escalation.Target{escalation.User("ada"), escalation.User("ben")},
	}
}

// newService adds on-call to the host: db is the host's database, pager reaches its people, clock is nil for the real one.
func newService(ctx context.Context, db *sql.DB, pager notify.Notifier, clock watchbill.Clock) (*engine.Engine, http.Handler, error) {
	st, err := sqlite.New(ctx, db, sqlite.Options{TablePrefix: "oncall_"})
	if err != nil {
		return nil, nil, err
	}
	eng, err := engine.New(engine.Config{
		Store: st, Clock: clock, Notifiers: map[notify.Channel]notify.Notifier{"pager": pager},
	})
	if err != nil {
		return nil, nil, err
	}
	if clock == nil {
		clock = engine.RealClock()
	}
	if _, err := eng.Configure(ctx, clock.Now(), organisation()); err != nil {
		return nil, nil, err
	}
	api, err := httpapi.New(httpapi.Config{Engine: eng, Store: st, Clock: clock, Authenticate: login})
	if err != nil {
		return nil, nil, err
	}
	mux := http.NewServeMux() // the host's own
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "the shop is open") })
	mux.Handle("/oncall/", http.StripPrefix("/oncall", api))
	return eng, mux, nil
}

// login is the host's own: here, a header that its proxy sets.
func login(r *http.Request) (httpapi.Principal, error) {
	user := watchbill.UserID(r.Header.Get("X-Shop-User"))
	if user == "" {
		return httpapi.Principal{}, httpapi.ErrUnauthenticated
	}
	return httpapi.Principal{Name: "shop login", Role: catalog.RoleResponder, User: user}, nil
}

const addr = "127.0.0.1:8081"

// try is a command that raises an alert. The API takes JSON alone, and curl -d says that it sends a form.
const try = `curl -H 'X-Shop-User: ada' -H 'Content-Type: application/json' ` +
	`-d '{"service":"shop","summary":"help"}' http://` + addr + `/oncall/api/v1/alerts`

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	db, err := sql.Open("sqlite", "file:shop.db?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"+
		"&_pragma=busy_timeout(5000)&_pragma=foreign_keys(1)&_txlock=immediate")
	if err != nil {
		log.Fatal(err)
	}
	pager := notify.Func(func(_ context.Context, m notify.Message) (notify.Receipt, error) {
		log.Printf("pager %s: %s (acknowledge: POST /oncall/api/v1/alerts/%s/ack)", m.Contact.Address, m.Summary, m.Alert)
		return notify.Receipt{}, nil
	})
	eng, handler, err := newService(ctx, db, pager, nil)
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{Addr: addr, Handler: handler}
	go func() { log.Println(server.ListenAndServe()) }() // ends with Close below
	log.Println("try: " + try)
	if err := eng.Run(ctx); err != nil { // until Ctrl-C
		log.Println(err)
	}
	_ = server.Close()
	_ = db.Close()
}
