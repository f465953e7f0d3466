package proxmox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Proxmox is written in Perl, where a value is a number or a string by the way
// it was last used: the same key comes as 4, "4" or not at all, a truth as 1,
// "1" or true. The types of this file read them all.

// number reads a JSON number, the same as a string, a truth (1 or 0), and null or "" as 0.
type number float64

func (n *number) UnmarshalJSON(b []byte) error {
	s, err := scalar(b)
	if err != nil {
		return err
	}
	switch s {
	case "", "null", "false":
		*n = 0
		return nil
	case "true":
		*n = 1
		return nil
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(f) {
		return fmt.Errorf("not a number: %.40q", s)
	}
	*n = number(f)
	return nil
}

// int is n as a whole number, bounded so that every machine converts it alike.
func (n number) int() int {
	return int(min(max(float64(n), math.MinInt32), math.MaxInt32))
}

// bytes is n as a count of bytes, never negative.
func (n number) bytes() uint64 {
	return uint64(min(max(float64(n), 0), 1<<62))
}

// share is n between 0 and 1.
func (n number) share() float64 {
	return min(max(float64(n), 0), 1)
}

// seconds is n as a duration, never negative.
func (n number) seconds() time.Duration {
	return time.Duration(min(max(float64(n), 0), 1<<32)) * time.Second
}

// time is n, seconds since 1970, as a point in time; zero for 0.
func (n number) time() time.Time {
	if n <= 0 {
		return time.Time{}
	}
	return time.Unix(int64(min(float64(n), 1<<40)), 0)
}

// truth reads 1, "1", true and "true" as true, and everything else as false.
type truth bool

func (t *truth) UnmarshalJSON(b []byte) error {
	s, err := scalar(b)
	if err != nil {
		return err
	}
	*t = s == "1" || s == "true"
	return nil
}

// text reads a string, or a number as it is written; null is "".
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	s, err := scalar(b)
	if err != nil {
		return err
	}
	if s == "null" && b[0] != '"' {
		s = ""
	}
	*t = text(s)
	return nil
}

// words is a list in one string, separated as PVE::Tools::split_list has it:
// by commas, semicolons and white space. Sorted, each once.
func (t text) words() []string {
	list := strings.FieldsFunc(string(t), func(r rune) bool {
		return r == ',' || r == ';' || r == 0 || r == ' ' || r == '\t' || r == '\n' || r == '\r'
	})
	if len(list) == 0 {
		return nil
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// scalar is the value of a JSON string, or a number, truth or null as it is written.
func scalar(b []byte) (string, error) {
	if len(b) == 0 {
		return "", nil
	}
	switch b[0] {
	case '{', '[':
		return "", fmt.Errorf("a value, not %.40q", b)
	case '"':
		if bytes.IndexByte(b, '\\') < 0 && utf8.Valid(b) {
			return string(b[1 : len(b)-1]), nil
		}
		var s string
		err := json.Unmarshal(b, &s)
		return s, err
	}
	return string(b), nil
}
