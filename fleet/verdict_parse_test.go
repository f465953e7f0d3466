package fleet

import (
	"math/big"
	"strings"
	"testing"

	"berth/proxmox"
)

func TestParseVMID(t *testing.T) {
	for _, c := range []struct {
		typed string
		vmid  int
		why   string
	}{
		{"100", 100, ""},
		{"142", 142, ""},
		{"0142", 142, ""},
		{"999999999", 999999999, ""},
		{"99", 0, "too low"},
		{"0", 0, "too low"},
		{"-1", 0, "too low"},
		{"-100", 0, "too low"},
		{"1000000000", 0, "too high"},
		{"4294967396", 0, "too high"}, // 100 in 32 bits
		{"18446744073709551716", 0, "too high"},
		{strings.Repeat("9", 400), 0, "too high"},
		{"", 0, "not a number"},
		{"-", 0, "not a number"},
		{"+100", 0, "not a number"},
		{"1 00", 0, "not a number"},
		{"12a", 0, "not a number"},
		{"1e3", 0, "not a number"},
		{"0x64", 0, "not a number"},
		{"100.0", 0, "not a number"},
		{"1_000", 0, "not a number"},
		{"١٠٠", 0, "not a number"},
	} {
		if vmid, why := parseVMID(c.typed); vmid != c.vmid || why != c.why {
			t.Errorf("parseVMID(%.30q) = %d, %q; want %d, %q", c.typed, vmid, why, c.vmid, c.why)
		}
	}
}

// What is taken for a VMID is the number that a person reads, and everything else is told apart.
func FuzzParseVMID(f *testing.F) {
	for _, s := range []string{"100", "099", "999999999", "1000000000", "-5", "+5", "", "12a", "18446744073709551716", " 100"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		vmid, why := parseVMID(typed)
		n, isNumber := new(big.Int).SetString(typed, 10)
		isNumber = isNumber && !strings.ContainsAny(typed, "+_")
		var want string
		switch {
		case !isNumber:
			want = "not a number"
		case strings.HasPrefix(typed, "-") || n.Cmp(big.NewInt(proxmox.MinVMID)) < 0:
			want = "too low"
		case n.Cmp(big.NewInt(proxmox.MaxVMID)) > 0:
			want = "too high"
		}
		if why != want {
			t.Fatalf("%q: %q, want %q", typed, why, want)
		}
		if why == "" && int64(vmid) != n.Int64() {
			t.Fatalf("%q is read as %d", typed, vmid)
		}
	})
}
