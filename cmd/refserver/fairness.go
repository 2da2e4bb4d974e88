package main

import "context"

func fairness(context.Context, *program) error { return usagef("fairness is not built yet") }
