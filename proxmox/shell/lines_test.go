package shell

import (
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// maxLine is the Lines.Max of these tests, in bytes.
const maxLine = 8 << 10

// split writes text in pieces of n bytes and returns the lines.
func split(text string, n int) []string {
	var lines []string
	s := Lines{Max: maxLine, Emit: func(line string) { lines = append(lines, line) }}
	for piece := range slices.Chunk([]byte(text), n) {
		s.Write(piece)
	}
	s.End()
	return lines
}

func TestLinesAreAsATerminalShowsThem(t *testing.T) {
	long := strings.Repeat("x", maxLine)
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"nothing":                       {"", nil},
		"lines":                         {"a\nb\n", []string{"a", "b"}},
		"an empty line":                 {"a\n\nb\n", []string{"a", "", "b"}},
		"no final newline":              {"a\nb", []string{"a", "b"}},
		"Windows' line ends":            {"a\r\nb\r\n", []string{"a", "b"}},
		"progress":                      {"10%\r50%\r100%\ndone\r", []string{"100%", "done"}},
		"progress that clears the line": {"10%\r\x1b[K50%\r\x1b[K\n", []string{"50%"}},
		"colours":                       {"\x1b[1;31mred\x1b[0m and \x1b[38;5;4mblue\x1b[m\n", []string{"red and blue"}},
		"a title":                       {"\x1b]0;title\x07a\x1b]8;;https://x\x1b\\b\n", []string{"ab"}},
		"a character set":               {"\x1b(Ba\x1b=b\n", []string{"ab"}},
		"a broken sequence":             {"a\x1b[3\nb\x1b]0;title\nc\x1b", []string{"a", "b", "c"}},
		"control characters":            {"a\x00\x07\x08b\tc\x7f\n", []string{"ab\tc"}},
		"no UTF-8":                      {"a\xffb\xc3\n", []string{"a?b?"}},
		"a long line":                   {long + "yz\n", []string{long, "yz"}},
		"a long line without an end":    {long + long, []string{long, long}},
		"a character at the break":      {long[1:] + "äz\n", []string{long[1:], "äz"}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, n := range []int{1, 3, 1 << 20} {
				if got := split(c.text, n); !slices.Equal(got, c.want) {
					t.Errorf("in pieces of %d: %q, want %q", n, got, c.want)
				}
			}
		})
	}
}

func FuzzLines(f *testing.F) {
	for _, text := range []string{"a\r\nb", "\x1b[31mred\x1b[0m", "\x1b]0;t\x07x", "ä\xff\x1b", "10%\r20%\n"} {
		f.Add(text, 1)
	}
	f.Fuzz(func(t *testing.T, text string, n int) {
		n = 1 + max(n, -n, 0)%64
		got := split(text, n)
		if whole := split(text, len(text)+1); !slices.Equal(got, whole) {
			t.Fatalf("in pieces of %d %q, at once %q", n, got, whole)
		}
		for _, line := range got {
			if len(line) > maxLine || !utf8.ValidString(line) {
				t.Errorf("the line %q is too long, or no text", line)
			}
			if strings.ContainsFunc(line, func(r rune) bool { return r != '\t' && r < 0x80 && unicode.IsControl(r) }) {
				t.Errorf("the line %q holds a control character", line)
			}
		}
	})
}
