package storetest

import (
	"errors"
	"reflect"
	"testing"

	"github.com/watchbill/watchbill/store"
	"github.com/watchbill/watchbill/store/memory"
)

// TestFaultyFailsEveryMethod finds a method that Faulty does not know of: whoever crashes at every step would not crash
// there.
func TestFaultyFailsEveryMethod(t *testing.T) {
	methods := 0
	f := &Faulty{Store: memory.New(), Before: func(step string) error {
		if step == "update" {
			return nil
		}
		methods++
		return ErrFault
	}}
	_ = f.Update(t.Context(), func(tx store.Tx) error {
		failEach(t, "tx", reflect.ValueOf(tx), reflect.TypeFor[store.Tx]())
		return errStop
	})
	if methods < 25 {
		t.Errorf("called only %d methods", methods)
	}
}

// failEach calls every method of an interface, and those of what its accessors return.
func failEach(t *testing.T, name string, v reflect.Value, of reflect.Type) {
	for m := range of.Methods() {
		var args []reflect.Value
		for i := range m.Type.NumIn() {
			args = append(args, reflect.Zero(m.Type.In(i)))
		}
		results := v.MethodByName(m.Name).Call(args)
		last := m.Type.Out(m.Type.NumOut() - 1)
		if last != reflect.TypeFor[error]() {
			failEach(t, name+"."+m.Name, results[0].Elem(), last)
			continue
		}
		if err, _ := results[len(results)-1].Interface().(error); !errors.Is(err, ErrFault) {
			t.Errorf("%s.%s: %v", name, m.Name, err)
		}
	}
}
