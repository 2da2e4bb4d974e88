package archtest_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/internal/archtest"
)

// TestLaw holds the module to its architecture. When it fails, change the code; when the architecture is meant to
// change, change the table below, and the design with it.
func TestLaw(t *testing.T) {
	packages, err := archtest.Load(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range law().Check(packages) {
		t.Error(f)
	}
}

// exemptions are breaches that somebody decided to keep. Each says why; one that excuses nothing any more fails.
var exemptions []archtest.Exemption

// constructors return values that cannot change.
var constructors = []string{"errors.New", "strings.NewReplacer", "time.Date", "calendar.NewCivil"}

// law is the level table: L0 is the root, and every level imports those below and the edges listed.
func law() archtest.Law {
	l0 := []string{"."}
	l1a := and(l0, "calendar", "timeline")
	l1b := []string{"catalog", "schedule", "escalation", "notify", "alert", "heartbeat", "incident", "statuspage",
		"postmortem", "report", "roster", "cover", "handover", "hotline", "chatops", "intake", "mute", "route"}
	l1 := and(l1a, l1b...)
	l2 := and(l1, "oncall", "episode", "verify", "notice", "store")
	l3 := and(l2, "engine", "config", "ical") // without the implementations of ports, which only L5 may choose

	pure := func(imports []string) archtest.Room { return archtest.Room{Imports: imports} }
	edge := func(imports []string, owner string) archtest.Room {
		return archtest.Room{Imports: imports, ThirdParty: anything, Variables: true, Owner: owner}
	}
	ticking := func(r archtest.Room) archtest.Room { r.Clock = true; return r }
	public := func(r archtest.Room) archtest.Room { r.ThirdParty = nil; return r }

	rooms := map[string]archtest.Room{
		".": {MaxLines: 150},

		"calendar": {Imports: l0, ThirdParty: []string{"github.com/teambition/rrule-go"}},
		"timeline": pure(and(l0, "internal/jsonw")),

		"catalog":        pure(and(l1a, "notify", "route")),
		"schedule":       pure(l1a),
		"schedule/chart": pure(and(l1a, "schedule", "internal/svg")),
		"escalation":     pure(l1a),
		"notify":         pure(l1a),
		"alert":          pure(l1a),
		"heartbeat":      pure(l1a),
		"incident":       pure(and(l1a, "alert", "catalog")),
		"statuspage":     pure(and(l1a, "incident", "catalog")),
		"postmortem":     pure(and(l1a, "incident", "catalog")),
		"report":         pure(and(l1a, "incident", "alert", "schedule", "catalog")),
		"roster":         pure(and(l1a, "schedule", "catalog", "report")),
		"cover":          pure(and(l1a, "schedule", "catalog")),
		"handover":       pure(and(l1a, "schedule", "catalog", "alert", "incident")),
		"hotline":        pure(and(l1a, "alert", "incident", "catalog")),
		"chatops":        pure(and(l1a, "alert", "incident", "catalog")),
		"intake":         pure(and(l1a, "alert", "route", "mute")),
		"mute":           pure(and(l1a, "alert")),
		"route":          pure(and(l1a, "alert")),

		"oncall":  pure(and(l1a, "catalog", "schedule", "escalation", "mute", "route", "heartbeat", "notify")),
		"episode": pure(and(l1, "oncall", "internal/jsonw")),
		"verify":  pure(and(l1, "oncall", "episode")),
		"notice":  pure(and(l1, "oncall", "verify")),
		"store":   pure(and(l1, "episode")),

		"engine":            ticking(edge(l2, "engine.Run, which returns when its lanes and its batcher have")),
		"config":            edge(and(l2, "internal/yamlfile"), ""),
		"ical":              edge(l2, ""),
		"rules/expr":        edge(l2, ""),
		"store/memory":      edge(l2, ""),
		"store/sqlite":      edge(and(l2, "internal/sqlkit"), ""),
		"store/postgres":    edge(and(l2, "internal/sqlkit"), ""),
		"store/archive":     edge(l2, ""),
		"store/storetest":   public(edge(and(l2, "store/memory"), "the check that waits for them")),
		"notify/webhook":    ticking(edge(and(l2, "notify/guard"), "")),
		"notify/smtp":       ticking(edge(and(l2, "notify/words"), "")),
		"notify/words":      edge(l1, ""),
		"notify/guard":      edge(l1, ""),
		"notify/ntfy":       ticking(edge(and(l2, "notify/words", "notify/guard"), "")),
		"notify/twilio":     ticking(edge(and(l2, "notify/words", "notify/guard"), "")),
		"notify/nikoksr":    ticking(edge(and(l2, "notify/words"), "the send whose deadline it keeps")),
		"notify/failover":   ticking(edge(l2, "")),
		"notify/notifytest": ticking(public(edge(l2, "the check that waits for them"))),

		"httpapi":      ticking(edge(and(l3, "schedule/chart"), "the request's handler")),
		"web":          ticking(edge(l3, "the request's handler")),
		"sim":          public(edge(and(l3, "store/memory", "store/storetest"), "")),
		"sim/replay":   public(edge(and(l3, "sim", "store/memory"), "")),
		"sim/scenario": edge(and(l3, "sim", "internal/yamlfile"), ""),
		"sim/chart":    pure(and(l0, "sim", "internal/svg")),
		"sim/drill":    edge(and(l3, "sim", "internal/yamlfile", "store/memory"), ""), // memory: a rehearsal keeps its store to read the records

		"cmd/...":      ticking(edge(anything, "main")),
		"examples/...": ticking(edge(anything, "main")),
		"bench":        ticking(edge(anything, "the benchmark")),
		"bench/...":    ticking(edge(anything, "the benchmark")),

		"internal/archtest": {},
		"internal/script":   {},
		"internal/jsonw":    {},
		"internal/svg":      {},
		"internal/sqlkit":   edge(l2, ""),
		"internal/yamlfile": {Imports: l1a, ThirdParty: []string{"go.yaml.in/yaml/v3"}},
	}
	return archtest.Law{Module: "github.com/watchbill/watchbill", Rooms: rooms, Constructors: constructors, Exemptions: exemptions}
}

var anything = []string{"..."}

func and(rooms []string, more ...string) []string { return append(slices.Clone(rooms), more...) }

// TestTable shows some edges of the table at work.
func TestTable(t *testing.T) {
	for _, c := range []struct {
		from, to string
		allowed  bool
	}{
		{"calendar", "github.com/teambition/rrule-go", true},
		{"schedule", "github.com/teambition/rrule-go", false},
		{"schedule", "calendar", true},
		{"calendar", "schedule", false},
		{"escalation", "schedule", false},
		{"catalog", "notify", true},
		{"notify", "catalog", false},
		{"oncall", "escalation", true},
		{"oncall", "episode", false},
		{"store", "episode", true},
		{"store", "oncall", false},
		{"engine", "store", true},
		{"engine", "store/memory", false},
		{"notify/webhook", "notify", true},
		{"notify/webhook", "notify/smtp", false},
		{"store/sqlite", "internal/sqlkit", true},
		{"config", "internal/sqlkit", false},
		{"config", "ical", false},
		{"store/storetest", "store/memory", true},
		{"store/storetest", "github.com/google/uuid", false},
		{"httpapi", "engine", true},
		{"httpapi", "store/sqlite", false},
		{"httpapi", "web", false},
		{"sim", "store/memory", true},
		{"sim", "go.yaml.in/yaml/v3", false},
		{"sim/scenario", "go.yaml.in/yaml/v3", true},
		{"cmd/refserver", "store/sqlite", true},
		{"engine", "internal/script", false},
	} {
		l := law()
		l.Exemptions = nil
		to := c.to
		if first, _, _ := strings.Cut(to, "/"); !strings.Contains(first, ".") {
			to = l.Module + "/" + to
		}
		found := findings(t, l, map[string]string{c.from + "/p.go": doc + "import _ \"" + to + "\"\n"})
		require.Equal(t, c.allowed, len(found) == 0, "%s -> %s: %v", c.from, c.to, found)
	}
}
