package main

func Example() {
	main()
	// Output:
	// on call: [cem] until Mon, 30 Mar 2026 09:00:00 CEST
	// because cem: layer week, turn 11 (2026-03-23 09:00 to 2026-03-30 09:00 Europe/Berlin)
}
