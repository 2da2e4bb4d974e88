package main

import (
	"cmp"
	"context"
	"flag"
	"os"
	"strings"
)

// link is how a running server is reached, by the flags that every command has that asks one.
type link struct{ server, token string }

// serverOr returns where the server is that $WATCHBILL_SERVER names.
func serverOr(otherwise string) string { return cmp.Or(os.Getenv("WATCHBILL_SERVER"), otherwise) }

func (l *link) flags(flags *flag.FlagSet) {
	flags.StringVar(&l.server, "server", serverOr("http://127.0.0.1:8080"), "the `URL` of the server; default: $WATCHBILL_SERVER, or this machine's")
	l.tokenFlag(flags)
}

func (l *link) tokenFlag(flags *flag.FlagSet) {
	flags.StringVar(&l.token, "token", "", "an API `token`; default: $WATCHBILL_TOKEN")
}

// ask makes a request to a path of the server, and returns its answer.
func (l link) ask(ctx context.Context, method, path string, fields map[string]any) ([]byte, error) {
	return request(ctx, method, strings.TrimSuffix(l.server, "/")+path, cmp.Or(l.token, os.Getenv("WATCHBILL_TOKEN")), fields)
}

// Flags that actions of several commands have.
var (
	textField     = field{flag: "text", json: "text", usage: "what to say"}
	titleField    = field{flag: "title", json: "title", usage: "one `line`"}
	whyField      = field{flag: "text", json: "text", usage: "why"}
	reasonField   = field{flag: "reason", json: "reason", usage: "why"}
	ownerField    = field{flag: "owner", json: "owner", usage: "the `ID` of a user"}
	zoneField     = field{flag: "timezone", json: "timezone", usage: "the `zone` of times in Markdown; default: UTC, of a hand-over the schedule's"}
	serviceField  = field{flag: "service", json: "services", kind: asServices, usage: "a service affected and how, as `ID=EFFECT`: none, degraded, partial_outage or major_outage; may be repeated"}
	customerField = field{flag: "customer", json: "customers", kind: asList, usage: "the `ID` of a customer affected; may be repeated"}
	startedField  = field{flag: "started", json: "started_at", usage: "when the impact began, a `time` such as 2026-01-05T09:00:00Z"}
	severityField = field{flag: "severity", json: "severity", usage: "critical, error, warning or info"}
	openField     = field{flag: "state", json: "state", usage: "all or open"}
	limitField    = field{flag: "limit", json: "limit", kind: asNumber, usage: "at most so many"}
	cursorField   = field{flag: "cursor", json: "cursor", usage: "next of the list before"}
)

// whoField is a user who is named, in a list where kind says so.
func whoField(flag, json string, kind kind, usage string) field {
	return field{flag: flag, json: json, kind: kind, usage: "the `ID` of the user " + usage}
}
