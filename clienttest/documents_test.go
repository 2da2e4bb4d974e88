package clienttest

// The documents of Statuspage's API v2, each field of them. Pointers are what may be null.

type docPage struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	URL       string `json:"url"`
	TimeZone  string `json:"time_zone"`
	UpdatedAt string `json:"updated_at"`
}

type docStatus struct {
	Indicator   string `json:"indicator"`
	Description string `json:"description"`
}

type docComponent struct {
	ID                 string   `json:"id"`
	Name               string   `json:"name"`
	Status             string   `json:"status"`
	CreatedAt          string   `json:"created_at"`
	UpdatedAt          string   `json:"updated_at"`
	Position           int      `json:"position"`
	Description        *string  `json:"description"`
	Showcase           bool     `json:"showcase"`
	StartDate          *string  `json:"start_date"`
	GroupID            *string  `json:"group_id"`
	PageID             string   `json:"page_id"`
	Group              bool     `json:"group"`
	OnlyShowIfDegraded bool     `json:"only_show_if_degraded"`
	Components         []string `json:"components,omitempty"` // only groups have it
}

type docChange struct {
	Code      string `json:"code"`
	Name      string `json:"name"`
	OldStatus string `json:"old_status"`
	NewStatus string `json:"new_status"`
}

type docUpdate struct {
	ID                   string      `json:"id"`
	Status               string      `json:"status"`
	Body                 string      `json:"body"`
	IncidentID           string      `json:"incident_id"`
	CreatedAt            string      `json:"created_at"`
	UpdatedAt            string      `json:"updated_at"`
	DisplayAt            string      `json:"display_at"`
	AffectedComponents   []docChange `json:"affected_components"`
	DeliverNotifications bool        `json:"deliver_notifications"`
}

type docIncident struct {
	ID              string         `json:"id"`
	Name            string         `json:"name"`
	Status          string         `json:"status"`
	CreatedAt       string         `json:"created_at"`
	UpdatedAt       string         `json:"updated_at"`
	MonitoringAt    *string        `json:"monitoring_at"`
	ResolvedAt      *string        `json:"resolved_at"`
	Impact          string         `json:"impact"`
	Shortlink       string         `json:"shortlink"`
	StartedAt       string         `json:"started_at"`
	PageID          string         `json:"page_id"`
	IncidentUpdates []docUpdate    `json:"incident_updates"`
	Components      []docComponent `json:"components"`
}

type docMaintenance struct {
	docIncident
	ScheduledFor   string `json:"scheduled_for"`
	ScheduledUntil string `json:"scheduled_until"`
}

type statusDocument struct {
	Page   docPage   `json:"page"`
	Status docStatus `json:"status"`
}

type componentsDocument struct {
	Page       docPage        `json:"page"`
	Components []docComponent `json:"components"`
}

type incidentsDocument struct {
	Page      docPage       `json:"page"`
	Incidents []docIncident `json:"incidents"`
}

type maintenancesDocument struct {
	Page                  docPage          `json:"page"`
	ScheduledMaintenances []docMaintenance `json:"scheduled_maintenances"`
}

type summaryDocument struct {
	Page                  docPage          `json:"page"`
	Status                docStatus        `json:"status"`
	Components            []docComponent   `json:"components"`
	Incidents             []docIncident    `json:"incidents"`
	ScheduledMaintenances []docMaintenance `json:"scheduled_maintenances"`
}
