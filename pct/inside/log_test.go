package inside

import (
	"strings"
	"testing"
)

func FuzzLogReader(f *testing.F) {
	f.Add("M journal\n\x1b[31mred\nM file /x\n")
	f.Add("no source\n")
	f.Fuzz(func(t *testing.T, out string) {
		sources := 0
		r := newReader("M", func(s Source) { sources++; shown(t, s.File) }, func(line string) {
			if strings.ContainsAny(line, "\n\x1b\u202e\u2028") || len(line) > maxLogLine {
				t.Errorf("the line %q", line)
			}
		})
		if _, err := r.Write([]byte(out)); err != nil {
			t.Error(err)
		}
		r.split.End()
		if sources > 1 {
			t.Errorf("%d sources", sources)
		}
	})
}
