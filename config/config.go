package config

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
	"github.com/watchbill/watchbill/route"
)

// File is what a configuration says, with every secret resolved.
type File struct {
	Org    oncall.Config // who is paged; what a store keeps as a revision
	Digest string        // of Org: the same for files that differ in comments or layout only

	Timezone string // the default of the file's time zones

	// What only the process needs that loads the file.
	PublicURL  string // without a slash at its end; empty: not given
	SigningKey string // of one-tap links; empty: not given
	SMTP       *SMTP  // nil: no mail is sent
	Webhook    Webhook
	Twilio     []Twilio  // accounts for SMS and calls, tried in this order
	Nikoksr    []Service // of nikoksr/notify
	Ntfy       *Ntfy     // nil: nothing is pushed
	DeadMan    *DeadMan  // nil: nobody outside is told that the server is well

	// Templates are texts that replace built-in ones, by form and language.
	Templates map[string]map[string]string
}

// SMTP says how mail is sent. Its fields are those of package notify/smtp.
type SMTP struct {
	Addr     string        // host:port
	From     string        // an e-mail address, with or without a name
	Username string        // empty: no authentication
	Password string        //
	TLS      string        // starttls, required, implicit or none
	Timeout  time.Duration // of one message; zero: the provider's default
}

// Webhook says how messages to webhooks are signed.
type Webhook struct {
	Secret string // as "whsec_" and base64; several, separated by spaces, while one replaces another
}

// Error is one thing that is wrong with a file. Load and Parse join all they find; errors.As finds the first.
type Error struct {
	File   string
	Line   int    // from 1; 0: the file as a whole
	Field  string // as "users[2].contacts[0].id"; empty: the line as a whole
	Reason string // what is wrong and how to mend it
}

// Error returns "config: file:line: field: reason".
func (e *Error) Error() string { return "config: " + yamlfile.Problem(*e).String() }

// Warning is something that is allowed, but that a reader of the file would not expect.
type Warning struct {
	File   string
	Line   int
	Field  string
	Reason string
}

// String returns "file:line: field: reason".
func (w Warning) String() string { return yamlfile.Problem(w).String() }

// form is what begins a configuration.
var form = yamlfile.Form{First: "users", Folder: true, Least: "the least that pages somebody is users with one contact, and catch_all: user:ID"}

// Reader reads configurations with the help of the host. The zero value has none.
type Reader struct {
	// Channels are those that the host registers a Notifier for, in addition to what the file itself sets up: see
	// [File.Channels].
	Channels []notify.Channel

	// Calendar reads the iCalendar files that a configuration names; nil: naming one is an error.
	Calendar CalendarReader

	// Compile compiles the expressions in the rules and mappings of sources; nil: having one is an error.
	Compile route.Compiler

	// Template looks at the file's templates; nil: they are taken as they are.
	Template TemplateChecker
}

// CalendarReader lists the events of an iCalendar file that have a part in the time between from and to, repeating ones
// one by one. Times without a zone, and days, are read in zone. It must not depend on the current time.
type CalendarReader func(data []byte, zone *time.Location, from, to time.Time) ([]Event, error)

// Load is [Reader.Load] for a host that registers these channels and reads no calendars.
func Load(path string, channels ...notify.Channel) (*File, []Warning, error) {
	return Reader{Channels: channels}.Load(path)
}

// Parse is [Reader.Parse] for a host that registers these channels and reads no calendars.
func Parse(name string, data []byte, channels ...notify.Channel) (*File, []Warning, error) {
	return Reader{Channels: channels}.Parse(name, data)
}

// Load reads a file, or every *.yaml and *.yml file of a folder, by name; hidden files and those named *scenario* or *drill* are
// left out. Lists of one section from several files are put together in that order.
//
// The error joins every [*Error] there is. Without one, the warnings say what may surprise.
func (r Reader) Load(path string) (*File, []Warning, error) {
	names, err := filesOf(path)
	if err != nil {
		return nil, nil, err
	}
	var roots []yamlfile.Node
	var problems []error
	for _, name := range names {
		data, err := readFile(name, yamlfile.MaxSize)
		if err != nil {
			problems = append(problems, &Error{File: name, Reason: err.Error()})
			continue
		}
		root, bad := yamlfile.Parse(form, name, data)
		if bad != nil {
			problems = append(problems, (*Error)(bad))
			continue
		}
		roots = append(roots, root)
	}
	if len(problems) > 0 {
		return nil, nil, errors.Join(problems...)
	}
	return r.decode(roots)
}

// Parse is Load for a file that has been read already. Other files that it names, such as secrets of the form file:PATH,
// are relative to the folder of name.
func (r Reader) Parse(name string, data []byte) (*File, []Warning, error) {
	root, bad := yamlfile.Parse(form, name, data)
	if bad != nil {
		return nil, nil, (*Error)(bad)
	}
	return r.decode([]yamlfile.Node{root})
}

// filesOf returns the files that belong to a path, sorted.
func filesOf(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, &Error{File: path, Reason: "cannot be read: " + cause(err)}
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, &Error{File: path, Reason: "cannot be read: " + cause(err)}
	}
	var names []string
	for _, e := range entries {
		if !e.IsDir() && isConfiguration(e.Name()) {
			names = append(names, filepath.Join(path, e.Name()))
		}
	}
	if len(names) == 0 {
		return nil, &Error{File: path, Reason: "the folder has no *.yaml file"}
	}
	return names, nil
}

func isConfiguration(name string) bool {
	ext := filepath.Ext(name)
	return (ext == ".yaml" || ext == ".yml") && !strings.HasPrefix(name, ".") && !strings.Contains(name, "scenario") && !strings.Contains(name, "drill")
}

// cause returns what the system says, without the operation and the path.
func cause(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

// decode makes the configuration of the files' contents.
func (r Reader) decode(roots []yamlfile.Node) (*File, []Warning, error) {
	d := &decoder{Decoder: &yamlfile.Decoder{Roots: roots}, calendar: r.Calendar, compiler: r.Compile, template: r.Template, renamed: map[string]string{}}
	f := d.file()
	if !d.Stopped() {
		d.validate(f.Org)
	}
	if d.Failures() > 0 {
		var all []error
		for _, p := range d.Problems() {
			all = append(all, (*Error)(&p))
		}
		return nil, nil, errors.Join(all...)
	}
	d.review(f, r.Channels)
	data, err := f.Org.Encode()
	if err != nil {
		return nil, nil, fmt.Errorf("config: %w", err)
	}
	sum := sha256.Sum256(data)
	f.Digest = hex.EncodeToString(sum[:])
	var warnings []Warning
	for _, w := range d.Warnings() {
		warnings = append(warnings, Warning(w))
	}
	return f, warnings, nil
}
