// Package storetest says whether a [store.Store] keeps its contract. [Run] is the suite; a test of an implementation
// calls it with a function that opens an empty store:
//
//	func TestContract(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) store.Store {
//			s, err := mystore.Open(t.TempDir())
//			if err != nil {
//				t.Fatal(err)
//			}
//			t.Cleanup(func() { s.Close() })
//			return s
//		})
//	}
//
// Each subtest is named after a sentence of package store, as "O3/claims in the order in which they became claimable".
// They are followed by random operations, which the store and package store/memory must answer alike; a difference is
// printed as the shortest script of operations that shows it. Run it with the race detector. What the process being
// killed leaves (T8), what a row does that cannot be decoded (E7, O7), what a connection that is lost leaves (T13), and what
// a later release has changed (T14), is for the implementation's own tests.
//
// [Faulty] makes any store fail on purpose, for tests of what is built on one.
package storetest
