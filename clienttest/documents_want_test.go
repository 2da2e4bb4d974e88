package clienttest

// What the documents of a story must say, by hand. Times are Berlin's.

const (
	firstDay   = "2026-04-17T00:00:00.000+02:00" // of the 90 that the fifteenth of July ends
	developers = "group:fc799da2088d"            // clients keep it: it must be the same for ever
)

func null[T any](v T) *T { return &v }

func (s story) wantPage() docPage {
	return docPage{"shop", "Example Shop", s.url, "Europe/Berlin", "2026-07-15T13:00:00.000+02:00"}
}

func wantComponents() []docComponent {
	day := null("2026-04-17")
	part := func(id, name, status, updated string, position int) docComponent {
		return docComponent{ID: id, Name: name, Status: status, CreatedAt: firstDay, UpdatedAt: updated, Position: position,
			Showcase: true, StartDate: day, PageID: "shop"}
	}
	site := part("site", "Web site", "under_maintenance", "2026-07-15T13:00:00.000+02:00", 1)
	checkout := part("checkout", "Checkout", "operational", "2026-07-12T05:00:00.000+02:00", 2)
	checkout.Description = null("Basket and payment")
	group := part(developers, "Developers", "partial_outage", "2026-07-15T11:55:00.000+02:00", 3)
	group.Showcase, group.StartDate, group.Group, group.Components = false, nil, true, []string{"rest"}
	rest := part("rest", "REST API", "partial_outage", "2026-07-15T11:55:00.000+02:00", 3)
	rest.GroupID = null(developers)
	return []docComponent{site, checkout, group, rest}
}

// parts picks components by ID.
func parts(ids ...string) []docComponent {
	var picked []docComponent
	for _, c := range wantComponents() {
		for _, id := range ids {
			if c.ID == id {
				picked = append(picked, c)
			}
		}
	}
	return picked
}

// said is one update; its change is of one component, from one status to another, or none.
func said(incident, id, at, status, body string, change ...string) docUpdate {
	u := docUpdate{ID: incident + "-" + id, Status: status, Body: body, IncidentID: incident, CreatedAt: at, UpdatedAt: at, DisplayAt: at}
	if len(change) > 0 {
		u.AffectedComponents = []docChange{{change[0], change[1], change[2], change[3]}}
	}
	return u
}

func (s story) wantLate() docIncident {
	return docIncident{
		ID: s.late, Name: "Webhooks are late", Status: "identified", Impact: "major", Shortlink: s.url + "/incidents/" + s.late, PageID: "shop",
		CreatedAt: "2026-07-15T12:05:00.000+02:00", UpdatedAt: "2026-07-15T12:40:00.000+02:00", StartedAt: "2026-07-15T11:55:00.000+02:00",
		Components: parts("rest"),
		IncidentUpdates: []docUpdate{
			said(s.late, "u2", "2026-07-15T12:40:00.000+02:00", "identified", "A queue is full.", "rest", "REST API", "partial_outage", "partial_outage"),
			said(s.late, "u1", "2026-07-15T12:05:00.000+02:00", "investigating", "Some webhooks come late.", "rest", "REST API", "operational", "partial_outage"),
		},
	}
}

func (s story) wantSlow() docIncident {
	const op, slow = "operational", "degraded_performance"
	say := func(id, at, status, body, from, to string) docUpdate {
		return said(s.slow, id, "2026-07-10T"+at+":00.000+02:00", status, body, "checkout", "Checkout", from, to)
	}
	return docIncident{
		ID: s.slow, Name: hostileTitle, Status: "resolved", Impact: "minor", Shortlink: s.url + "/incidents/" + s.slow, PageID: "shop",
		CreatedAt: "2026-07-10T10:05:00.000+02:00", UpdatedAt: "2026-07-10T11:30:00.000+02:00", StartedAt: "2026-07-10T09:50:00.000+02:00",
		MonitoringAt: null("2026-07-10T11:00:00.000+02:00"), ResolvedAt: null("2026-07-10T11:30:00.000+02:00"), Components: parts("checkout"),
		IncidentUpdates: []docUpdate{
			say("u4", "11:30", "resolved", "Orders are quick again.", slow, op),
			say("u3", "11:00", "monitoring", "We watch it.", slow, slow),
			say("u2", "10:30", "identified", "We know why.", slow, slow),
			say("u1", "10:05", "investigating", hostileText, op, slow),
		},
	}
}

// planned is a maintenance, without its updates.
func (s story) planned(id, name, status, created, updated, from, until string) docMaintenance {
	return docMaintenance{ScheduledFor: from, ScheduledUntil: until, docIncident: docIncident{
		ID: id, Name: name, Status: status, CreatedAt: created, UpdatedAt: updated, StartedAt: from,
		Impact: "maintenance", Shortlink: s.url + "/incidents/" + id, PageID: "shop"}}
}

func (s story) wantOver() docMaintenance {
	const created, from, until = "2026-07-11T12:00:00.000+02:00", "2026-07-12T03:00:00.000+02:00", "2026-07-12T05:00:00.000+02:00"
	const op, away = "operational", "under_maintenance"
	m := s.planned("m1", "Database upgrade", "completed", created, until, from, until)
	m.ResolvedAt, m.Components = null(until), parts("checkout")
	m.IncidentUpdates = []docUpdate{
		said("m1", "completed", until, "completed", "The maintenance is completed.", "checkout", "Checkout", away, op),
		said("m1", "u1", "2026-07-12T03:30:00.000+02:00", "in_progress", "Half of it is done.", "checkout", "Checkout", away, away),
		said("m1", "begun", from, "in_progress", "The maintenance is in progress.", "checkout", "Checkout", op, away),
		said("m1", "u0", created, "scheduled", "Checkout may be away for a minute."),
	}
	return m
}

func (s story) wantActive() docMaintenance {
	const created, from = "2026-07-14T12:00:00.000+02:00", "2026-07-15T13:00:00.000+02:00"
	m := s.planned("m2", "New servers", "in_progress", created, from, from, "2026-07-15T17:00:00.000+02:00")
	m.Components = parts("site")
	m.IncidentUpdates = []docUpdate{
		said("m2", "begun", from, "in_progress", "The maintenance is in progress.", "site", "Web site", "operational", "under_maintenance"),
		said("m2", "u0", created, "scheduled", "Pages may load slowly."),
	}
	return m
}

func (s story) wantUpcoming() docMaintenance {
	const created = "2026-07-14T12:05:00.000+02:00"
	m := s.planned("m3", "Certificates", "scheduled", created, created, "2026-07-20T04:00:00.000+02:00", "2026-07-20T06:00:00.000+02:00")
	m.Components = parts("site", "rest")
	m.IncidentUpdates = []docUpdate{said("m3", "u0", created, "scheduled", "This maintenance is scheduled.")}
	return m
}

// want returns every document by its name.
func (s story) want() map[string]any {
	page, status := s.wantPage(), docStatus{"major", "Partial System Outage"}
	incidents := func(list ...docIncident) *incidentsDocument { return &incidentsDocument{page, list} }
	maintenances := func(list ...docMaintenance) *maintenancesDocument { return &maintenancesDocument{page, list} }
	return map[string]any{
		"status":                          &statusDocument{page, status},
		"components":                      &componentsDocument{page, wantComponents()},
		"incidents":                       incidents(s.wantLate(), s.wantSlow()),
		"incidents/unresolved":            incidents(s.wantLate()),
		"scheduled-maintenances":          maintenances(s.wantUpcoming(), s.wantActive(), s.wantOver()),
		"scheduled-maintenances/upcoming": maintenances(s.wantUpcoming()),
		"scheduled-maintenances/active":   maintenances(s.wantActive()),
		"summary": &summaryDocument{page, status, wantComponents(), []docIncident{s.wantLate()},
			[]docMaintenance{s.wantActive(), s.wantUpcoming()}},
	}
}
