package config

import (
	"github.com/watchbill/watchbill/route"
)

// handling reads how a source treats its signals.
func handling(o *object) route.Handling { return route.Handling{} }
