package sim_test

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/sim"
)

// leaf is a place in a scenario where a value can be put that is odd.
type leaf struct {
	path string
	set  func(odd int) // by number
	odds int
}

// oddities by kind. None makes a history so long that a test would wait for it.
var (
	oddTimes  = []time.Duration{-1, 1, 90 * time.Minute, math.MinInt64, math.MaxInt64}
	oddInts   = []int64{-1, 0, 3, math.MinInt64, math.MaxInt64}
	oddFloats = []float64{-1, 1, 2, math.NaN(), math.Inf(1), math.Inf(-1)}
	oddTexts  = []string{"", "\x00\xff"}
	oddDates  = []time.Time{{}, time.Date(2, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(1500, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(-1, 0),
		time.Date(9990, 1, 1, 0, 0, 0, 0, time.UTC), time.Unix(1<<60, 0), mondayNoon.In(time.FixedZone("far", 14*3600))}
)

// leavesOf finds the leaves of a value that can be set. What maps and interfaces have is copied, and put back with each change.
func leavesOf(v reflect.Value, path string) (all []leaf) {
	add := func(n int, set func(odd int)) { all = append(all, leaf{path, set, n}) }
	switch at := v.Interface().(type) {
	case time.Duration:
		add(len(oddTimes), func(odd int) { v.SetInt(int64(oddTimes[odd])) })
		return all
	case time.Time:
		add(len(oddDates), func(odd int) { v.Set(reflect.ValueOf(oddDates[odd])) })
		return all
	case *time.Location:
		_ = at
		return nil
	}
	switch v.Kind() {
	case reflect.Int, reflect.Int32, reflect.Int64:
		add(len(oddInts), func(odd int) { v.SetInt(oddInts[odd]) })
	case reflect.Uint8, reflect.Uint64:
		add(2, func(odd int) { v.SetUint(uint64(odd) * 200) })
	case reflect.Float64:
		add(len(oddFloats), func(odd int) { v.SetFloat(oddFloats[odd]) })
	case reflect.String:
		add(len(oddTexts), func(odd int) { v.SetString(oddTexts[odd]) })
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Name != "Org" {
				all = append(all, leavesOf(v.Field(i), path+"."+f.Name)...)
			}
		}
	case reflect.Pointer:
		if !v.IsNil() {
			all = append(all, leavesOf(v.Elem(), path)...)
		}
		add(1, func(int) { v.SetZero() })
	case reflect.Slice:
		for i := range v.Len() {
			all = append(all, leavesOf(v.Index(i), fmt.Sprintf("%s[%d]", path, i))...)
		}
	case reflect.Map, reflect.Interface:
		all = append(all, copied(v, path)...)
	}
	return all
}

// copied finds the leaves of what is in a map or an interface.
func copied(v reflect.Value, path string) (all []leaf) {
	inner := func(value reflect.Value, path string, put func(reflect.Value)) {
		box := reflect.New(value.Type()).Elem()
		box.Set(value)
		for _, l := range leavesOf(box, path) {
			all = append(all, leaf{l.path, func(odd int) { l.set(odd); put(box) }, l.odds})
		}
	}
	if v.Kind() == reflect.Interface {
		if !v.IsNil() {
			inner(v.Elem(), path, v.Set)
		}
		return append(all, leaf{path, func(int) { v.SetZero() }, 1})
	}
	keys := v.MapKeys()
	slices.SortFunc(keys, func(a, b reflect.Value) int { return len(a.String()) - len(b.String()) })
	for _, k := range keys {
		inner(v.MapIndex(k), fmt.Sprintf("%s[%q]", path, k), func(value reflect.Value) { v.SetMapIndex(k, value) })
	}
	return all
}

// outcome lives a scenario that may be wrong; whatever is right is lived without a panic, to its end.
func outcome(t *testing.T, s sim.Scenario, what string) (right bool) {
	defer func() {
		if r := recover(); r != nil {
			t.Fatalf("%s: %v", what, r)
		}
	}()
	err := s.Validate()
	h, failed := sim.Run(s)
	if err == nil {
		require.NoError(t, failed, what)
		require.NotNil(t, h, what)
		return true
	}
	require.EqualError(t, failed, err.Error(), what)
	require.Nil(t, h, what)
	return false
}

// TestOddValues puts each odd value into each place of a scenario: it is refused, or can be lived.
func TestOddValues(t *testing.T) {
	if racing {
		t.Skip("there is nothing to race, and it would take minutes")
	}
	t.Parallel()
	s := right()
	refused, lived := 0, 0
	for i, l := range leavesOf(reflect.ValueOf(&s).Elem(), "") {
		for odd := range l.odds {
			changed := right()
			leaf := leavesOf(reflect.ValueOf(&changed).Elem(), "")[i]
			leaf.set(odd)
			if outcome(t, changed, fmt.Sprintf("%s, oddity %d", l.path, odd)) {
				lived++
			} else {
				refused++
			}
		}
	}
	t.Logf("%d refused, %d lived", refused, lived)
	require.Greater(t, refused, 300)
	require.Greater(t, lived, 100)
}

// FuzzValidate puts several odd values into a scenario at once.
func FuzzValidate(f *testing.F) {
	f.Add([]byte("a scenario"))
	f.Add([]byte{1, 2, 3, 4, 5, 6})
	f.Fuzz(func(t *testing.T, data []byte) {
		d := dice(data)
		s := right()
		for range 1 + d.of(6) {
			leaves := leavesOf(reflect.ValueOf(&s).Elem(), "")
			l := leaves[(d.of(256)*256+d.of(256))%len(leaves)]
			l.set(d.of(l.odds))
		}
		outcome(t, s, "several")
	})
}
