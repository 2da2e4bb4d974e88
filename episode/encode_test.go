package episode_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/alert"
	"github.com/watchbill/watchbill/episode"
)

// filler makes values of which any field may have anything that its type allows to be stored. A field that somebody adds is
// filled in, too.
type filler struct {
	*rand.Rand
	empty int // so many of a hundred fields stay as they are
}

func (f filler) fill(v reflect.Value) {
	if f.IntN(100) < f.empty {
		return
	}
	if !v.CanInterface() { // a struct without a name of its own, of a type that only this package has
		f.fields(v)
		return
	}
	switch at := v.Addr().Interface().(type) {
	case *time.Time:
		*at = time.UnixMicro(f.Int64N(4e15)).UTC()
		return
	case *json.RawMessage:
		*at = json.RawMessage([]string{`{"a":"<b>","n":1.5}`, `null`, `[1, 2]`}[f.IntN(3)])
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		f.fields(v)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), f.IntN(3), 3))
		for i := range v.Len() {
			f.fill(v.Index(i))
		}
	case reflect.String:
		v.SetString([]string{"ada", "", "a\"b\\c", "<&>", "\u00fc\u2028", "\x00\x7f", "bad \xff"}[f.IntN(7)])
	case reflect.Bool:
		v.SetBool(f.IntN(2) == 0)
	case reflect.Uint8:
		v.SetUint(uint64(f.IntN(6))) // one or the other does not exist, and cannot be stored
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(f.Int64N(2000) - 10)
	default:
		panic(fmt.Sprint("no value for a ", v.Type()))
	}
}

func (f filler) fields(v reflect.Value) {
	for i := range v.NumField() {
		if field := v.Type().Field(i); field.IsExported() || field.Anonymous {
			f.fill(v.Field(i))
		}
	}
}

// writesAsJSON fills in a value again and again, and compares what is written of it with what encoding/json writes.
func writesAsJSON(t *testing.T, value any, write func() (got []byte, plain any, err error)) {
	wrote := 0
	for seed := range uint64(4000) {
		at := reflect.ValueOf(value).Elem()
		at.SetZero()
		filler{rand.New(rand.NewPCG(seed, 1)), int(seed % 100)}.fill(at)
		got, plain, err := write()
		want, wrong := json.Marshal(plain)
		if wrong != nil {
			require.Error(t, err, "seed %d: %v", seed, wrong)
			continue
		}
		require.NoError(t, err, "seed %d", seed)
		require.Equal(t, string(want), string(got), "seed %d", seed)
		wrote++
	}
	assert.Greater(t, wrote, 1000)
}

func TestEncodeWritesWhatEncodingJSONWould(t *testing.T) {
	var e episode.Episode
	writesAsJSON(t, &e, func() ([]byte, any, error) {
		got, err := episode.Encode(e)
		return got, struct {
			V int `json:"v"`
			episode.Episode
		}{1, e}, err
	})
}

func TestViewsAreWrittenAsEncodingJSONWould(t *testing.T) {
	var e episode.Episode
	writesAsJSON(t, &e, func() ([]byte, any, error) {
		got, err := episode.EncodeView(e)
		return got, e.View(), err
	})
}

func TestPayloadsAreWrittenAsEncodingJSONWould(t *testing.T) {
	for _, p := range episode.SelfWriters() {
		t.Run(fmt.Sprintf("%T", p), func(t *testing.T) {
			writesAsJSON(t, p, func() ([]byte, any, error) {
				got, err := episode.Written(p)
				return got, p, err
			})
		})
	}
}

func TestEncodeRefusesWhatCannotBeRead(t *testing.T) {
	for name, e := range map[string]episode.Episode{
		"a time":    {Last: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)},
		"a state":   {Alert: alert.Alert{State: 99}},
		"a details": {Alert: alert.Alert{Details: json.RawMessage(`{`)}},
	} {
		_, err := episode.Encode(e)
		assert.Error(t, err, name)
	}
}
