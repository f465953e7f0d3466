package inside

import (
	"regexp"
	"strconv"
	"strings"
)

var assignmentLine = regexp.MustCompile(`^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)=(.*)$`)

// assignment reads a line KEY=VALUE of a shell's syntax, with the value in quotes or not. Nothing
// is run or expanded: $ and ` in a value stay as they are.
func assignment(line string) (key, value string, ok bool) {
	m := assignmentLine.FindStringSubmatch(strings.TrimSuffix(line, "\r"))
	if m == nil {
		return "", "", false
	}
	return m[1], unquoted(m[2]), true
}

// unquoted removes the quotes around a value that is quoted as a whole; any other stays as it is.
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

// unescaped removes the backslashes of text from between double quotes; false where a quote ends it early.
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
