package human

import (
	"testing"
	"time"
)

func TestBytes(t *testing.T) {
	const mib, gib = 1 << 20, 1 << 30
	for n, want := range map[uint64]string{
		0: "0 B", 1: "1 B", 1023: "1023 B", 1024: "1 KiB", 1536: "1.5 KiB",
		512 * mib: "512 MiB", 1023*mib + mib - 1: "1 GiB", gib: "1 GiB", 2 * gib: "2 GiB",
		1932735283: "1.8 GiB", 412*gib + gib/2: "412 GiB", 3408486046106: "3.1 TiB",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
}

func TestBytesOf(t *testing.T) {
	const mib, gib = 1 << 20, 1 << 30
	for _, c := range []struct {
		used, total uint64
		want        string
	}{
		{148 * mib, 512 * mib, "148 of 512 MiB"},
		{1932735283, 4 * gib, "1.8 of 4 GiB"},
		{64 * mib, gib, "64 MiB of 1 GiB"},
		{0, 8 * gib, "0 of 8 GiB"},
		{0, 0, "0 of 0 B"},
		{8 * gib, 8 * gib, "8 of 8 GiB"},
	} {
		if got := BytesOf(c.used, c.total); got != c.want {
			t.Errorf("BytesOf(%d, %d) = %q, want %q", c.used, c.total, got, c.want)
		}
	}
}

func TestPercent(t *testing.T) {
	for share, want := range map[float64]string{0: "0 %", 0.001: "1 %", 0.144: "14 %", 0.999: "99 %", 1: "100 %", 1.5: "150 %"} {
		if got := Percent(share); got != want {
			t.Errorf("Percent(%v) = %q, want %q", share, got, want)
		}
	}
}

func TestDuration(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		-time.Second: "0 s", 0: "0 s", 14 * time.Millisecond: "14 ms", 400 * time.Millisecond: "0.4 s", 2 * time.Second: "2 s",
		9960 * time.Millisecond: "9.9 s", 52 * time.Second: "52 s", 72 * time.Second: "1 min 12 s", 4 * time.Minute: "4 min",
		time.Hour + 59*time.Second: "1 h", 25 * time.Hour: "1 d 1 h", 41*day + 6*time.Hour: "41 d 6 h",
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestAge(t *testing.T) {
	for d, want := range map[time.Duration]string{0: "0 s", 4 * time.Second: "4 s", 299 * time.Second: "4 min", 5 * time.Hour: "5 h", 80 * time.Hour: "3 d"} {
		if got := Age(d); got != want {
			t.Errorf("Age(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestList(t *testing.T) {
	for _, c := range []struct {
		names []string
		want  string
	}{{nil, ""}, {[]string{"a"}, "a"}, {[]string{"a", "b"}, "a and b"}, {[]string{"a", "b", "c"}, "a, b and c"}} {
		if got := List(c.names); got != c.want {
			t.Errorf("List(%q) = %q, want %q", c.names, got, c.want)
		}
	}
}

func TestGiB(t *testing.T) {
	t.Parallel()
	for want, n := range map[string]uint64{"0": 0, "0.04": 40 << 20, "0.1": 100 << 20, "0.5": 512 << 20, "1": 1 << 30, "1.8": 1843 << 20, "99.9": 1023 << 30 / 1024 * 100, "212": 212 << 30, "1024": 1 << 40} {
		if got := GiB(n); got != want {
			t.Errorf("%d is %q, want %q", n, got, want)
		}
	}
}

func TestBrief(t *testing.T) {
	t.Parallel()
	for want, d := range map[string]time.Duration{"0 s": 0, "40 s": 40 * time.Second, "12 min": 12*time.Minute + 59*time.Second, "3 h": 3*time.Hour + 59*time.Minute, "41 d": 41*24*time.Hour + 3*time.Hour} {
		if got := Brief(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
