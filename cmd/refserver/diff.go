package main

import "context"

func diff(context.Context, *program) error { return usagef("diff is not built yet") }
