package config

import (
	"net/url"
	"strings"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/route"
)

// decoder walks through the files and collects what is wrong.
type decoder struct {
	*yamlfile.Decoder
	zone     string // the default of time zones
	calendar CalendarReader
	compiler route.Compiler
	template TemplateChecker
	users    []catalog.User
	within   string                        // the zone of the schedule that is being read
	people   map[string][]watchbill.UserID // by what they may be called in a calendar; made when first needed
	renamed  map[string]string             // a path in the domain's errors -> the path in the file, where they differ
}

// object is a value with fields.
type object struct {
	*yamlfile.Object
	*decoder
}

// read makes a T of a value with fields.
func read[T any](d *decoder, n yamlfile.Node, from func(*object) T) T {
	return yamlfile.Read(d.Decoder, n, reads(d, from))
}

func inner[T any](o *object, name string, from func(*object) T) T {
	return yamlfile.Inner(o.Object, name, reads(o.decoder, from))
}

func list[T any](o *object, name string, from func(*object) T) []T {
	return yamlfile.List(o.Object, name, reads(o.decoder, from))
}

// reads lets what reads an object have the decoder too.
func reads[T any](d *decoder, from func(*object) T) func(*yamlfile.Object) T {
	return func(o *yamlfile.Object) T { return from(&object{o, d}) }
}

// address returns the URL of a web page or service.
func (o *object) address(name string) string {
	n, ok := o.Scalar(name)
	if !ok {
		return ""
	}
	if !isWeb(n.Value) {
		o.Fail(n, "must be an address such as https://oncall.example.com")
	}
	return strings.TrimRight(n.Value, "/")
}

func isWeb(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// unbuilt makes a field known that has no effect yet, and says what happens instead where it is given.
func (o *object) unbuilt(name, instead string) {
	if o.Has(name) {
		o.notBuilt(name, instead)
	}
}

func (o *object) notBuilt(name, instead string) {
	o.Warn(o.Where(name), "is not built yet: %s", instead)
}
