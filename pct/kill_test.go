package pct_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"berth/pct"
	"berth/proxmox"
)

// began waits until a script has said that it began, and returns its process group.
func began(t *testing.T, r io.Reader) string {
	t.Helper()
	line := make([]byte, 32)
	n, err := r.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(line[:n]))
}

// gone tells whether a process group's leader has ended. A zombie counts as ended.
func gone(group string) bool {
	stat, err := os.ReadFile("/proc/" + group + "/stat")
	return err != nil || bytes.Contains(stat, []byte(") Z "))
}

func TestARunIsKilledWithAllThatItStarted(t *testing.T) {
	t.Parallel()
	isKilled(t, newSSHD(t).host(), 100)
}

// Alpine's containers have busybox's shell and commands.
func TestARunOfBusyboxIsKilledWithAllThatItStarted(t *testing.T) {
	t.Parallel()
	s := newSSHD(t)
	s.busybox()
	h := s.host()
	exit, stdout, _, err := run(t, h, pct.Run{VMID: 103, Script: "echo $A; cat --help 2>&1 | grep -o BusyBox; exit 3", Env: []string{"A=it's"}})
	if err != nil || exit != 3 || stdout != "it's\nBusyBox\n" {
		t.Fatalf("exit %d, %q, %v", exit, stdout, err)
	}
	isKilled(t, h, 103)
}

// Between a script's first process and its session lies a moment, which is long on a busy host.
func TestAScriptWhoseSessionComesLate(t *testing.T) {
	t.Parallel()
	s := newSSHD(t)
	begun, ran := filepath.Join(s.dir, "begun"), filepath.Join(s.dir, "ran")
	late := func(seconds string) {
		text := "#!/bin/sh\necho >" + begun + "\nsleep " + seconds + "\nexec setsid \"$@\"\n"
		if err := os.WriteFile(filepath.Join(s.dir, "late"), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	h := s.host()
	late("0.4")
	var out bytes.Buffer
	state, err := h.Start(t.Context(), detached(pct.Detached{ID: "read", VMID: 106, Script: "echo here; exit 3", Stdout: &out}))
	if want := (pct.RunState{Ended: true, Exit: 3}); err != nil || state != want || out.String() != "here\n" {
		t.Errorf("%+v, %q, %v", state, &out, err)
	}

	late("60")
	if err := os.Remove(begun); err != nil {
		t.Fatal(err)
	}
	ended := make(chan pct.RunState, 1)
	go func() {
		state, _ := h.Start(t.Context(), detached(pct.Detached{ID: "killed", VMID: 106, Script: "echo >" + ran}))
		ended <- state
	}()
	for !exists(begun) {
		time.Sleep(10 * time.Millisecond)
	}
	if err := h.Kill(t.Context(), 106, "killed"); err != nil {
		t.Error(err)
	}
	if left := commands(t, s.dir+"/late"); left != nil {
		t.Errorf("still there: %q", left)
	}
	if state := <-ended; state.Ended && state.Exit < 128 || exists(ran) { // or unknown: nothing was there to write how it ended
		t.Errorf("it went on after it was killed: %+v", state)
	}
}

// commands returns the command lines of this machine's processes that contain a word.
func commands(t *testing.T, word string) (found []string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		line, err := os.ReadFile(file)
		if err == nil && bytes.Contains(line, []byte(word)) {
			found = append(found, string(line))
		}
	}
	return found
}

// isKilled begins as many runs at once as a host has sessions for, and kills them: Kill has sessions of its own.
func isKilled(t *testing.T, h *pct.Host, vmid int) {
	t.Helper()
	for name, script := range map[string]string{
		"one that listens":              "echo $$; sleep 300 & sleep 300",
		"one that does not want":        "trap '' TERM; echo $$; while :; do sleep 1; done # 300",
		"one in the background":         "echo $$; sleep 300 & wait",
		"one with a session of its own": "echo $$; setsid sleep 300 & wait",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, w := io.Pipe()
			id := strings.ReplaceAll(name, " ", "-")
			token := strconv.Itoa(1_000_000 + rand.IntN(1_000_000_000))
			script = strings.ReplaceAll(script, "300", token)
			type end struct {
				pct.RunState
				err error
			}
			ended := make(chan end, 1)
			go func() {
				state, err := h.Start(t.Context(), detached(pct.Detached{ID: id, VMID: vmid, Script: script, Limit: time.Minute, Stdout: w}))
				w.CloseWithError(fmt.Errorf("it never began: %+v, %w", state, err))
				ended <- end{state, err}
			}()
			began(t, r)
			if err := h.Kill(t.Context(), vmid, id); err != nil {
				t.Error(err)
			}
			if e := <-ended; e.err != nil || !e.Ended || e.Exit < 128 {
				t.Errorf("%+v", e)
			}
			if left := commands(t, token); left != nil {
				t.Errorf("still there: %q", left)
			}
			if err := h.Kill(t.Context(), vmid, id); err != nil {
				t.Errorf("once more: %v", err)
			}
		})
	}
	if err := h.Kill(t.Context(), vmid, "never-there"); err != nil {
		t.Errorf("what is not there: %v", err)
	}
	if state, _, _, err := attend(t, h, pct.Detached{ID: "never-there", VMID: vmid}); err != nil || state != (pct.RunState{}) {
		t.Errorf("what is not there: %+v, %v", state, err)
	}
}

func TestARunEndsAtItsLimit(t *testing.T) {
	t.Parallel()
	h := newSSHD(t).host()
	_, stdout, _, err := run(t, h, pct.Run{Script: "echo $$; sleep 300", Limit: time.Second})
	if proxmox.KindOf(err) != proxmox.KindTimeout {
		t.Fatalf("%v", err)
	}
	if !gone(strings.TrimSpace(stdout)) {
		t.Error("it is still there")
	}
}

func TestARunLeavesNothingBehind(t *testing.T) {
	t.Parallel()
	s := newSSHD(t)
	h := s.host()
	if exit, stdout, _, err := run(t, h, pct.Run{ID: "brief", Script: "echo here; exit 3"}); exit != 3 || stdout != "here\n" || err != nil {
		t.Errorf("exit %d, %q, %v", exit, stdout, err)
	}
	left, err := filepath.Glob(filepath.Join(s.dir, "run", "*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}
