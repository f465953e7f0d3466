// Package human writes numbers, times and lists as people read them.
package human

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Bytes writes a size in binary units with at most one decimal: "512 MiB", "1.8 GiB".
func Bytes(n uint64) string {
	value, unit := inUnit(n, n)
	return value + " " + unit
}

// BytesOf writes how much of something is used, in the unit of the whole where that
// leaves something to read: "1.8 of 4 GiB", "389 MiB of 1 GiB".
func BytesOf(used, total uint64) string {
	value, unit := inUnit(used, total)
	if own, ownUnit := inUnit(used, used); used > 0 && ownUnit != unit && used*10 < total {
		return own + " " + ownUnit + " of " + Bytes(total)
	}
	whole, _ := inUnit(total, total)
	return value + " of " + whole + " " + unit
}

// inUnit writes n in the unit in which scale reads best.
func inUnit(n, scale uint64) (value, unit string) {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	f, s, i := float64(n), float64(scale), 0
	for s >= 1023.95 && i < len(units)-1 { // what would round to 1024 is one of the next
		f, s, i = f/1024, s/1024, i+1
	}
	decimals := 1
	if i == 0 || f >= 100 {
		decimals = 0
	}
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', decimals, 64), ".0"), units[i]
}

// GiB writes a size in GiB without its unit, for columns that name it: "0.5", "1.8", "212".
func GiB(n uint64) string {
	f := float64(n) / (1 << 30)
	decimals := 1
	switch {
	case f >= 99.95:
		decimals = 0
	case f < 0.095:
		decimals = 2
	}
	words := strconv.FormatFloat(f, 'f', decimals, 64)
	if strings.Contains(words, ".") {
		words = strings.TrimRight(strings.TrimRight(words, "0"), ".")
	}
	return words
}

// Percent writes a share of 0 to 1 in whole percent: "14 %". What is little but not
// nothing is "1 %", and only what is full is "100 %".
func Percent(share float64) string {
	p := math.Round(share * 100)
	switch {
	case share > 0 && p < 1:
		p = 1
	case share < 1 && p > 99:
		p = 99
	}
	return strconv.Itoa(int(p)) + " %"
}

// Duration writes a span with its two largest units: "41 d 6 h", "1 min 12 s",
// "52 s"; below ten seconds with a decimal: "0.4 s"; below 100 ms: "14 ms".
func Duration(d time.Duration) string {
	switch {
	case d <= 0:
		return "0 s"
	case d < 100*time.Millisecond:
		return strconv.FormatInt(d.Milliseconds(), 10) + " ms"
	case d < 10*time.Second:
		return strings.TrimSuffix(strconv.FormatFloat(d.Truncate(100*time.Millisecond).Seconds(), 'f', 1, 64), ".0") + " s"
	case d < time.Minute:
		return pair(d, time.Second, "s", 0, "")
	case d < time.Hour:
		return pair(d, time.Minute, "min", time.Second, "s")
	case d < 24*time.Hour:
		return pair(d, time.Hour, "h", time.Minute, "min")
	}
	return pair(d, 24*time.Hour, "d", time.Hour, "h")
}

// Brief writes a duration by its largest unit alone, for columns: "41 d", "3 h", "12 min", "40 s".
func Brief(d time.Duration) string {
	switch {
	case d >= 24*time.Hour:
		return strconv.Itoa(int(d/(24*time.Hour))) + " d"
	case d >= time.Hour:
		return strconv.Itoa(int(d/time.Hour)) + " h"
	case d >= time.Minute:
		return strconv.Itoa(int(d/time.Minute)) + " min"
	}
	return strconv.Itoa(int(d/time.Second)) + " s"
}

// Age writes how long ago something was, with its largest unit only: "4 s", "4 min", "3 d".
func Age(d time.Duration) string {
	switch {
	case d < time.Second:
		return "0 s"
	case d < time.Minute:
		return pair(d, time.Second, "s", 0, "")
	case d < time.Hour:
		return pair(d, time.Minute, "min", 0, "")
	case d < 24*time.Hour:
		return pair(d, time.Hour, "h", 0, "")
	}
	return pair(d, 24*time.Hour, "d", 0, "")
}

// pair writes whole units, and what is left of them in the smaller unit unless that is none.
func pair(d, unit time.Duration, name string, small time.Duration, smallName string) string {
	words := strconv.FormatInt(int64(d/unit), 10) + " " + name
	if small == 0 || d%unit < small {
		return words
	}
	return words + " " + strconv.FormatInt(int64(d%unit/small), 10) + " " + smallName
}

// Count writes a number with its noun: "1 container", "3 containers".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// List writes names as in a sentence: "a", "a and b", "a, b and c".
func List[S ~string](names []S) string {
	var b strings.Builder
	for i, name := range names {
		switch i {
		case 0:
		case len(names) - 1:
			b.WriteString(" and ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(string(name))
	}
	return b.String()
}

// Quoted is something typed, as it stands inside a sentence: in quotation marks and not longer than a line.
func Quoted(s string) string {
	const most = 40
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '�'
		}
		return r
	}, s)
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most-1]) + "…"
	}
	return "“" + s + "”"
}

// Capital begins a word of ours with a capital letter.
func Capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// IsOrAre is the verb of n things.
func IsOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

// OneLine is text of the host on one line, at most most characters of it, without a full stop.
func OneLine(s string, most int) string {
	s = strings.TrimRight(strings.Join(strings.Fields(s), " "), ".")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most]) + "…"
}

// Clause is a sentence without its full stop: a title has none.
func Clause(s string) string { return strings.TrimRight(strings.TrimSpace(s), ".") }
