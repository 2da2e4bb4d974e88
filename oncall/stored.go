package oncall

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
)

// Encode returns the configuration as it is stored.
func (c Config) Encode() ([]byte, error) { return json.Marshal(c) }

// Decode reads what Encode wrote. Of what it returns, Encode says the same again.
func Decode(data []byte) (Config, error) {
	var c Config
	if err := json.Unmarshal(data, &c); err != nil {
		return Config{}, fmt.Errorf("oncall: stored configuration: %w", err)
	}
	tidy(reflect.ValueOf(&c).Elem())
	return c, nil
}

// tidy makes nil of the empty lists and maps that are not written. A struct with one would be written, and read as one
// without it, which is not: the same configuration in other bytes.
func tidy(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			tidy(v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			tidy(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Field(i)
			if !f.CanSet() {
				continue
			}
			unwritten := strings.Contains(v.Type().Field(i).Tag.Get("json"), ",omitempty")
			if k := f.Kind(); unwritten && (k == reflect.Slice || k == reflect.Map) && f.Len() == 0 {
				f.SetZero()
			}
			tidy(f)
		}
	}
}
