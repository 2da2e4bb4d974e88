package config

import (
	"github.com/watchbill/watchbill/catalog"
)

func delivery(o *object) catalog.Delivery { return catalog.Delivery{} }

func destination(o *object) catalog.Destination { return catalog.Destination{ID: o.text("id")} }
