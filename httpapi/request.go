package httpapi

import (
	"bytes"
	"compress/gzip"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// bodyWait is how long a client may take to send a body.
const bodyWait = 10 * time.Second

// body reads a request's body, unpacks it, and bounds both sizes.
func (h *Handler) body(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	conn := http.NewResponseController(w)
	_ = conn.SetReadDeadline(time.Now().Add(bodyWait)) // not every ResponseWriter can; the server has limits of its own
	packed := http.MaxBytesReader(w, r.Body, h.cfg.MaxBody)
	data, err := unpack(packed, r.Header.Get("Content-Encoding"), h.cfg.MaxBody)
	_ = conn.SetReadDeadline(time.Time{})
	var tooLarge *http.MaxBytesError
	var known *Problem
	switch {
	case errors.As(err, &tooLarge) || int64(len(data)) > h.cfg.MaxBody:
		return nil, problem(http.StatusRequestEntityTooLarge, "the body is larger than %d bytes", h.cfg.MaxBody)
	case errors.As(err, &known):
		return nil, known
	case err != nil:
		return nil, problem(http.StatusBadRequest, "the body could not be read to its end")
	}
	return data, nil
}

// unpack reads at most one byte more than limit.
func unpack(body io.Reader, encoding string, limit int64) ([]byte, error) {
	switch strings.ToLower(encoding) {
	case "", "identity":
	case "gzip", "x-gzip":
		z, err := gzip.NewReader(body)
		if err != nil {
			return nil, err
		}
		body = z
	default:
		return nil, problem(http.StatusUnsupportedMediaType, "the content encoding %q is not known; use gzip or none", encoding)
	}
	return io.ReadAll(io.LimitReader(body, limit+1))
}

// decode reads a request to our own API, an object, into the struct that v points to. A field that it does not have is
// refused by name. The header Content-Type may be left out; a form is refused.
func (h *Handler) decode(w http.ResponseWriter, r *http.Request, v any) error {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); isForm(kind) {
		return problem(http.StatusUnsupportedMediaType,
			"the body is sent as a form; send JSON with the header Content-Type: application/json (curl: -H 'Content-Type: application/json')")
	}
	data, err := h.body(w, r)
	if err != nil {
		return err
	}
	return decodeObject(data, v)
}

func isForm(kind string) bool {
	return kind == "application/x-www-form-urlencoded" || kind == "multipart/form-data"
}

// decodeObject reads a single JSON object. No body at all counts as an object without fields.
func decodeObject(data []byte, v any) error {
	data = bytes.TrimSpace(data)
	switch {
	case len(data) == 0:
		return nil
	case !utf8.Valid(data):
		return problem(http.StatusBadRequest, "the body is not UTF-8")
	case data[0] != '{':
		return problem(http.StatusBadRequest, "the body is not a JSON object")
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return undecodable(err)
	}
	if dec.InputOffset() != int64(len(data)) {
		return problem(http.StatusBadRequest, "there is more in the body than one JSON object")
	}
	return nil
}

// undecodable says what is wrong with an object.
func undecodable(err error) error {
	if fields := fieldErrors(err); len(fields) > 0 {
		return invalid(http.StatusBadRequest, fields...)
	}
	var mistyped *json.UnmarshalTypeError
	if errors.As(err, &mistyped) {
		return invalid(http.StatusBadRequest, FieldError{mistyped.Field, fmt.Sprintf("must be %s, not a JSON %s", wanted(mistyped.Type), mistyped.Value)})
	}
	// encoding/json has no type for this error.
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		if unquoted, err := strconv.Unquote(name); err == nil {
			name = unquoted
		}
		return invalid(http.StatusBadRequest, FieldError{name, unknownField})
	}
	return problem(http.StatusBadRequest, "the body is not JSON: %s", strings.TrimPrefix(err.Error(), "json: "))
}

const unknownField = "is not a field of this request"

// wanted says what JSON must be there.
func wanted(t reflect.Type) string {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		return "text"
	}
	switch t.Kind() {
	case reflect.Slice, reflect.Array:
		return "a list"
	case reflect.Struct, reflect.Map:
		return "an object"
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "text"
	}
	return "a whole number"
}

// query reads the parameters of a request, and collects what is wrong with them.
type query struct {
	values   url.Values
	problems []FieldError
}

// queryOf returns the parameters, of which those not named are refused.
func queryOf(r *http.Request, names ...string) *query {
	q := &query{values: r.URL.Query()}
	for _, name := range slices.Sorted(maps.Keys(q.values)) {
		if !slices.Contains(names, name) {
			q.refuse(name, "is not a parameter of this request")
		}
	}
	return q
}

func (q *query) refuse(name, format string, args ...any) {
	q.problems = append(q.problems, FieldError{name, fmt.Sprintf(format, args...)})
}

// err returns everything that is wrong.
func (q *query) err() error {
	if len(q.problems) == 0 {
		return nil
	}
	return invalid(http.StatusBadRequest, q.problems...)
}

func (q *query) text(name string) string { return q.values.Get(name) }

// oneOf returns one of some words; the first of them is the default.
func (q *query) oneOf(name string, words ...string) string {
	text := q.text(name)
	if text == "" {
		return words[0]
	}
	if !slices.Contains(words, text) {
		q.refuse(name, "expected one of %s", strings.Join(words, ", "))
	}
	return text
}

// time returns an instant, or fallback where it is not given.
func (q *query) time(name string, fallback time.Time) time.Time {
	text := strings.ReplaceAll(q.text(name), " ", "+") // a + that was not escaped
	if text == "" {
		return fallback
	}
	t, err := time.Parse(time.RFC3339, text)
	if err != nil || t.Year() < 1970 || t.Year() > lastYear {
		q.refuse(name, "expected a time such as 2026-01-05T09:00:00Z, between 1970 and %d", lastYear)
		return fallback
	}
	return t.UTC()
}

// lastYear keeps what is computed from a time within what RFC 3339 can say.
const lastYear = 2500

// Page sizes of lists.
const (
	defaultLimit = 50
	maxLimit     = 200
)

// limit returns how many items are wanted.
func (q *query) limit() int {
	text := q.text("limit")
	if text == "" {
		return defaultLimit
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxLimit {
		q.refuse("limit", "expected a number from 1 to %d", maxLimit)
		return defaultLimit
	}
	return n
}
