package episode_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/episode"
)

// scramble writes to all memory that a value points to.
func scramble(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				scramble(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			scramble(v.Index(i))
		}
		if v.Cap() > v.Len() { // what lies behind it may be another's
			v.Slice(0, v.Cap()).Index(v.Len()).SetZero()
		}
	default:
		v.SetZero()
	}
}

func TestClonesShareNoMemory(t *testing.T) {
	large := 0
	for seed := range uint64(1000) {
		var e episode.Episode
		filler{rand.New(rand.NewPCG(seed, 2)), int(seed % 50)}.fill(reflect.ValueOf(&e).Elem())
		want := fmt.Sprintf("%+v", e)
		clone := e.Clone()
		require.Equal(t, e, clone, "seed %d", seed)
		scramble(reflect.ValueOf(&clone).Elem())
		require.Equal(t, want, fmt.Sprintf("%+v", e), "seed %d", seed)

		clone = e.Clone()
		scramble(reflect.ValueOf(&e).Elem())
		require.Equal(t, want, fmt.Sprintf("%+v", clone), "seed %d", seed)
		if len(clone.Policy.Levels) > 0 && len(clone.Ladders) > 0 && len(clone.Summons) > 0 {
			large++
		}
	}
	assert.Greater(t, large, 50)
}
