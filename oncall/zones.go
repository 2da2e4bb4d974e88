package oncall

import "time"

// addZones loads the zones that people are in: a message is written in that of its reader.
func (o *Org) addZones() {
	for _, u := range o.users {
		if _, ok := o.zones[u.Zone]; !ok {
			o.zones[u.Zone] = zoneNamed(u.Zone)
		}
	}
}

// Zone returns the zone with an IANA name; UTC if there is none.
func (o *Org) Zone(name string) *time.Location {
	if zone, ok := o.zones[name]; ok {
		return zone
	}
	return zoneNamed(name)
}

func zoneNamed(name string) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil {
		return zone
	}
	return time.UTC
}
