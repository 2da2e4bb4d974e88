package main

import "context"

func roster(context.Context, *program) error { return usagef("roster is not built yet") }
