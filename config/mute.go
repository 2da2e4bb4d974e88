package config

import (
	"github.com/watchbill/watchbill/mute"
)

func silence(o *object) mute.Silence { return mute.Silence{ID: o.text("id")} }

func maintenance(o *object) mute.Maintenance { return mute.Maintenance{ID: o.text("id")} }

func inhibition(o *object) mute.Inhibition { return mute.Inhibition{ID: o.text("id")} }
