package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
)

// validate lets the domain check the configuration, and says where in the files its complaints belong.
func (d *decoder) validate(c oncall.Config) {
	_, err := oncall.New(c, 0)
	complaints := fieldErrors(err)
	read := d.Excused()
	for _, e := range complaints {
		if !d.Stopped() && !slices.ContainsFunc(read, func(path string) bool { return related(path, e.Path) }) {
			d.adopt(c, e)
		}
	}
}

// fieldErrors returns every field error within a joined error.
func fieldErrors(err error) []catalog.FieldError {
	if many, ok := err.(interface{ Unwrap() []error }); ok {
		var all []catalog.FieldError
		for _, e := range many.Unwrap() {
			all = append(all, fieldErrors(e)...)
		}
		return all
	}
	var inOrg *oncall.FieldError
	var inCatalog *catalog.FieldError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &inOrg):
		return []catalog.FieldError{{Path: inOrg.Path, Reason: yamlfile.Reason(inOrg.Reason)}}
	case errors.As(err, &inCatalog):
		return []catalog.FieldError{*inCatalog}
	}
	return []catalog.FieldError{{Reason: err.Error()}}
}

// related reports whether one path is the other, or leads through it: what could not be read is not complained about
// once more because it is missing.
func related(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	return a != "" && strings.HasPrefix(b, a) && (len(a) == len(b) || strings.ContainsRune(".[", rune(b[len(a)])))
}

func (d *decoder) adopt(c oncall.Config, e catalog.FieldError) {
	if path, ok := d.renamed[e.Path]; ok {
		e.Path = path
	}
	n, exact := yamlfile.Find(d.Roots, e.Path)
	n.Path = e.Path
	if exact && n.Kind == yaml.ScalarNode {
		e.Reason += suggest(c, e.Path, n.Value)
	}
	d.Fail(n, "%s", e.Reason)
}

// review warns of what is allowed, but may leave somebody unpaged.
func (d *decoder) review(f *File, registered []notify.Channel) {
	channels := append(f.Channels(), registered...)
	d.reviewChannels(f)
	for i, u := range f.Org.Catalog.Users {
		if len(u.Contacts) == 0 {
			d.note(fmt.Sprintf("users[%d]", i), "has no contacts: %s cannot be paged and counts as nobody", u.ID)
		}
		for j, c := range u.Contacts {
			if !slices.Contains(channels, c.Channel) {
				d.note(fmt.Sprintf("users[%d].contacts[%d].channel", i, j), "%s is not set up: nothing can be sent there%s",
					c.Channel, hint(c.Channel))
			}
		}
	}
	for i, t := range f.Org.Catalog.Destinations {
		if !slices.Contains(channels, t.Channel) {
			d.note(fmt.Sprintf("destinations[%d].channel", i), "%s is not set up: nothing can be sent there%s", t.Channel, hint(t.Channel))
		}
	}
	for i, s := range f.Org.Catalog.Services {
		if s.Policy == "" {
			d.note(fmt.Sprintf("services[%d]", i), "has no policy: its alerts page catch_all at once")
		}
	}
	for i, s := range f.Org.Catalog.Sources {
		if s.Service == "" {
			d.note(fmt.Sprintf("sources[%d]", i), "has no service: its alerts page catch_all at once")
		}
	}
	if len(f.Org.CatchAll) == 0 {
		d.note("catch_all", "is missing: an alert that nobody acknowledges pages nobody any more after its last level; name somebody, such as user:ada")
	}
}

func hint(c notify.Channel) string {
	switch c {
	case channelEmail:
		return "; give channels.smtp"
	case channelSMS, channelVoice:
		return "; give channels.twilio"
	case channelNtfy:
		return "; give channels.ntfy, which may be empty: {}"
	}
	return ""
}

// note warns of the value at a path.
func (d *decoder) note(path, format string, args ...any) {
	n, _ := yamlfile.Find(d.Roots, path)
	n.Path = path
	d.Warn(n, format, args...)
}
