package intake

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Bounds of a body of XML.
const (
	maxElements = 10_000
	maxDepth    = 50
)

var (
	errElements = errors.New("intake: has more than 10,000 elements, or more than 50 within each other")
	errNoRoot   = errors.New("intake: has no element")
)

// readXML reads XML as JSON would say it: an element is a map of those within it, or its text if there are none; one
// that comes again makes a list. Attributes do not count. The first element stands for the body.
func readXML(body []byte) (any, *Problem) {
	d := xml.NewDecoder(bytes.NewReader(body))
	d.CharsetReader = charset
	r := xmlReader{decoder: d}
	for {
		token, err := d.Token()
		if err == io.EOF {
			err = errNoRoot
		}
		if err != nil {
			return nil, &Problem{Body, "", "is not XML: " + bare(err)}
		}
		if _, ok := token.(xml.StartElement); ok {
			v, err := r.element(1)
			if err != nil {
				return nil, &Problem{Body, "", "is not XML: " + bare(err)}
			}
			return v, nil
		}
	}
}

type xmlReader struct {
	decoder *xml.Decoder
	read    int
}

// element reads to the end of the element that has begun.
func (r *xmlReader) element(depth int) (any, error) {
	if r.read++; r.read > maxElements || depth > maxDepth {
		return nil, errElements
	}
	var text strings.Builder
	var within map[string]any
	for {
		token, err := r.decoder.Token()
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.CharData:
			text.Write(t)
		case xml.StartElement:
			v, err := r.element(depth + 1)
			if err != nil {
				return nil, err
			}
			within = with(within, t.Name.Local, v)
		case xml.EndElement:
			if within != nil {
				return within, nil
			}
			return strings.ToValidUTF8(strings.TrimSpace(text.String()), "\uFFFD"), nil
		}
	}
}

// with adds a value to a map, to a list where there is one of that name.
func with(m map[string]any, name string, v any) map[string]any {
	if m == nil {
		m = map[string]any{}
	}
	switch before := m[name].(type) {
	case nil:
		m[name] = v
	case []any:
		m[name] = append(before, v)
	default:
		m[name] = []any{before, v}
	}
	return m
}

// charset reads the two encodings besides UTF-8 that old senders use.
func charset(name string, in io.Reader) (io.Reader, error) {
	switch strings.ToLower(name) {
	case "us-ascii", "ascii", "utf8":
		return in, nil
	case "iso-8859-1", "latin1":
		data, err := io.ReadAll(in)
		var out strings.Builder
		for _, b := range data {
			out.WriteRune(rune(b))
		}
		return strings.NewReader(out.String()), err
	}
	return nil, fmt.Errorf("intake: the encoding %.20q is not known; send UTF-8", name)
}
