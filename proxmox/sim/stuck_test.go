package sim_test

import (
	"context"
	"io"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"berth/pct"
	"berth/proxmox"
	"berth/proxmox/sim"
)

// stuck lists ways for a host to answer nothing any more while its connection stays open.
var stuck = map[string]func(*sim.SSH){
	"it is frozen":        (*sim.SSH).Freeze,
	"it opens no session": (*sim.SSH).OpenNone,
	"it runs nothing":     func(s *sim.SSH) { s.Play(sim.SSHFault{Hang: true, Times: 1 << 10}) },
}

// soon bounds a wait in these tests: well above the callers' own limits, and well below the time after which a host is
// given up.
const soon = 3 * time.Second

// Whoever waits for a stuck host does so for as long as they like to, and takes nobody's place.
func TestNobodyWaitsForAStuckHostLongerThanTheyLike(t *testing.T) {
	for name, stick := range stuck {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAshore(t)
			h := a.host(nil)
			if _, out, _, err := run(t, h, 100, "echo here"); out != "here\n" || err != nil {
				t.Fatal(out, err)
			}
			stick(a.server)
			t.Cleanup(a.server.Thaw)
			begun := time.Now()
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			var asking sync.WaitGroup
			for range 10 {
				asking.Go(func() {
					_, err := h.Run(ctx, pct.Run{ID: "r1", VMID: 100, Script: "true", Limit: time.Minute, Stdout: io.Discard, Stderr: io.Discard})
					if proxmox.KindOf(err) != proxmox.KindTimeout {
						t.Errorf("a script: %v", err)
					}
				})
			}
			asking.Go(func() {
				l := detached("", io.Discard)
				if _, err := h.Attend(ctx, l); proxmox.KindOf(err) != proxmox.KindTimeout {
					t.Errorf("a look: %v", err)
				}
			})
			asking.Go(func() {
				if err := h.Kill(ctx, 100, "r1"); proxmox.KindOf(err) != proxmox.KindTimeout {
					t.Errorf("a kill: %v", err)
				}
			})
			if name != "it runs nothing" { // which it says by its exit status, or not at all
				asking.Go(func() {
					if _, err := h.ForcedCommand(ctx); proxmox.KindOf(err) != proxmox.KindTimeout {
						t.Errorf("a test: %v", err)
					}
				})
				asking.Go(func() {
					if _, err := h.Enter(ctx, 100, pct.WindowSize{}); proxmox.KindOf(err) != proxmox.KindTimeout {
						t.Errorf("a console: %v", err)
					}
				})
			}
			asking.Wait()
			if took := time.Since(begun); took > soon {
				t.Errorf("they waited for %v", took)
			}
			a.server.PlayNone()
			a.server.Thaw()
			if _, out, _, err := run(t, h, 100, "echo again"); out != "again\n" || err != nil {
				t.Errorf("once it goes on: %q, %v", out, err)
			}
		})
	}
}

func TestAStuckHostDoesNotHoldUpItsEnd(t *testing.T) {
	for name, stick := range stuck {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := newAshore(t)
			h := a.host(nil)
			terminal, err := h.Enter(t.Context(), 100, pct.WindowSize{})
			if err != nil {
				t.Fatal(err)
			}
			stick(a.server)
			t.Cleanup(a.server.Thaw)
			asked := make(chan error, 1)
			go func() {
				_, err := h.Run(t.Context(), pct.Run{ID: "r1", VMID: 100, Script: "true", Limit: time.Minute, Stdout: io.Discard, Stderr: io.Discard})
				asked <- err
			}()
			begun := time.Now()
			if err := h.Close(); err != nil {
				t.Error(err)
			}
			if err := <-asked; err == nil {
				t.Error("the script was run")
			}
			if _, err := io.Copy(io.Discard, terminal); err != nil {
				t.Error(err)
			}
			if took := time.Since(begun); took > soon {
				t.Errorf("it took %v", took)
			}
		})
	}
}

// A host that takes connections and opens no session is told as such, and not asked for good.
func TestAHostThatOpensNoSession(t *testing.T) {
	t.Parallel()
	a := newAshore(t)
	h := a.host(func(c *pct.HostConfig) { c.Patience = 50 * time.Millisecond })
	a.server.OpenNone()
	if _, err := h.ForcedCommand(t.Context()); proxmox.KindOf(err) != proxmox.KindNoSession {
		t.Errorf("a test: %v", err)
	}
	if _, _, _, err := run(t, h, 100, "true"); proxmox.KindOf(err) != proxmox.KindNoSession {
		t.Errorf("a script: %v", err)
	}
	if _, err := h.Enter(t.Context(), 100, pct.WindowSize{}); proxmox.KindOf(err) != proxmox.KindNoSession {
		t.Errorf("a console: %v", err)
	}
	a.server.Thaw()
	if _, out, _, err := run(t, h, 100, "echo here"); out != "here\n" || err != nil {
		t.Errorf("once it does: %q, %v", out, err)
	}
}

// A terminal that is closed waits for nobody, whatever its host does.
func TestATerminalOfAStuckHostIsClosed(t *testing.T) {
	t.Parallel()
	a := newAshore(t)
	h := a.host(nil)
	a.server.Play(sim.SSHFault{Times: 1, Shell: func(c ssh.Channel) int {
		a.server.Freeze()
		_, _ = c.Write([]byte("nobody hears it"))
		return 0
	}})
	terminal, err := h.Enter(t.Context(), 100, pct.WindowSize{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.server.Thaw)
	begun := time.Now()
	var working sync.WaitGroup
	working.Go(func() { _, _ = io.Copy(io.Discard, terminal) }) // to its end
	working.Go(func() { _, _ = terminal.Write(make([]byte, 8<<20)) })
	terminal.Resize(pct.WindowSize{Columns: 100, Rows: 30})
	terminal.Close()
	working.Wait()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := terminal.Wait(ctx); err == nil {
		t.Error("it has ended well")
	}
	if took := time.Since(begun); took > soon {
		t.Errorf("it took %v", took)
	}
}

// What freezes the server while it is stopped does not hold it up.
func TestAServerThatIsFrozenAsItStops(t *testing.T) {
	t.Parallel()
	a := newAshore(t)
	h := a.host(nil)
	asked := make(chan struct{})
	a.server.Play(sim.SSHFault{Times: 1, Shell: func(c ssh.Channel) int {
		close(asked)
		_, _ = io.Copy(io.Discard, c) // until the server is stopped
		a.server.Freeze()
		return 255
	}})
	terminal, err := h.Enter(t.Context(), 100, pct.WindowSize{})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	<-asked
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		a.server.Stop()
	}()
	select {
	case <-stopped:
	case <-time.After(time.Minute):
		t.Fatal("it does not end")
	}
}
