package main

func Example() {
	main()
	// Output:
	// ben after 15 minutes: not kept under seed 0: every alert reaches a person within 10m0s
	// 1 of 61 events show it: slow-8#1: not seen by anybody in 12m0s, when the history ends
	// +4d 16:00:00  Sat 7 Mar 01:00:00  slow-8#1  prometheus triggered the alert: Checkout is slow
	// +4d 16:00:00  Sat 7 Mar 01:00:00  slow-8#1  paging level 1: ada (named)
	// +4d 16:00:00  Sat 7 Mar 01:00:00  slow-8#1  ada: page is on the phone (app), asleep
	// +4d 16:05:00  Sat 7 Mar 01:05:00  slow-8#1  paging level 1, attempt 2: ada (named); and once more at +4d 16:10:00
	//
	// ben after 5 minutes: all is kept in ten histories of four weeks
}
