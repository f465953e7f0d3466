package proxmox

import (
	"math/big"
	"strings"
	"testing"
)

func TestParseVMID(t *testing.T) {
	for typed, want := range map[string]int{
		"100": 100, "142": 142, "0142": 142, "999999999": 999999999,
		"99": 0, "0": 0, "-1": 0, "-100": 0, // too low
		"1000000000": 0, "4294967396": 0 /* 100 in 32 bits */, "18446744073709551716": 0, strings.Repeat("9", 400): 0, // too high
		"": 0, "-": 0, "+100": 0, "1 00": 0, " 100": 0, "12a": 0, "1e3": 0, "0x64": 0, "100.0": 0, "1_000": 0, "١٠٠": 0, // no numbers
	} {
		if vmid, ok := ParseVMID(typed); vmid != want || ok != (want != 0) {
			t.Errorf("ParseVMID(%.30q) = %d, %t; want %d", typed, vmid, ok, want)
		}
	}
}

// What is taken for a VMID is the number that a person reads, if Proxmox takes it.
func FuzzParseVMID(f *testing.F) {
	for _, s := range []string{"100", "099", "999999999", "1000000000", "-5", "+5", "", "12a", "18446744073709551716", " 100"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		vmid, ok := ParseVMID(typed)
		n, isNumber := new(big.Int).SetString(typed, 10)
		if want := isNumber && !strings.ContainsAny(typed, "-+_") && n.Cmp(big.NewInt(MinVMID)) >= 0 && n.Cmp(big.NewInt(MaxVMID)) <= 0; ok != want {
			t.Fatalf("%q: %t, want %t", typed, ok, want)
		}
		if ok && int64(vmid) != n.Int64() {
			t.Fatalf("%q is read as %d", typed, vmid)
		}
	})
}
