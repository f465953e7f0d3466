package parts

import (
	"strings"
	"time"

	"berth/views/human"
)

// piece of a sentence: words, or a moment where as is not empty.
type piece struct {
	as, words string
	at        time.Time
}

// pieces of a sentence, cut where its moments stand. One that does not stand there is left out.
func pieces(words string, now time.Time, moments []time.Time) []piece {
	var all []piece
	for _, t := range moments {
		found, before, after := find(words, t, now)
		if found.as == "" {
			continue
		}
		if before != "" {
			all = append(all, piece{words: before})
		}
		all, words = append(all, found), after
	}
	if words != "" {
		all = append(all, piece{words: words})
	}
	return all
}

// find looks for a moment in words, as it may be written there.
func find(words string, t, now time.Time) (found piece, before, after string) {
	if t.IsZero() {
		return piece{}, "", words
	}
	when := human.When(t, now)
	for _, p := range []piece{{"clock", human.Clock(t, now), t}, {"when", when, t}, {"when", human.Capital(when), t}, {"date", human.Date(t, now), t}} {
		if before, after, ok := strings.Cut(words, p.words); ok {
			return p, before, after
		}
	}
	return piece{}, "", words
}
