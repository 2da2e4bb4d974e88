package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// action is one thing that a command does at a running server: "incident declare".
type action struct {
	name, summary string
	method, path  string // {id} stands for the flag -id, {user} for -user
	fields        []field
	tell          func(w io.Writer, answer []byte) error // prints the answer for people
}

// field is a flag that becomes a field of the request: of its body, or of its query where the method is GET.
type field struct {
	flag, json, usage string
	kind              kind
	fallback          string // sent where the flag is not given and the answer is for people
	always            string // what is sent, without any flag

	made func([]string) (any, error) // makes what is sent of what was given, where kind says too little; nil: as kind says
}

// kind says how a flag's text is sent.
type kind int

const (
	asText     kind = iota
	asList          // given several times, or separated by commas
	asNumber        //
	asServices      // a list of service=effect
	asEntries       // given several times: commas are part of the text
	asTime          // as people write it: the server knows in whose zone, see calendar.Said
	asYes           // given without a value
)

// texts collects a flag that may be given several times.
type texts []string

func (t *texts) String() string     { return strings.Join(*t, ",") }
func (t *texts) Set(s string) error { *t = append(*t, s); return nil }

// remote makes a command of its actions.
func remote(actions func() []action) func(ctx context.Context, p *program) error {
	return func(ctx context.Context, p *program) error {
		list := actions()
		if len(p.args) == 0 || strings.HasPrefix(p.args[0], "-") {
			return chooseAction(p, list)
		}
		for _, a := range list {
			if a.name == p.args[0] {
				p.args = p.args[1:]
				return a.run(ctx, p)
			}
		}
		return usagef("there is no %q here; %s", p.args[0], meant(strings.TrimPrefix(p.flags.Name(), "refserver "), p.args[0], list))
	}
}

// guesses are words that people try, and what does that instead. It is never written to.
var guesses = map[string]map[string]string{
	"incident": {
		"resolve": "write set -status resolved", "close": "write set -status resolved", "status": "write set -status STATUS",
		"create": "write declare", "open": "write declare", "new": "write declare", "update": "write publish", "note": "write comment",
		"ack": "an incident is taken with assign -role commander -user USER", "acknowledge": "an incident is taken with assign -role commander -user USER",
	},
	"cover": {
		"ask": "write request", "offer": "write accept", "takeover": "write take", "take-over": "write take", "reject": "write decline",
		"undo": "write withdraw", "return": "write withdraw", "duties": "write mine",
	},
	"silence": {"create": "write add", "new": "write add", "end": "write expire", "delete": "write expire", "remove": "write expire",
		"extend": "write change -to TIME", "update": "write change", "edit": "write change"},
	"maintenance": {"create": "write add", "new": "write add", "expire": "write end", "delete": "write end", "start": "write add", "update": "write change"},
	"postmortem":  {"create": "write draft", "new": "write draft", "close": "write publish", "review": "write submit"},
}

// meant says what to write instead of a word that is no action: what it is a guess at, or the action that begins like it.
func meant(command, word string, list []action) string {
	if hint, ok := guesses[command][word]; ok {
		return hint
	}
	best, most := "", 2 // letters: fewer are chance
	for _, a := range list {
		if n := commonPrefix(a.name, word); n > most {
			best, most = a.name, n
		}
	}
	if best != "" {
		return fmt.Sprintf("did you mean %q?", best)
	}
	return "there are " + actionNames(list)
}

func commonPrefix(a, b string) (n int) {
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

func actionNames(list []action) string {
	var all []string
	for _, a := range list {
		all = append(all, a.name)
	}
	return strings.Join(all, ", ")
}

// chooseAction says what there is to do.
func chooseAction(p *program, list []action) error {
	w := p.stderr
	if asksHelp(p.args) {
		w = p.stdout
	}
	fmt.Fprintf(w, "usage: %s ACTION [flags]; every action explains itself with -h\n\n", p.flags.Name())
	for _, a := range list {
		fmt.Fprintf(w, "  %-10s %s\n", a.name, a.summary)
	}
	if asksHelp(p.args) {
		return flag.ErrHelp
	}
	return errBadFlags
}

func (a action) run(ctx context.Context, p *program) error {
	flags := flag.NewFlagSet(p.flags.Name()+" "+a.name, flag.ContinueOnError)
	flags.SetOutput(p.stderr)
	flags.Usage = func() {
		fmt.Fprintf(flags.Output(), "%s: %s\n\n", flags.Name(), a.summary)
		flags.PrintDefaults()
	}
	p.flags = flags
	var l link
	l.flags(flags)
	asJSON := flags.Bool("json", false, "print the answer as JSON")
	var by, id, user *string
	if a.method == http.MethodPost {
		by = flags.String("by", os.Getenv("WATCHBILL_USER"), "the `ID` of the user who acts; default: $WATCHBILL_USER, or whose key the token is")
	}
	if strings.Contains(a.path, "{id}") {
		id = flags.String("id", "", "the `ID`")
	}
	if strings.Contains(a.path, "{user}") {
		user = flags.String("user", cmp.Or(os.Getenv("WATCHBILL_USER"), "me"), "the `ID` of a user; me is whose key the token is; default: $WATCHBILL_USER, or me")
	}
	given := a.flags(flags)
	if err := p.parse(); err != nil {
		return err
	}
	path := a.path
	if id != nil {
		if *id == "" {
			return usagef("-id is missing")
		}
		path = strings.ReplaceAll(path, "{id}", url.PathEscape(*id))
	}
	if user != nil {
		path = strings.ReplaceAll(path, "{user}", url.PathEscape(*user))
	}
	body, err := a.body(given)
	if err != nil {
		return err
	}
	for _, f := range a.fields {
		if _, ok := body[f.json]; !ok && f.fallback != "" && !*asJSON {
			body[f.json] = f.fallback
		}
	}
	if by != nil && *by != "" {
		body["by"] = *by
	}
	data, err := l.ask(ctx, a.method, path, body)
	if err != nil {
		return a.inFlags(err)
	}
	if *asJSON || a.tell == nil {
		_, err = p.stdout.Write(data)
		return err
	}
	return a.tell(p.stdout, data)
}

// flags defines a flag for each field that is not always the same, and returns what will be given, in the fields' order.
func (a action) flags(flags *flag.FlagSet) []texts {
	given := make([]texts, len(a.fields))
	for i, f := range a.fields {
		switch {
		case f.kind == asYes:
			flags.BoolFunc(f.flag, f.usage, given[i].Set)
		case f.always == "":
			flags.Var(&given[i], f.flag, f.usage)
		}
	}
	return given
}

// inFlags names the flags where a refusal names the fields that they became.
func (a action) inFlags(err error) error {
	var refused *refusedError
	if !errors.As(err, &refused) {
		return err
	}
	for i := range refused.Errors {
		e := &refused.Errors[i]
		for _, f := range a.fields {
			if f.json == e.Field {
				e.Field = "-" + f.flag
			}
		}
		if e.Field == "by" {
			e.Field = "-by"
			if strings.HasPrefix(e.Reason, "is missing") {
				e.Reason = "is missing; say who acts, here or in $WATCHBILL_USER"
			}
		}
	}
	return err
}

// body makes the fields of the request. Flags that were not given are left out.
func (a action) body(given []texts) (map[string]any, error) {
	body := map[string]any{}
	for i, f := range a.fields {
		if f.always != "" {
			body[f.json] = f.always
		}
		if len(given[i]) == 0 {
			continue
		}
		if f.made != nil {
			v, err := f.made(given[i])
			if err != nil {
				return nil, usagef("-%s: %w", f.flag, err)
			}
			body[f.json] = v
			continue
		}
		last := given[i][len(given[i])-1]
		switch f.kind {
		case asText:
			body[f.json] = last
		case asEntries:
			body[f.json] = []string(given[i])
		case asList:
			body[f.json] = []string{} // given empty, it empties the list
			if all := strings.Join(given[i], ","); all != "" {
				body[f.json] = strings.Split(all, ",")
			}
		case asServices:
			var list []map[string]string
			for s := range strings.SplitSeq(strings.Join(given[i], ","), ",") {
				id, effect, ok := strings.Cut(s, "=")
				service := map[string]string{"service": id}
				if ok {
					service["effect"] = effect
				}
				list = append(list, service)
			}
			body[f.json] = list
		case asYes:
			body[f.json] = last == "true"
		case asTime:
			if err := isTime(f.flag, last); err != nil {
				return nil, err
			}
			body[f.json] = last
		case asNumber:
			n, err := strconv.Atoi(last)
			if err != nil {
				return nil, usagef("-%s: %q is not a whole number", f.flag, last)
			}
			body[f.json] = n
		}
	}
	return body, nil
}

// request asks the server's API and returns its answer; a problem becomes an error that says what it says.
func request(ctx context.Context, method, address, token string, fields map[string]any) ([]byte, error) {
	if u, err := url.Parse(address); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usagef("-server: expected an address such as http://127.0.0.1:8080")
	}
	var body io.Reader
	if method == http.MethodGet {
		query := url.Values{}
		for name, v := range fields {
			query.Set(name, fmt.Sprint(v))
		}
		if len(query) > 0 {
			address += "?" + query.Encode()
		}
	} else {
		data, err := json.Marshal(fields)
		if err != nil {
			return nil, err
		}
		body = bytes.NewReader(data)
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the server cannot be reached: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 64<<20))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode/100 != 2 {
		return nil, refusal(resp.StatusCode, answer)
	}
	return answer, nil
}
