package config

import (
	"github.com/watchbill/watchbill/heartbeat"
)

func monitor(o *object) heartbeat.Monitor { return heartbeat.Monitor{ID: o.text("id")} }
