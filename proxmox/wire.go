package proxmox

import (
	"bytes"
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Proxmox is written in Perl, where a value is a number or a string by its last
// use: the same key comes as 4, "4" or not at all, a boolean as 1, "1" or true,
// and what was never measured as "-", "" or null. The types of this file read all
// of them and never fail: an odd value leaves its field unchanged, and does not
// cost the entry or the answer that it is in.

// number reads a JSON number, a number in a string, and a boolean (1 or 0).
// Everything else leaves it unchanged.
type number float64

func (n *number) UnmarshalJSON(b []byte) error {
	s, ok := scalar(b)
	switch {
	case !ok:
	case s == "true":
		*n = 1
	case s == "false":
		*n = 0
	default:
		if f, err := strconv.ParseFloat(strings.TrimSpace(s), 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			*n = number(f)
		}
	}
	return nil
}

// int is n as a whole number, bounded so that every machine converts it alike.
func (n number) int() int {
	return int(min(max(float64(n), math.MinInt32), math.MaxInt32))
}

// vmid is n as a VMID; 0 for what cannot be one.
func (n number) vmid() int {
	if n < MinVMID || n > MaxVMID || n != number(math.Trunc(float64(n))) {
		return 0
	}
	return int(n)
}

// bytes is n as a count of bytes, never negative.
func (n number) bytes() uint64 {
	return uint64(min(max(float64(n), 0), 1<<62))
}

// share is n bounded to 0 to 1.
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

// truth reads 1, "1", true, "true" and other numbers than 0 as true, and 0,
// "0", "", false and null as false. Everything else leaves it unchanged.
type truth bool

func (t *truth) UnmarshalJSON(b []byte) error {
	s, ok := scalar(b)
	if !ok {
		return nil
	}
	switch s {
	case "true":
		*t = true
	case "", "null", "false":
		*t = false
	default:
		if f, err := strconv.ParseFloat(strings.TrimSpace(s), 64); err == nil {
			*t = f != 0
		}
	}
	return nil
}

// text reads a string, or a number as it is written; null is "". Lists and
// objects leave it unchanged.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	s, ok := scalar(b)
	if !ok {
		return nil
	}
	if s == "null" && b[0] != '"' {
		s = ""
	}
	*t = text(s)
	return nil
}

// words splits a list in one string as PVE::Tools::split_list does: at commas,
// semicolons and white space. The result is sorted and has each word once.
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

// scalar returns the value of a JSON string, or a number, boolean or null as it is
// written; false for a list or an object.
func scalar(b []byte) (s string, ok bool) {
	if len(b) == 0 {
		return "", true
	}
	switch b[0] {
	case '{', '[':
		return "", false
	case '"':
		if bytes.IndexByte(b, '\\') < 0 && utf8.Valid(b) {
			return string(b[1 : len(b)-1]), true
		}
		return s, json.Unmarshal(b, &s) == nil
	}
	return string(b), true
}

// unmarshal reads the data of an answer into out. A list's entry of the wrong form
// becomes one without values, and a value of the wrong form stays empty. It fails
// when data as a whole, or every entry of its list, has another form than out: such
// an answer is not Proxmox's.
func unmarshal(data []byte, out any) error {
	err := json.Unmarshal(data, out)
	if _, odd := errors.AsType[*json.UnmarshalTypeError](err); odd && sameForm(data, out) {
		return nil // encoding/json has read the rest
	}
	return err
}

// sameForm tells whether data is a list with an object in it where out points to
// a list, and an object where it points to a struct or a map.
func sameForm(data []byte, out any) bool {
	switch reflect.TypeOf(out).Elem().Kind() {
	case reflect.Slice:
		var entries []json.RawMessage
		return json.Unmarshal(data, &entries) == nil && slices.ContainsFunc(entries, isObject)
	case reflect.Struct, reflect.Map:
		return isObject(data)
	}
	return false
}

func isObject(data json.RawMessage) bool {
	return bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{"))
}
