package store

import "runtime"

// Within reports whether the calling goroutine is inside the function of that name, as in
// "example.com/db.(*tx).call". It lets an implementation tell a transaction inside its own fn (T5) from one that only
// has to wait for its turn: neither shows in the context.
func Within(function string) bool {
	var pcs [64]uintptr
	for skip := 2; ; skip += len(pcs) {
		n := runtime.Callers(skip, pcs[:])
		if n == 0 {
			return false
		}
		if hasFrame(runtime.CallersFrames(pcs[:n]), function) {
			return true
		}
	}
}

func hasFrame(frames *runtime.Frames, function string) bool {
	for {
		frame, more := frames.Next()
		if frame.Function == function {
			return true
		}
		if !more {
			return false
		}
	}
}
