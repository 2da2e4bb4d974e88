package config

import (
	"github.com/watchbill/watchbill/catalog"
)

func quiet(o *object) catalog.Quiet { return catalog.Quiet{} }

func updates(o *object) catalog.Updates { return catalog.Updates{} }
