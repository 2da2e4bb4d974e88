package main

import "context"

func pay(context.Context, *program) error { return usagef("pay is not built yet") }
