package route

// Template is how a tool is read that posts bodies of its own form to a source of type generic.
type Template struct {
	Title   string // what the tool is called
	Manual  string // the page of its maker that this is made after
	Form    string // what it sends: JSON, XML or a form
	Paste   string // the body to enter in the tool; empty: it sends a fixed one
	Mapping Mapping
}

// Ready returns the templates that are ready for use, by what a source calls them: ready: prtg. How each tool is set up
// is in docs/sources.md.
func Ready() map[string]Template {
	return map[string]Template{
		"nable": nable(), "connectwise": connectwise(), "prtg": prtg(), "zabbix": zabbix(),
		"pingdom": pingdom(), "datadog": datadog(), "site24x7": site24x7(), "uptimekuma": uptimekuma(),
	}
}

// nable reads the XML that N-central posts to a recipient of the kind "Third Party Integration - HTTP". The ID of a
// notification is that of one trigger; what is wrong is told by customer, device, service and task, in every state.
func nable() Template {
	return Template{
		Title:  "N-able N-central",
		Manual: "https://developer.n-able.com/n-central/docs/notification-acknowledgment-using-xml",
		Form:   "XML",
		Mapping: Mapping{
			Key: `join([item.CustomerName, item.DeviceName ?? item.DeviceURI, item.AffectedService, item.TaskIdent], "/")`,
			Summary: `string(item.DeviceName ?? item.DeviceURI) + ": " + string(item.AffectedService) + " is " +
				string(item.QualitativeNewState)`,
			Severity: `{"failed": "critical", "warning": "warning", "misconfigured": "warning", "stale": "error",
				"disconnected": "error", "no data": "error"}[lower(string(item.QualitativeNewState))]`,
			Action: `lower(string(item.QualitativeNewState)) == "normal" ? "resolve" : "trigger"`,
			Labels: map[string]string{
				"customer": `item.CustomerName`, "device": `item.DeviceName`, "address": `item.DeviceURI`,
				"check": `item.AffectedService`, "task": `item.TaskIdent`, "organization": `item.ServiceOrganizationName`,
				"state": `item.QualitativeNewState`,
			},
			Links: map[string]string{"Remote control": `item.RemoteControlLink`},
		},
	}
}

// connectwise reads callbacks of ConnectWise PSA about service tickets. The ticket lies in the body as a text of JSON,
// or as an object; older releases wrote its fields with capitals.
func connectwise() Template {
	const ticket = `fromJSON(item.Entity)`
	const priority = `string(` + ticket + `?.priority?.name ?? ` + ticket + `?.PriorityName ?? ` + ticket + `?.Priority)`
	return Template{
		Title:  "ConnectWise PSA",
		Manual: "https://developer.connectwise.com/Best_Practices/PSA_Callbacks",
		Form:   "JSON",
		Mapping: Mapping{
			Key: `string(item.Type) + ":" + string(item.ID)`,
			Summary: `"#" + string(item.ID) + " " + string(` + ticket + `?.summary ?? ` + ticket + `?.Summary ?? ("a ticket was " +
				string(item.Action)))`,
			Severity: priority + ` matches "(?i)priority 1|emergency|critical" ? "critical"
				: ` + priority + ` matches "(?i)priority 2|urgent|quick|high" ? "error"
				: ` + priority + ` matches "(?i)priority 3|normal|medium" ? "warning"
				: ` + priority + ` matches "(?i)priority 4|scheduled|low" ? "info" : nil`,
			Action: `item.Action == "deleted" or ` + ticket + `?.closedFlag == true or ` + ticket + `?.ClosedFlag == true
				? "resolve" : "trigger"`,
			Labels: map[string]string{
				"customer": ticket + `?.company?.name ?? ` + ticket + `?.CompanyName`,
				"board":    ticket + `?.board?.name ?? ` + ticket + `?.BoardName`,
				"status":   ticket + `?.status?.name ?? ` + ticket + `?.StatusName`,
				"priority": ticket + `?.priority?.name ?? ` + ticket + `?.PriorityName`,
				"type":     `item.Type`,
			},
		},
	}
}

// prtg reads the form that the notification "Execute HTTP Action" posts, with the fields that the template says.
func prtg() Template {
	return Template{
		Title:  "Paessler PRTG",
		Manual: "https://www.paessler.com/manuals/prtg/notification_templates_settings",
		Form:   "form",
		Paste: "sensorid=%sensorid&status=%status&device=%device&sensor=%name&probe=%probe&group=%group&host=%host" +
			"&priority=%priority&lastvalue=%lastvalue&tags=%objecttags&link=%linksensor&message=%message",
		Mapping: Mapping{
			Key: `item.sensorid`,
			Summary: `trim(string(item.device) + ": " + string(item.sensor) + " " + string(item.status) + ", " +
				string(item.message), ", ")`,
			Severity: `item.status matches "(?i)now: *down|^down *$|^down *\\(" ? "critical"
				: item.status matches "(?i)now: *warning|^warning" ? "warning"
				: item.status matches "(?i)now: *unusual|^unusual" ? "info" : nil`,
			Action: `item.status matches "(?i)now: *(up|paused)|^(up|paused)" ? "resolve"
				: item.status matches "(?i)acknowledged" ? "ack" : "trigger"`,
			Labels: map[string]string{
				"device": `item.device`, "sensor": `item.sensor`, "probe": `item.probe`, "group": `item.group`, "host": `item.host`,
				"priority": `item.priority`, "value": `item.lastvalue`, "tags": `item.tags`,
			},
			Links: map[string]string{"PRTG": `item.link`},
		},
	}
}

// zabbix reads what the script of a media type of kind webhook posts. The ID of an event is that of the problem in its
// recovery too. Severities are read as Zabbix's own media types do.
func zabbix() Template {
	return Template{
		Title:  "Zabbix",
		Manual: "https://www.zabbix.com/documentation/current/en/manual/config/notifications/media/webhook",
		Form:   "JSON",
		Paste: `var p = JSON.parse(value), request = new HttpRequest(), url = p.url;
delete p.url;
request.addHeader('Content-Type: application/json');
var answer = request.post(url, JSON.stringify(p));
if (request.getStatus() >= 300) { throw request.getStatus() + ': ' + answer; }
return 'OK';`,
		Mapping: Mapping{
			Key:     `item.event_id`,
			Summary: `item.host == nil ? item.name : string(item.host) + ": " + string(item.name)`,
			Severity: `{"5": "critical", "4": "error", "3": "warning", "2": "warning", "1": "info", "0": "info"}[
				string(item.nseverity)]`,
			Action: `string(item.event_value) == "0" ? "resolve" : lower(string(item.ack)) == "yes" ? "ack" : "trigger"`,
			Labels: map[string]string{
				"host": `item.host`, "trigger": `item.trigger_id`, "value": `item.opdata`, "groups": `item.hostgroups`,
				"*": `item.tags == nil ? {} : tags(map(fromJSON(item.tags), .tag + ":" + .value))`,
			},
			Links: map[string]string{"Zabbix": `item.link`},
		},
	}
}
