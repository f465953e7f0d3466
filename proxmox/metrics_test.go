package proxmox

import (
	"encoding/json"
	"math"
	"testing"
)

// A metric that came from a host is NoMetric or one that can be drawn.
func FuzzMetric(f *testing.F) {
	for _, s := range []string{`1`, `"1.5e3"`, `0`, `-1`, `null`, `""`, `"nan"`, `"inf"`, `1e999`, `true`, `"0x1p-2"`, `{}`, `[1]`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var v metric
		if json.Unmarshal([]byte(s), &v) != nil {
			return
		}
		if got := v.float(); got != NoMetric && (got < 0 || math.IsNaN(got) || math.IsInf(got, 0)) {
			t.Errorf("%q is %v", s, got)
		}
	})
}
