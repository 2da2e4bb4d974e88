package route_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/route"
)

func TestDecodeAndText(t *testing.T) {
	for in, want := range map[string]string{
		`12345678901234567`: "12345678901234567", `99999999999999999999999`: "99999999999999999999999", `0.5`: "0.5", `1e3`: "1000",
		`1e999`: "1e999", `"a\nb"`: "a\nb", `true`: "true", `null`: "", `[1,"<"]`: `[1,"<"]`, `{"a":1.50}`: `{"a":1.5}`,
	} {
		v, err := route.Decode([]byte(in))
		require.NoError(t, err, in)
		got, err := route.Text(v, 100)
		require.NoError(t, err, in)
		assert.Equal(t, want, got)
	}
	_, err := route.Decode([]byte(`{`))
	assert.Error(t, err)
	_, err = route.Text("12345", 4)
	assert.ErrorIs(t, err, route.ErrTooLarge)
	_, err = route.Text([]any{"123", "456"}, 6)
	assert.ErrorIs(t, err, route.ErrTooLarge)
	_, err = route.JSON(map[string]any{"f": func() {}}, 100)
	assert.ErrorContains(t, err, "unsupported type")
	assert.False(t, route.Fits(map[string]any{"a": []any{"xxxxxxxxxx"}}, 5))
}
