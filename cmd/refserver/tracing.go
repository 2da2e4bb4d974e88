package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"strconv"
	"sync/atomic"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdk "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/watchbill/watchbill/engine"
	"github.com/watchbill/watchbill/episode"
)

const (
	// tracingEnds is how long a stop waits for the spans that are left to be exported.
	tracingEnds = 3 * time.Second
	// tracingFails is how often the log says that spans cannot be exported.
	tracingFails = time.Minute
)

// tracing sends the way of every alert to an OpenTelemetry collector: one trace an alert, whichever replica does what, and
// however long it takes. The ID of the trace is the alert's own, and that of its first span the last half of it, so that
// later spans find both without asking.
type tracing struct {
	provider *sdk.TracerProvider
	tracer   trace.Tracer
}

// newTracing returns the tracing that the environment asks for; nil if it asks for none.
func newTracing(ctx context.Context, log *slog.Logger) (*tracing, error) {
	endpoint := cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), os.Getenv("OTEL_EXPORTER_OTLP_ENDPOINT"))
	if endpoint == "" || os.Getenv("OTEL_SDK_DISABLED") == "true" || os.Getenv("OTEL_TRACES_EXPORTER") == "none" {
		return nil, nil
	}
	protocol := cmp.Or(os.Getenv("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"), os.Getenv("OTEL_EXPORTER_OTLP_PROTOCOL"), "http/protobuf")
	if protocol != "http/protobuf" {
		return nil, usagef("OTEL_EXPORTER_OTLP_PROTOCOL: %q is not built in; use http/protobuf, which collectors take on port 4318", protocol)
	}
	part, err := sampled()
	if err != nil {
		return nil, err
	}
	exporter, err := otlptracehttp.New(ctx)
	if err != nil {
		return nil, usagef("OTEL_EXPORTER_OTLP_ENDPOINT: %w", withoutURL(err))
	}
	what, err := resource.New(ctx, resource.WithTelemetrySDK(), resource.WithAttributes(attribute.String("service.name", "watchbill"),
		attribute.String("service.version", release())), resource.WithFromEnv())
	if err != nil {
		return nil, usagef("OTEL_RESOURCE_ATTRIBUTES: %w", err)
	}
	otel.SetErrorHandler(&tracingErrors{log: log})
	return traceTo(sdk.WithBatcher(exporter), sdk.WithResource(what), sdk.WithSampler(sdk.TraceIDRatioBased(part))), nil
}

// traceTo returns tracing by an SDK that is set up so.
func traceTo(options ...sdk.TracerProviderOption) *tracing {
	p := sdk.NewTracerProvider(append(options, sdk.WithIDGenerator(alertIDs{}))...)
	return &tracing{provider: p, tracer: p.Tracer("github.com/watchbill/watchbill")}
}

// sampled returns which part of all alerts is traced. It is always the alert's ID that decides, so that what is traced is
// traced whole.
func sampled() (part float64, err error) {
	switch sampler := os.Getenv("OTEL_TRACES_SAMPLER"); sampler {
	case "", "always_on", "parentbased_always_on":
		return 1, nil
	case "always_off", "parentbased_always_off":
		return 0, nil
	case "traceidratio", "parentbased_traceidratio":
		part, err = strconv.ParseFloat(cmp.Or(os.Getenv("OTEL_TRACES_SAMPLER_ARG"), "1"), 64)
		if err != nil || !(part >= 0 && part <= 1) {
			return 0, usagef("OTEL_TRACES_SAMPLER_ARG: %q is not between 0 and 1", os.Getenv("OTEL_TRACES_SAMPLER_ARG"))
		}
		return part, nil
	default:
		return 0, usagef("OTEL_TRACES_SAMPLER: %q is not known here; use always_on or traceidratio", sampler)
	}
}

// span passes a span on. It never waits: where the collector is too slow, or gone, spans are lost.
func (t *tracing) span(s engine.Span) {
	id, ok := engine.TraceID(s.Alert)
	if !ok {
		return
	}
	ctx := context.WithValue(context.Background(), alertTrace{}, trace.TraceID(id))
	if !s.First {
		ctx = trace.ContextWithRemoteSpanContext(ctx, trace.NewSpanContext(trace.SpanContextConfig{
			TraceID: id, SpanID: firstSpan(id), TraceFlags: trace.FlagsSampled, Remote: true,
		}))
	}
	kind := trace.SpanKindInternal
	if s.Name == engine.SpanSend {
		kind = trace.SpanKindClient
	}
	_, span := t.tracer.Start(ctx, s.Name, trace.WithTimestamp(s.Began), trace.WithSpanKind(kind), trace.WithAttributes(attributes(s)...))
	if s.Name == engine.SpanSend && s.Verdict != episode.Accepted {
		span.SetStatus(codes.Error, s.Verdict.String())
	}
	span.End(trace.WithTimestamp(s.Ended))
}

// attributes says what a span did, with no names, addresses or texts.
func attributes(s engine.Span) []attribute.KeyValue {
	all := []attribute.KeyValue{attribute.String("watchbill.alert", string(s.Alert))}
	if s.Name == engine.SpanSend {
		return append(all,
			attribute.String("watchbill.message", string(s.Message)), attribute.String("watchbill.kind", s.Kind.String()),
			attribute.String("watchbill.channel", string(s.Channel)), attribute.Int("watchbill.run", s.Attempt.Run),
			attribute.Int("watchbill.level", s.Attempt.Level), attribute.Int("watchbill.attempt", s.Attempt.Number),
			attribute.Int("watchbill.tries", s.Tries), attribute.String("watchbill.verdict", s.Verdict.String()),
			attribute.Float64("watchbill.late_seconds", s.Late.Seconds()))
	}
	kinds := make([]string, len(s.Entries))
	for i, k := range s.Entries {
		kinds[i] = string(k)
	}
	return append(all, attribute.StringSlice("watchbill.entries", kinds), attribute.Int("watchbill.queued", s.Queued))
}

// end exports what is left, for a while.
func (t *tracing) end() {
	if t == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), tracingEnds)
	defer cancel()
	_ = t.provider.Shutdown(ctx) // its errors are logged
}

// alertTrace is the key under which a context has the ID of a trace.
type alertTrace struct{}

// alertIDs gives first spans the IDs that follow from the alert, and others any.
type alertIDs struct{}

// NewIDs returns those of a first span.
func (alertIDs) NewIDs(ctx context.Context) (trace.TraceID, trace.SpanID) {
	id, _ := ctx.Value(alertTrace{}).(trace.TraceID)
	return id, firstSpan(id)
}

// NewSpanID returns that of a later one.
func (alertIDs) NewSpanID(context.Context, trace.TraceID) (id trace.SpanID) {
	_, _ = rand.Read(id[:]) // never fails
	return id
}

func firstSpan(id trace.TraceID) trace.SpanID { return trace.SpanID(id[8:]) }

// tracingErrors logs that spans cannot be exported, now and then.
type tracingErrors struct {
	log  *slog.Logger
	last atomic.Int64
}

// Handle logs.
func (e *tracingErrors) Handle(err error) {
	now := time.Now().UnixNano()
	if last := e.last.Load(); now-last < int64(tracingFails) || !e.last.CompareAndSwap(last, now) {
		return
	}
	e.log.Warn("traces cannot be exported, and are lost; pages go on", "error", withoutURL(err))
}

// withoutURL returns the reason of an error without the address, in which there may be a secret.
func withoutURL(err error) error {
	var of *url.Error
	if errors.As(err, &of) {
		return of.Err
	}
	return err
}
