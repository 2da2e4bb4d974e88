package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	spans "go.opentelemetry.io/proto/otlp/trace/v1"
	"google.golang.org/protobuf/proto"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
)

const anAlert = watchbill.AlertID("06nf8q0vs9t1k2e3h4j5m6n7o8")

func TestASpanIsPartOfItsAlertsTrace(t *testing.T) {
	kept := tracetest.NewInMemoryExporter()
	tr := traceTo(sdk.WithSyncer(kept))
	began := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	tr.span(engine.Span{Alert: anAlert, Name: engine.SpanIntake, First: true, Began: began, Ended: began.Add(time.Millisecond), Queued: 1})
	tr.span(engine.Span{Alert: anAlert, Name: engine.SpanSend, Channel: "sms", Verdict: episode.Refused, Began: began, Ended: began.Add(time.Second)})
	tr.span(engine.Span{Alert: "not one of ours", Name: engine.SpanAct})
	got := kept.GetSpans()
	require.Len(t, got, 2)
	first, send := got[0], got[1]
	require.Equal(t, engine.TraceText(anAlert), first.SpanContext.TraceID().String())
	require.Equal(t, first.SpanContext.TraceID(), send.SpanContext.TraceID())
	require.False(t, first.Parent.IsValid())
	require.Equal(t, first.SpanContext.SpanID(), send.Parent.SpanID(), "also where another replica has made the first one")
	require.NotEqual(t, first.SpanContext.SpanID(), send.SpanContext.SpanID())
	require.Equal(t, time.Second, send.EndTime.Sub(send.StartTime))
	require.Equal(t, "refused", send.Status.Description)
}

func TestWhatIsTracedIsTracedWhole(t *testing.T) {
	t.Setenv("OTEL_TRACES_SAMPLER", "traceidratio")
	t.Setenv("OTEL_TRACES_SAMPLER_ARG", "0.5")
	part, err := sampled()
	require.NoError(t, err)
	kept := tracetest.NewInMemoryExporter()
	one, other := traceTo(sdk.WithSyncer(kept), sdk.WithSampler(sdk.TraceIDRatioBased(part))), traceTo(sdk.WithSyncer(kept), sdk.WithSampler(sdk.TraceIDRatioBased(part)))
	for i := range 1000 {
		sum := sha256.Sum256([]byte{byte(i), byte(i >> 8)})
		id := watchbill.AlertID(strings.ToLower(base32.HexEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:16])))
		one.span(engine.Span{Alert: id, Name: engine.SpanIntake, First: true})
		other.span(engine.Span{Alert: id, Name: engine.SpanSend})
	}
	count := map[string]int{}
	for _, s := range kept.GetSpans() {
		count[s.SpanContext.TraceID().String()]++
	}
	for id, n := range count {
		require.Equal(t, 2, n, id)
	}
	require.InDelta(t, 500, len(count), 150)
}

func TestTracingByTheEnvironment(t *testing.T) {
	quiet := slog.New(slog.DiscardHandler)
	off, err := newTracing(t.Context(), quiet)
	require.NoError(t, err)
	require.Nil(t, off)
	off.end()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
	for name, bad := range map[string]string{"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc", "OTEL_TRACES_SAMPLER": "jaeger_remote", "OTEL_RESOURCE_ATTRIBUTES": "%zz"} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(name, bad)
			_, err := newTracing(t.Context(), quiet)
			require.ErrorContains(t, err, name)
			require.ErrorAs(t, err, new(usageError))
		})
	}
	t.Setenv("OTEL_SDK_DISABLED", "true")
	off, err = newTracing(t.Context(), quiet)
	require.NoError(t, err)
	require.Nil(t, off)
}

// receiver is a collector that takes OTLP over HTTP.
type receiver struct {
	*httptest.Server
	mu    sync.Mutex
	spans []*spans.Span
	raw   bytes.Buffer
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	var export collector.ExportTraceServiceRequest
	if req.URL.Path != "/v1/traces" || proto.Unmarshal(body, &export) != nil {
		http.Error(w, "no", http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.raw.Write(body)
	for _, resource := range export.ResourceSpans {
		for _, scope := range resource.ScopeSpans {
			r.spans = append(r.spans, scope.Spans...)
		}
	}
}

// names returns the spans, in the order in which they ended.
func (r *receiver) names() (names []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.SortFunc(r.spans, func(a, b *spans.Span) int { return int(int64(a.EndTimeUnixNano) - int64(b.EndTimeUnixNano)) })
	for _, s := range r.spans {
		names = append(names, s.Name)
	}
	return names
}

// tracedYAML pages somebody by a webhook whose address is a secret.
const tracedYAML = `
users: [{id: ada, name: Ada Okafor, contacts: [{id: hook, channel: webhook, address: "PHONES/secret-of-ada"}]}]
policies: [{id: web, levels: [{targets: ["user:ada"]}]}]
services: [{id: checkout, name: Checkout, policy: web}]
sources: [{id: gen, type: generic, service: checkout, key: key-of-gen}]
api_keys: [{id: ops, role: admin, token: ops-token}]
channels: {webhook: {secret: ` + testSecret + `}}
catch_all: "user:ada"
`

func serveTraced(t *testing.T, phones *phoneBook, endpoint string, more ...string) (*process, client) {
	t.Helper()
	path, err := binary()
	require.NoError(t, err)
	conf := write(t, "watchbill.yaml", strings.ReplaceAll(tracedYAML, "PHONES", phones.URL))
	p := launch(t, "env", append([]string{"OTEL_EXPORTER_OTLP_ENDPOINT=" + endpoint, "OTEL_BSP_SCHEDULE_DELAY=50", path, "serve", "-config", conf,
		"-db", "sqlite:" + filepath.Join(t.TempDir(), "w.db"), "-listen", "127.0.0.1:0"}, more...)...)
	return p, client{t, p.waitFor(t, `serving.*[ "]on"?[=:]"?(http://[0-9.:]+)`)[1], "ops-token"}
}

func (c client) raise(key string) {
	c.t.Helper()
	status, body := c.do(http.MethodPost, "/intake/generic/key-of-gen", fmt.Sprintf(`{"summary":"summary of %s","severity":"critical","dedup_key":%q}`, key, key))
	require.Equal(c.t, http.StatusAccepted, status, string(body))
}

func TestTraceFromSignalToSend(t *testing.T) {
	t.Parallel()
	phones, to := newPhoneBook(t), newReceiver(t)
	p, api := serveTraced(t, phones, to.URL)
	api.raise("k1")
	phones.wait(t, 20*time.Second, func(a []arrival) bool { return len(a) >= 1 })
	id := api.alerts()[0].ID
	status, body := api.do(http.MethodPost, "/api/v1/alerts/"+id+"/ack", `{"by":"ada"}`)
	require.Equal(t, http.StatusOK, status, string(body))
	want := []string{"intake", "send", "receipt", "act"}
	require.Eventually(t, func() bool { return len(to.names()) >= len(want) }, 20*time.Second, 50*time.Millisecond)
	require.ElementsMatch(t, want, to.names())
	require.Equal(t, want[:3], slices.DeleteFunc(to.names(), func(s string) bool { return s == "act" }), "in order")

	trace, ok := engine.TraceID(watchbill.AlertID(id))
	require.True(t, ok)
	to.mu.Lock()
	defer to.mu.Unlock()
	for _, s := range to.spans {
		assert.Equal(t, trace[:], s.TraceId)
		assert.LessOrEqual(t, s.StartTimeUnixNano, s.EndTimeUnixNano)
		if s.Name != "intake" {
			assert.Equal(t, trace[8:], s.ParentSpanId)
		}
	}
	for _, secret := range []string{"secret-of-ada", "key-of-gen", "ops-token", "summary of", "Okafor", "ada", testSecret} {
		assert.NotContains(t, to.raw.String(), secret)
	}
	p.kill()
}

// A collector that hangs or is gone costs spans, and nothing else.
func TestADeadCollectorCostsNothing(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	dead := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	t.Cleanup(dead.Close)
	t.Cleanup(func() { close(hang) })
	for name, endpoint := range map[string]string{"hangs": dead.URL, "gone": "http://user:secret-of-collector@" + freePort(t)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			phones := newPhoneBook(t)
			p, api := serveTraced(t, phones, endpoint)
			for i := range 200 {
				api.raise(fmt.Sprint("k", i))
			}
			phones.wait(t, 30*time.Second, func(a []arrival) bool { return len(a) >= 200 })
			p.signal(t, syscall.SIGTERM)
			require.Equal(t, 0, p.exit(t))
			require.NotContains(t, p.output(), "secret-of-collector")
		})
	}
}
