package config

import (
	"github.com/watchbill/watchbill/catalog"
)

func supportHours(o *object) catalog.Hours { return catalog.Hours{ID: o.text("id")} }

func support(o *object) catalog.Support { return catalog.Support{Hours: o.text("hours")} }
