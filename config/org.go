package config

import (
	"net/mail"
	"slices"
	"strings"
	"time"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/catalog"
	"github.com/watchbill/watchbill/intake"
	"github.com/watchbill/watchbill/internal/yamlfile"
	"github.com/watchbill/watchbill/notify"
	"github.com/watchbill/watchbill/oncall"
)

// The channels that this package knows. A host may register others.
const (
	channelWebhook notify.Channel = "webhook"
	channelEmail   notify.Channel = "email"
)

// file reads the top of all files as one.
func (d *decoder) file() *File {
	top := &object{yamlfile.NewObject(d.Decoder, d.Roots...), d}
	d.zone = top.Timezone("UTC")
	f := &File{
		Timezone:   d.zone,
		PublicURL:  top.address("public_url"),
		SigningKey: top.secret("signing_key"),
		Org:        org(top),
	}
	channels := inner(top, "channels", channels)
	f.SMTP, f.Webhook = channels.smtp, channels.webhook
	f.Twilio, f.Nikoksr = channels.twilio, channels.nikoksr
	f.Ntfy, f.Templates = channels.ntfy, inner(top, "templates", templates)
	f.DeadMan = inner(top, "dead_man", deadMan)
	later(top)
	top.Close()
	return f
}

func org(o *object) oncall.Config {
	o.users = list(o, "users", user) // first: calendar files name them
	return oncall.Config{
		Catalog: catalog.Catalog{
			Users:     o.users,
			Teams:     list(o, "teams", team),
			Customers: list(o, "customers", customer),
			Services:  list(o, "services", service),
			Sources:   list(o, "sources", source),
			Keys:      list(o, "api_keys", key),
			Pages:     list(o, "pages", page),
			Incidents: inner(o, "incidents", incidents),
			Pay:       inner(o, "pay", pay),
			Rosters:   list(o, "rosters", roster),

			Hours:        list(o, "support_hours", supportHours),
			Destinations: list(o, "destinations", destination),
			Delivery:     delivery(o),

			ReviewEvery: o.Duration("review_every", 24*time.Hour),
		},
		Schedules:     list(o, "schedules", scheduleSpec),
		Policies:      list(o, "policies", policy),
		CatchAll:      targets(o, "catch_all"),
		CatchAllEvery: o.Duration("catch_all_every", time.Second),

		Silences:    list(o, "silences", silence),
		Maintenance: list(o, "maintenance", maintenance),
		Inhibitions: list(o, "inhibitions", inhibition),
		Heartbeats:  list(o, "heartbeats", monitor),

		Keep:  inner(o, "retention", retention),
		Holds: list(o, "legal_holds", legalHold),
	}
}

func user(o *object) catalog.User {
	zone := o.Timezone(o.zone)
	return catalog.User{
		ID:       watchbill.UserID(o.Text("id")),
		Name:     o.Text("name"),
		Email:    o.Text("email"),
		Zone:     zone,
		Locale:   o.Text("locale"),
		Teams:    yamlfile.Texts[watchbill.TeamID](o.Object, "teams"),
		Contacts: list(o, "contacts", contact),
		Rules:    inner(o, "rules", rules),

		Qualifications: yamlfile.Texts[string](o.Object, "qualifications"),
		Absences:       absences(o, zone),
		Notices:        inner(o, "notices", notices),

		Quiet:   quiet(o),
		Updates: inner(o, "updates", updates),
		Bundle:  o.Duration("bundle", 0),
	}
}

func contact(o *object) notify.Contact {
	c, field, reason := CheckContact(notify.Contact{
		ID:      notify.ContactID(o.Text("id")),
		Channel: notify.Channel(o.Text("channel")),
		Address: o.Text("address"),
		Secret:  o.secret("secret"),
	})
	if field != "" {
		o.Wrong(field, "%s", reason)
	}
	return c
}

func isMail(address string) bool {
	_, err := mail.ParseAddress(address)
	return err == nil
}

func rules(o *object) notify.Rules {
	return notify.Rules{High: list(o, "high", rung), Low: list(o, "low", rung)}
}

func rung(o *object) notify.Rung {
	return notify.Rung{After: o.Duration("after", 0), Contact: notify.ContactID(o.Text("contact"))}
}

func team(o *object) catalog.Team {
	return catalog.Team{
		ID:      watchbill.TeamID(o.Text("id")),
		Name:    o.Text("name"),
		Members: yamlfile.Texts[watchbill.UserID](o.Object, "members"),
	}
}

func service(o *object) catalog.Service {
	return catalog.Service{
		ID:          watchbill.ServiceID(o.Text("id")),
		Name:        o.Text("name"),
		Description: o.Paragraph("description"),
		Policy:      watchbill.PolicyID(o.Text("policy")),
		Team:        watchbill.TeamID(o.Text("team")),
		Owners:      yamlfile.Texts[watchbill.UserID](o.Object, "owners"),
		Tier:        tier(o),
		DependsOn:   yamlfile.Texts[watchbill.ServiceID](o.Object, "depends_on"),
		Customers:   yamlfile.Texts[watchbill.CustomerID](o.Object, "customers"),
		AutoResolve: o.Duration("auto_resolve", 0),
		Urgency:     urgency(o, "urgency"),
		Support:     inner(o, "support", support),
		Pause:       o.Duration("pause", 0),

		Qualifications: yamlfile.Texts[string](o.Object, "qualifications"),
	}
}

func source(o *object) catalog.Source {
	s := catalog.Source{
		ID:      watchbill.SourceID(o.Text("id")),
		Type:    o.Text("type"),
		Service: watchbill.ServiceID(o.Text("service")),
		Key:     catalog.DigestOf(o.key("key")),
		Paused:  o.Boolean("paused"),

		Customer: watchbill.CustomerID(o.Text("customer")),
		Handling: handling(o),
	}
	if s.ID == "manual" || s.ID == "watchbill" || s.ID == "heartbeat" {
		o.Wrong("id", "%s is reserved: alerts that people raise have the source manual, those of heartbeats heartbeat, and Watchbill's own watchbill; choose another", yamlfile.Quote(string(s.ID)))
	}
	o.sourceType(s.Type)
	return s
}

func (o *object) sourceType(name string) {
	types := intake.Types()
	switch {
	case name == "":
		o.Wrong("type", "is missing; it is one of %s", strings.Join(types, ", "))
	case intake.For(name) != nil:
	case slices.Contains(types, name):
		o.Warn(o.Where("type"), "%s is not built yet: the source's path answers 501 Not Implemented", name)
	default:
		o.Wrong("type", "%s is unknown; %s", yamlfile.Quote(name), yamlfile.OneOf(name, types))
	}
}

func key(o *object) catalog.Key {
	return catalog.Key{
		ID:    o.Text("id"),
		Role:  catalog.Role(o.Text("role")),
		Token: catalog.DigestOf(o.key("token")),
		User:  watchbill.UserID(o.Text("user")),
	}
}
