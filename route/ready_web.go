package route

// pingdom reads state change webhooks, of uptime and of transaction checks.
func pingdom() Template {
	return Template{
		Title:  "Pingdom",
		Manual: "https://www.pingdom.com/resources/webhooks/",
		Form:   "JSON",
		Mapping: Mapping{
			Key:      `item.check_id`,
			Summary:  `trim(string(item.check_name) + " is " + string(item.current_state) + ": " + string(item.description), ": ")`,
			Severity: `{"HIGH": "critical", "LOW": "warning"}[string(item.importance_level)] ?? "error"`,
			Action:   `item.current_state in ["UP", "SUCCESS"] ? "resolve" : "trigger"`,
			StartsAt: `item.state_changed_timestamp`,
			Labels: map[string]string{
				"check": `item.check_name`, "type": `item.check_type`, "host": `item.check_params?.hostname`,
				"importance": `item.importance_level`,
				"tags":       `join(map(item.tags ?? [], type(#) == "map" ? #.name : #), ",")`,
			},
			Links: map[string]string{"Checked page": `item.check_params?.full_url`},
		},
	}
}

// datadog reads webhooks with the payload that the template says. A cycle key is the same from trigger to recovery.
func datadog() Template {
	return Template{
		Title:  "Datadog",
		Manual: "https://docs.datadoghq.com/integrations/webhooks/",
		Form:   "JSON",
		Paste: `{
  "cycle": "$ALERT_CYCLE_KEY", "alert": "$ALERT_ID", "scope": "$ALERT_SCOPE", "transition": "$ALERT_TRANSITION",
  "title": "$EVENT_TITLE", "message": "$TEXT_ONLY_MSG", "priority": "$ALERT_PRIORITY", "metric": "$ALERT_METRIC",
  "host": "$HOSTNAME", "tags": "$TAGS", "link": "$LINK", "organization": "$ORG_NAME"
}`,
		Mapping: Mapping{
			Key:     `item.cycle in [nil, ""] ? string(item.alert) + "/" + string(item.scope) : item.cycle`,
			Summary: `item.title`,
			Severity: `item.transition matches "(?i)warn" ? "warning" : item.priority == "P1" ? "critical"
				: item.priority == "P5" ? "info" : item.priority == "P4" ? "warning" : "error"`,
			Priority: `item.priority matches "^P[1-5]$" ? item.priority : nil`,
			Action:   `item.transition matches "(?i)recovered" ? "resolve" : "trigger"`,
			Labels: map[string]string{
				"host": `item.host`, "metric": `item.metric`, "monitor": `item.alert`, "scope": `item.scope`,
				"organization": `item.organization`, "*": `tags(item.tags)`,
			},
			Links:   map[string]string{"Datadog": `item.link`},
			Details: `item.message`,
		},
	}
}

// site24x7 reads webhooks that are posted as JSON with the incident parameters.
func site24x7() Template {
	return Template{
		Title:  "Site24x7",
		Manual: "https://www.site24x7.com/help/admin/third-party-integration/webhooks.html",
		Form:   "JSON",
		Mapping: Mapping{
			Key:      `item.MONITOR_ID ?? item.MONITORNAME`,
			Summary:  `trim(string(item.MONITORNAME) + " is " + string(item.STATUS) + ": " + string(item.INCIDENT_REASON), ": ")`,
			Severity: `{"DOWN": "critical", "CRITICAL": "critical", "TROUBLE": "warning"}[string(item.STATUS)]`,
			Action:   `item.STATUS == "UP" ? "resolve" : "trigger"`,
			StartsAt: `item.INCIDENT_TIME_ISO`,
			Labels: map[string]string{
				"monitor": `item.MONITORNAME`, "type": `item.MONITORTYPE`, "group": `item.MONITOR_GROUPNAME`,
				"locations": `item.FAILED_LOCATIONS`, "customer": `item.MSP_CUSTOMER_NAME`,
			},
			Links: map[string]string{
				"Dashboard": `item.MONITOR_DASHBOARD_LINK`, "Cause": `item.RCA_LINK`, "Monitored page": `item.MONITORURL`,
			},
		},
	}
}

// uptimekuma reads the webhook notification with its own JSON. A message without a heartbeat is a test, or is about a
// certificate that runs out.
func uptimekuma() Template {
	return Template{
		Title:  "Uptime Kuma",
		Manual: "https://github.com/louislam/uptime-kuma/wiki/Notification-Methods",
		Form:   "JSON",
		Mapping: Mapping{
			Key:      `item.monitor?.id`,
			Summary:  `item.heartbeat == nil ? item.msg : string(item.monitor?.name) + ": " + string(item.heartbeat?.msg)`,
			Severity: `item.heartbeat == nil ? (item.msg matches "(?i)test" ? "info" : "warning") : "critical"`,
			Action:   `item.heartbeat?.status in [1, 3] ? "resolve" : "trigger"`,
			StartsAt: `item.heartbeat?.time == nil ? nil : replace(item.heartbeat.time, " ", "T") + "Z"`,
			Labels: map[string]string{
				"monitor": `item.monitor?.name`, "type": `item.monitor?.type`, "host": `item.monitor?.hostname`,
			},
			Links:   map[string]string{"Checked page": `item.monitor?.url`},
			Details: `item.heartbeat`,
		},
	}
}
