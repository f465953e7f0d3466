package pct

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

// FuzzMarks sends what a real shell makes of a framed program in pieces of any size.
func FuzzMarks(f *testing.F) {
	f.Add("before", "a line\n", uint8(7))
	f.Add("", "\x1eberth", uint8(1))
	f.Add("CT 101 not running\n", "\x1e\x1e", uint8(255))
	f.Fuzz(func(t *testing.T, before, said string, size uint8) {
		if len(before) > noise {
			t.Skip("refused by its size")
		}
		var got bytes.Buffer
		m := newMarked(&got, newRoom(0))
		sent := before + string(m.begin) + said + string(m.end) + "42\nafter"
		for i := 0; i < len(sent); {
			n := min(int(size)+1, len(sent)-i)
			if _, err := m.Write([]byte(sent[i : i+n])); err != nil {
				t.Fatal(err)
			}
			i += n
		}
		if !m.ended || m.exit != 42 || got.String() != said+"after" {
			t.Errorf("ended %t with %d, passed on %q", m.ended, m.exit, got.String())
		}
		if want := before[max(0, len(before)-maxSaid):]; m.before.String() != want {
			t.Errorf("before it came %q, want %q", m.before.String(), want)
		}
	})
}

func TestAProgramThatDoesNotArriveWholeDoesNothing(t *testing.T) {
	t.Parallel()
	begin, err := Detached{ID: "cut", Name: "site", Script: "echo ran"}.begin()
	if err != nil {
		t.Fatal(err)
	}
	whole := newMarked(nil, newRoom(0)).frame("echo ran\n" + strings.ReplaceAll(begin, "/run/berth", t.TempDir()))
	for n := 0; n < len(whole)-len("}\n"); n += 7 {
		cmd := exec.CommandContext(t.Context(), "/bin/sh", "-s")
		cmd.Stdin = strings.NewReader(whole[:n])
		if out, _ := cmd.Output(); len(out) != 0 {
			t.Fatalf("of %d bytes, the first %d wrote %q", len(whole), n, out)
		}
	}
}

func TestTheProgramsOfRunsPassShellcheck(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Skip("LEFT OUT: there is no shellcheck on this machine (apt-get install shellcheck)")
	}
	before := runPrelude + newNotes(nil).function() + "berth_found=/run/x reader=x out=0 err=0 first=yes dir=/run/x\n"
	for name, program := range map[string]string{"keep": keepProgram, "path": before + findPath, "read": before + livesProgram + readProgram, "end": before + livesProgram + endProgram} {
		cmd := exec.CommandContext(t.Context(), path, "-s", "sh", "-S", "warning", "-e", "SC2034", "-")
		cmd.Stdin = strings.NewReader(program)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
