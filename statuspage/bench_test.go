package statuspage_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill/statuspage"
)

// BenchmarkPage is what one request costs at most: 100 components, 50 incidents in 90 days.
func BenchmarkPage(b *testing.B) {
	page, incidents := big(b, 100, 50)
	r := statuspage.NewRenderer()
	b.ReportAllocs()
	for b.Loop() {
		v := statuspage.Look(page, statuspage.Board{Page: page.ID}, incidents, noon, base)
		html, err := r.HTML(v)
		require.NoError(b, err)
		b.ReportMetric(float64(len(html)), "bytes/page")
	}
}

func BenchmarkLook(b *testing.B) {
	page, incidents := big(b, 100, 50)
	b.ReportAllocs()
	for b.Loop() {
		statuspage.Look(page, statuspage.Board{Page: page.ID}, incidents, noon, base)
	}
}
