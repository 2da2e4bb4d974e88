package main

func coverActions() []action { return nil }
