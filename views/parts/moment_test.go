package parts

import (
	"slices"
	"testing"
	"time"
)

func TestASentenceIsCutAtItsMoments(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 21, 18, 4, 0, time.FixedZone("CET", 3600))
	yesterday, today, year := now.AddDate(0, 0, -1), now.Add(-time.Hour), now.AddDate(-1, 0, 0)
	for _, c := range []struct {
		words   string
		moments []time.Time
		want    []piece
	}{
		{"It runs.", nil, []piece{{words: "It runs."}}},
		{"It runs.", []time.Time{today, {}}, []piece{{words: "It runs."}}},
		{"Stopped since 20:18.", []time.Time{today}, []piece{{words: "Stopped since "}, {"when", "20:18", today}, {words: "."}}},
		{"Yesterday 21:18, by root", []time.Time{yesterday}, []piece{{"when", "Yesterday 21:18", yesterday}, {words: ", by root"}}},
		{"as of 21:18:04", []time.Time{now}, []piece{{words: "as of "}, {"clock", "21:18:04", now}}},
		{"from 23 Nov 2025 to 20:18", []time.Time{year, today}, []piece{{words: "from "}, {"when", "23 Nov 2025", year}, {words: " to "}, {"when", "20:18", today}}},
	} {
		if got := pieces(c.words, now, c.moments); !slices.Equal(got, c.want) {
			t.Errorf("%q: %v, want %v", c.words, got, c.want)
		}
	}
}
