package archive

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/watchbill/watchbill/alert"
)

// Errors of fields name no content: that may be secret.
var (
	errTime  = errors.New("archive: neither a time of RFC 3339 nor Unix microseconds")
	errText  = errors.New(`archive: neither a string nor {"base64":"..."}`)
	errState = errors.New("archive: not a state of an alert")
)

// maxNesting is how deep the JSON is that is inlined at most; a decoder refuses 10000.
const maxNesting = 1000

// wrapped is how bytes are written that cannot be inlined.
type wrapped struct {
	Base64 *[]byte `json:"base64"`
}

// wrappedHead is how such an object begins.
const wrappedHead = `{"base64"`

// raw is bytes that are mostly JSON.
type raw []byte

// MarshalJSON inlines what is read back just so, and wraps everything else.
func (r raw) MarshalJSON() ([]byte, error) {
	if inlined(r) {
		return r, nil
	}
	return wrap(r), nil
}

func wrap(data []byte) []byte {
	all := append([]byte(wrappedHead), `:"`...)
	all = base64.StdEncoding.AppendEncode(all, data)
	return append(all, `"}`...)
}

// inlined reports whether the decoder gives back these very bytes where they are written as they are.
func inlined(data []byte) bool {
	if !shallow(data) || !utf8.Valid(data) || bytes.HasPrefix(data, []byte(wrappedHead)) || bytes.Equal(data, []byte("null")) {
		return false
	}
	var compact bytes.Buffer
	return json.Compact(&compact, data) == nil && bytes.Equal(compact.Bytes(), data)
}

// shallow reports whether brackets are nested no deeper than is inlined.
func shallow(data []byte) bool {
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > maxNesting {
				return false
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return true
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (r *raw) UnmarshalJSON(data []byte) error {
	if bytes.HasPrefix(data, []byte(wrappedHead)) {
		own, err := unwrap(data)
		*r = own
		return err
	}
	*r = append((*r)[:0], data...)
	return nil
}

func unwrap(data []byte) ([]byte, error) {
	var w wrapped
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil || w.Base64 == nil {
		return nil, errText
	}
	return *w.Base64, nil
}

// text is a string that is mostly UTF-8.
type text string

// MarshalJSON wraps what a JSON string cannot hold.
func (t text) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(t)) {
		return json.Marshal(string(t))
	}
	return wrap([]byte(t)), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (t *text) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, (*string)(t))
	}
	own, err := unwrap(data)
	*t = text(own)
	return err
}

// stamp is an instant. The zero one is left out.
type stamp time.Time

// IsZero reports whether there is nothing to write.
func (s stamp) IsZero() bool { return time.Time(s).IsZero() }

// MarshalJSON writes RFC 3339 where the year has four digits.
func (s stamp) MarshalJSON() ([]byte, error) {
	t := time.Time(s).UTC()
	if t.Year() < 0 || t.Year() > 9999 {
		return strconv.AppendInt(nil, t.UnixMicro(), 10), nil
	}
	return t.AppendFormat(nil, `"`+time.RFC3339Nano+`"`), nil
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *stamp) UnmarshalJSON(data []byte) error {
	if us, err := strconv.ParseInt(string(data), 10, 64); err == nil {
		*s = stamp(time.UnixMicro(us).UTC())
		return nil
	}
	t, err := time.Parse(`"`+time.RFC3339Nano+`"`, string(data))
	if err != nil {
		return errTime
	}
	*s = stamp(t.UTC().Truncate(time.Microsecond))
	return nil
}

// state is that of an alert, or that it is quarantined.
type state alert.State

const quarantined = "quarantined"

// MarshalJSON writes the name, or the number of one without a name.
func (s state) MarshalJSON() ([]byte, error) {
	if alert.State(s) == alert.None {
		return json.Marshal(quarantined)
	}
	name, err := alert.State(s).MarshalText()
	if err != nil {
		return strconv.AppendInt(nil, int64(s), 10), nil
	}
	return json.Marshal(string(name))
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *state) UnmarshalJSON(data []byte) error {
	if n, err := strconv.ParseUint(string(data), 10, 8); err == nil {
		*s = state(n)
		return nil
	}
	var name string
	if json.Unmarshal(data, &name) != nil || name == alert.None.String() {
		return errState
	}
	if name == quarantined {
		*s = state(alert.None)
		return nil
	}
	if (*alert.State)(s).UnmarshalText([]byte(name)) != nil {
		return errState
	}
	return nil
}
