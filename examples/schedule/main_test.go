package main

func Example() {
	main()
	// Output:
	// on call: [cem] until Fri, 27 Mar 2026 14:00:00 CET
	// because cem: site berlin, turn 11 (2026-03-23 09:00 to 2026-03-30 09:00 Europe/Berlin)
}
