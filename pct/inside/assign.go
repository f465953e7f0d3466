package inside

import (
	"regexp"
	"strconv"
	"strings"
)

var assignmentLine = regexp.MustCompile(`^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)=(.*)$`)

// assignment reads a line KEY=VALUE as shells write it: a value may stand in quotes. It is
// only read, never run: what a shell would put in for $ or ` stays as it stands there.
func assignment(line string) (key, value string, ok bool) {
	m := assignmentLine.FindStringSubmatch(strings.TrimSuffix(line, "\r"))
	if m == nil {
		return "", "", false
	}
	return m[1], unquoted(m[2]), true
}

// unquoted takes the quotes away from a value that stands in them as a whole.
func unquoted(s string) string {
	trimmed := strings.TrimRight(s, " \t")
	n := len(trimmed)
	if n < 2 || trimmed[0] != trimmed[n-1] {
		return s
	}
	inner := trimmed[1 : n-1]
	switch trimmed[0] {
	case '\'':
		if !strings.Contains(inner, "'") {
			return inner
		}
	case '"':
		if text, ok := unescaped(inner); ok {
			return text
		}
	}
	return s
}

// unescaped is what stands between double quotes; false where they end before.
func unescaped(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			return "", false
		case s[i] == '\\' && i+1 == len(s):
			return "", false
		case s[i] == '\\' && strings.IndexByte("\"\\$`", s[i+1]) >= 0:
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String(), true
}

func portText(port uint16) string { return strconv.Itoa(int(port)) }
