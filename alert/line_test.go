package alert_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/watchbill/watchbill/alert"
)

func TestLine(t *testing.T) {
	assert.Equal(t, "a b c", alert.Line(" a\t b\r\n\x00c\u202e "))
	cut, long := alert.Cut("äöü", 3)
	assert.Equal(t, "äöü", cut)
	assert.False(t, long)
	cut, long = alert.Cut("äöüß", 3)
	assert.Equal(t, "äö…", cut)
	assert.True(t, long)
}

func TestKeyOf(t *testing.T) {
	key, replaced := alert.KeyOf("disk-1")
	assert.Equal(t, alert.DedupKey("disk-1"), key)
	assert.False(t, replaced)
	for _, odd := range []string{strings.Repeat("k", alert.MaxKey+1), "a\nb"} {
		key, replaced = alert.KeyOf(odd)
		assert.Regexp(t, "^sha256:[0-9a-f]{64}$", key)
		assert.True(t, replaced)
	}
}
