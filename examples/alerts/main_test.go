package main

func Example() {
	main()
	// Output:
	// 06:00  signal: switch in r1: an alert
	// 06:00  signal: db1 in r1: an alert, member of a group
	// 06:00  signal: db2 in r1: an alert, member of a group
	// 06:00  signal: disk in r9: an alert, held by silence repair
	// 06:00  ada's phone: page: switch is down (and 2 more)
	// 06:05  ben's phone: page: switch is down (and 2 more)
	// 06:06  ben: acknowledges the group of 3
	// 07:00  ada's phone: page: disk is down
}
