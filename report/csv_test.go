package report_test

import (
	"bytes"
	"encoding/csv"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/watchbill/watchbill"
	"github.com/watchbill/watchbill/report"
)

func TestResponseCSV(t *testing.T) {
	c := shops()
	c.Teams, c.Services = nil, c.Services[:1]
	r := report.Response(report.Input{Window: monday, Catalog: c, Alerts: []report.Alert{
		newAlert("shop", "09:59:00", "10:00:00", "10:00:01", "", ""),
		newAlert("shop", "10:59:30", "11:00:00", "", "", ""),
		newAlert("shop", "11:59:50", "12:00:00", "", "", ""),
	}})
	// detect: (60 + 30 + 10) / 3 = 33.333 seconds
	assert.Equal(t, strings.Join([]string{
		"of,scope,id,name,count,open,expired," +
			"mttd_count,mttd_mean_seconds,mttd_p50_seconds,mttd_p90_seconds,mttd_p95_seconds,mttd_max_seconds," +
			"mtta_count,mtta_mean_seconds,mtta_p50_seconds,mtta_p90_seconds,mtta_p95_seconds,mtta_max_seconds," +
			"mttr_count,mttr_mean_seconds,mttr_p50_seconds,mttr_p90_seconds,mttr_p95_seconds,mttr_max_seconds",
		"alerts,all,,,3,3,0,3,33.333,30,60,60,60,1,1,1,1,1,1,0,,,,,",
		"alerts,service,shop,The shop,3,3,0,3,33.333,30,60,60,60,1,1,1,1,1,1,0,,,,,",
		"incidents,all,,,0,0,0,0,,,,,,0,,,,,,0,,,,,",
		"incidents,service,shop,The shop,0,0,0,0,,,,,,0,,,,,,0,,,,,",
		"",
	}, "\n"), string(r.CSV()))
}

func TestLoadCSV(t *testing.T) {
	r := report.LoadReport{Rows: []report.LoadRow{
		{ID: "ada", Name: `Ada "the first", Countess`, Zone: "Europe/London", Pages: 9, High: 7, Low: 2, OutOfHours: 5, Days: 3, Acknowledged: 4},
		{ID: "=1+1", Name: "-2"}, {ID: "+1", Name: "@sum"}, {ID: "\t=1", Name: " =1"}, {ID: "ben", Name: "two\r\nlines"},
		{ID: "＝1", Name: "a=b"},
	}}
	assert.Equal(t, strings.Join([]string{
		"id,name,timezone,pages,high,low,out_of_hours,days,acknowledged",
		`ada,"Ada ""the first"", Countess",Europe/London,9,7,2,5,3,4`,
		"'=1+1,'-2,,0,0,0,0,0,0", "'+1,'@sum,,0,0,0,0,0,0", "' =1,' =1,,0,0,0,0,0,0", "ben,two  lines,,0,0,0,0,0,0",
		"'＝1,a=b,,0,0,0,0,0,0",
		"",
	}, "\n"), string(r.CSV()))
}

// FuzzCSV: what was written is read again, cell by cell, and no cell is a formula.
func FuzzCSV(f *testing.F) {
	f.Add("shop", "The shop", int64(90_000), 3)
	f.Add("=cmd|' /C calc'!A0", "\xff\"\r\n,\u2028", int64(-1), -7)
	f.Add("\ufeff", " \t@", int64(1)<<62, 1<<40)
	f.Fuzz(func(t *testing.T, id, name string, nanoseconds int64, count int) {
		s := report.Stats{Count: count, Mean: watchbill.Duration(nanoseconds), Max: 1}
		response := report.ResponseReport{Rows: []report.ResponseRow{{Of: report.OfAlerts, Scope: report.ScopeTeam, ID: id, Name: name, Count: count, Detect: s}}}
		load := report.LoadReport{Rows: []report.LoadRow{{ID: watchbill.UserID(id), Name: name, Zone: name, Pages: count}}}
		row := reread(t, response.CSV(), 25)
		require.Equal(t, []string{"alerts", "team"}, row[:2])
		requireText(t, id, row[2])
		requireText(t, name, row[3])
		require.Equal(t, strconv.Itoa(count), row[4])
		if count != 0 {
			seconds, err := strconv.ParseFloat(row[8], 64)
			require.NoError(t, err)
			require.Equal(t, time.Duration(nanoseconds).Seconds(), seconds)
		}
		row = reread(t, load.CSV(), 9)
		requireText(t, id, row[0])
		requireText(t, name, row[1])
		requireText(t, name, row[2])
		require.Equal(t, strconv.Itoa(count), row[3])
	})
}

// reread returns the only row below the headings.
func reread(t *testing.T, data []byte, columns int) []string {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	require.NoError(t, err)
	require.Len(t, records, 2)
	require.Len(t, records[1], columns)
	return records[1]
}

// requireText: a cell is the text with spaces for control characters, behind an apostrophe if it would be a formula.
func requireText(t *testing.T, text, cell string) {
	t.Helper()
	plain := []rune(text)
	for i, r := range plain {
		if unicode.IsControl(r) {
			plain[i] = ' '
		}
	}
	first := strings.TrimSpace(string(plain))
	if first != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(first)[0]) {
		require.Equal(t, "'"+string(plain), cell)
		return
	}
	require.Equal(t, string(plain), cell)
}
