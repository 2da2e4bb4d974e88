package main

import "context"

func icalCommand(context.Context, *program) error { return usagef("ical is not built yet") }
