package route

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
)

// ErrTooLarge refuses a value that is larger than somebody wants it.
var ErrTooLarge = errors.New("route: the value is too large")

// Decode reads JSON as the values that expressions work on: whole numbers are int, others float64, so that an ID of
// digits is written as it was sent. The error is that of package json.
func Decode(data []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return plain(v), nil
}

// plain replaces the numbers in a value, in place. The depth of JSON is bounded by package json.
func plain(v any) any {
	switch v := v.(type) {
	case json.Number:
		return number(v)
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = plain(v[k])
		}
	}
	return v
}

// number keeps a whole number that no int can hold, and one beyond all floats, as text.
func number(n json.Number) any {
	if i, err := strconv.Atoi(n.String()); err == nil {
		return i
	}
	f, err := n.Float64()
	if err != nil || !bytes.ContainsAny([]byte(n), ".eE") {
		return n.String()
	}
	return f
}

// Text returns a value as text: a text as it is, nothing for nil, a number as people write it, a list or a map as JSON.
// The error is [ErrTooLarge] beyond so many bytes.
func Text(v any, most int) (string, error) {
	var s string
	switch v := v.(type) {
	case nil:
	case string:
		s = v
	case bool:
		s = strconv.FormatBool(v)
	case int:
		s = strconv.Itoa(v)
	case float64:
		s = strconv.FormatFloat(v, 'f', -1, 64)
	default:
		data, err := JSON(v, most)
		return string(data), err
	}
	if len(s) > most {
		return "", ErrTooLarge
	}
	return s, nil
}

// JSON returns a value as JSON. The error is [ErrTooLarge] beyond so many bytes, or says that it has no JSON.
func JSON(v any, most int) ([]byte, error) {
	if !Fits(v, most) { // first: a small expression can make a value that is large when it is written out
		return nil, ErrTooLarge
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("route: %w", err)
	}
	if b.Len() > most+1 {
		return nil, ErrTooLarge
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// Fits reports whether a value may take no more than so many bytes as JSON; it stops counting where it does not.
func Fits(v any, most int) bool { return fits(v, &most) }

// fits counts what a value takes at least, and stops where that is too much.
func fits(v any, left *int) bool {
	*left--
	switch v := v.(type) {
	case string:
		*left -= len(v)
	case []any:
		for i := 0; i < len(v) && *left >= 0; i++ {
			fits(v[i], left)
		}
	case map[string]any:
		for k, item := range v {
			if *left -= len(k); *left < 0 {
				break
			}
			fits(item, left)
		}
	}
	return *left >= 0
}
