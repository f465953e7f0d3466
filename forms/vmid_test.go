package forms

import (
	"strings"
	"testing"

	"berth/proxmox"
)

// Whatever is no VMID is told apart: that it is no number, too low or too high.
func TestWhatIsWrongWithAVMIDIsSaid(t *testing.T) {
	for typed, want := range map[string]string{
		"100": "", "0142": "", "999999999": "",
		"99": "too low", "0": "too low", "-1": "too low", "-100": "too low",
		"1000000000": "too high", "4294967396": "too high", "18446744073709551716": "too high", strings.Repeat("9", 400): "too high",
		"-": "not a whole number", "+100": "not a whole number", "1 00": "not a whole number", "12a": "not a whole number", "1e3": "not a whole number",
		"0x64": "not a whole number", "100.0": "not a whole number", "1_000": "not a whole number", "١٠٠": "not a whole number",
	} {
		if got := checkVMID(typed); (want == "") != (got == "") || !strings.Contains(got, want) {
			t.Errorf("%.30q: %q, want %q", typed, got, want)
		}
	}
}

// A form takes the VMIDs that all of Berth takes, and no other.
func FuzzCheckVMID(f *testing.F) {
	for _, s := range []string{"100", "099", "999999999", "1000000000", "-5", "+5", "", "12a", "18446744073709551716", " 100"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		if _, ok := proxmox.ParseVMID(typed); ok != (checkVMID(typed) == "") {
			t.Fatalf("%q: %t, and the form says %q", typed, ok, checkVMID(typed))
		}
	})
}
