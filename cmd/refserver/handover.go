package main

func handoverActions() []action { return nil }
