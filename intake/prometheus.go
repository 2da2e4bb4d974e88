package intake

import (
	"encoding/json"
	"errors"
	"maps"
	"net/url"

	"github.com/watchbill/watchbill"
)

// Prometheus reads what a Prometheus server, or amtool, posts to an Alertmanager: the list of alerts of its API v2. Each
// alert is a signal as [Alertmanager] makes them, but for
//
//	key      a hash of the labels; those with an empty value do not count
//	action   always triggers: whoever takes the signal in knows what the time is, and resolves what has ended
//	ends at  endsAt; while an alert fires it lies in the future, and the server comes again before; zero if it is not given
//	sender   the host of generatorURL: of two servers with the same rules, one may say that it is over and the other not
//
// A body that is null has no alerts. A time that cannot be read counts as not given, noted.
func Prometheus(source watchbill.SourceID, body []byte) Result {
	b := newBatch(source, body)
	if !b.valid() {
		return b.Result
	}
	for i, item := range b.items("", b.body) {
		b.prometheus(i, item)
	}
	return b.Result
}

// Why an alert of the API v2 is refused: what Alertmanager says, word by word, since clients show it.
const (
	NoLabels    = "is required"
	EmptyLabels = "at least one label pair required"
	EndsEarly   = "start time must be before end time"
)

func (b *batch) prometheus(index int, item json.RawMessage) {
	var a amAlert
	var mistyped *json.UnmarshalTypeError
	if err := json.Unmarshal(item, &a); errors.As(err, &mistyped) && mistyped.Field == "" {
		b.refuse(index, "", "expected an object, got %s", excerpt(item))
		return
	}
	a.Fingerprint = "" // Alertmanager's own
	if a.Labels == nil {
		b.refuse(index, "labels", NoLabels)
		return
	}
	maps.DeleteFunc(a.Labels, func(_ string, value text) bool { return value == "" })
	if len(a.Labels) == 0 {
		b.refuse(index, "labels", EmptyLabels)
		return
	}
	d := b.draft()
	d.mistyped(mistyped)
	d.sender(string(a.GeneratorURL))
	a.fill(d, "")
	var ok bool
	if d.EndsAt, ok = timeOf(string(a.EndsAt)); !ok {
		d.note("endsAt could not be read and counts as not given")
	}
	if !d.EndsAt.IsZero() && d.StartsAt.After(d.EndsAt) {
		b.refuse(index, "endsAt", EndsEarly)
		return
	}
	b.accept(d)
}

// sender names who speaks by the host of an address.
func (d *draft) sender(address string) {
	if u, err := url.Parse(address); err == nil {
		d.Sender, _ = cut(oneLine(u.Host), MaxSender)
	}
}
