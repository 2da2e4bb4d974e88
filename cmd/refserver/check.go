package main

import "context"

func check(context.Context, *program) error { return usagef("check is not built yet") }
