package vmids_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"

	"berth/fleet/vmids"
)

func openVMIDs(t testing.TB, url string) *vmids.Cache {
	t.Helper()
	v, err := vmids.Open(url)
	mustNot(t, err)
	t.Cleanup(func() { mustNot(t, v.Close()) })
	return v
}

func wantTaken(t *testing.T, v *vmids.Cache, scope string, vmid int, known, taken bool) {
	t.Helper()
	k, got, err := v.Taken(t.Context(), scope, vmid)
	if k != known || got != taken || err != nil {
		t.Errorf("Taken(%s, %d) = known %v, taken %v, %v; want %v, %v", scope, vmid, k, got, err, known, taken)
	}
}

func TestVMIDs(t *testing.T) {
	external := miniredis.RunT(t)
	for about, url := range map[string]string{"embedded": "", "external": "redis://" + external.Addr()} {
		t.Run(about, func(t *testing.T) {
			v := openVMIDs(t, url)
			ctx := t.Context()
			wantTaken(t, v, "s1", 100, false, false)
			mustNot(t, v.Replace(ctx, "s1", []int{100, 999999999}))
			wantTaken(t, v, "s1", 100, true, true)
			wantTaken(t, v, "s1", 999999999, true, true)
			wantTaken(t, v, "s1", 101, true, false)
			wantTaken(t, v, "s2", 100, false, false)

			mustNot(t, v.Replace(ctx, "s1", []int{101}))
			wantTaken(t, v, "s1", 100, true, false)
			wantTaken(t, v, "s1", 101, true, true)
			mustNot(t, v.Replace(ctx, "s1", nil)) // no guests at all is known, too
			wantTaken(t, v, "s1", 101, true, false)
			mustNot(t, v.Drop(ctx, "s1"))
			wantTaken(t, v, "s1", 101, false, false)

			if about == "external" {
				return // which may take 150 ms for what follows, and a slow machine more
			}
			many := make([]int, 20000)
			for i := range many {
				many[i] = 100000 + i
			}
			mustNot(t, v.Replace(ctx, "s1", many))
			wantTaken(t, v, "s1", 119999, true, true)
		})
	}
}

func TestVMIDsExpireAfterFiveMinutes(t *testing.T) {
	server := miniredis.RunT(t)
	v := openVMIDs(t, "redis://"+server.Addr())
	mustNot(t, v.Replace(t.Context(), "s1", []int{100}))
	server.FastForward(5*time.Minute - time.Second)
	wantTaken(t, v, "s1", 100, true, true)
	server.FastForward(time.Second)
	wantTaken(t, v, "s1", 100, false, false)
}

func TestTakenIsOneRoundTrip(t *testing.T) {
	server := miniredis.RunT(t)
	v := openVMIDs(t, "redis://"+server.Addr())
	wantTaken(t, v, "s1", 100, false, false) // connects
	before := server.CommandCount()
	wantTaken(t, v, "s1", 100, false, false)
	if n := server.CommandCount() - before; n != 1 {
		t.Errorf("%d commands, want 1", n)
	}
}

// A Redis that refuses, or takes a connection and then says nothing, costs one attempt and an error.
func TestRedisDownFailsFast(t *testing.T) {
	t.Run("refuses", func(t *testing.T) {
		server := miniredis.RunT(t)
		v := openVMIDs(t, "redis://"+server.Addr())
		wantTaken(t, v, "s1", 100, false, false)
		server.Close()
		wantFailures(t, v)
		mustNot(t, server.Restart())
		wantTaken(t, v, "s1", 100, false, false)
	})
	t.Run("says nothing", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		mustNot(t, err)
		accepted := make(chan int)
		go func() {
			var conns []net.Conn
			for {
				c, err := l.Accept()
				if err != nil {
					break
				}
				conns = append(conns, c)
			}
			for _, c := range conns {
				c.Close()
			}
			accepted <- len(conns)
		}()
		v := openVMIDs(t, "redis://"+l.Addr().String())
		calls := wantFailures(t, v)
		mustNot(t, l.Close())
		if n := <-accepted; n > calls {
			t.Errorf("%d connections for %d calls: it tries again", n, calls)
		}
	})
}

// wantFailures calls everything, each with a bound that a second try would not keep to.
func wantFailures(t *testing.T, v *vmids.Cache) (calls int) {
	t.Helper()
	for name, call := range map[string]func(context.Context) error{
		"Taken":   func(ctx context.Context) error { _, _, err := v.Taken(ctx, "s1", 100); return err },
		"Replace": func(ctx context.Context) error { return v.Replace(ctx, "s1", []int{100}) },
		"Drop":    func(ctx context.Context) error { return v.Drop(ctx, "s1") },
	} {
		start := time.Now()
		if err := call(t.Context()); err == nil {
			t.Errorf("%s: no error from a Redis that is down", name)
		}
		if took := time.Since(start); took > 1500*time.Millisecond {
			t.Errorf("%s took %v", name, took)
		}
		calls++
	}
	return calls
}

func TestVMIDsKeepToTheCallersDeadline(t *testing.T) {
	v := openVMIDs(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := v.Taken(ctx, "s1", 100); err == nil {
		t.Error("answered after the caller went away")
	}
}

func TestEmbeddedRedisOpensNoPort(t *testing.T) {
	before := listening(t)
	v := openVMIDs(t, "")
	wantTaken(t, v, "s1", 100, false, false)
	if after := listening(t); !slices.Equal(before, after) {
		t.Errorf("listening sockets of this process: %v, before %v", after, before)
	}
}

// listening returns the inodes of this process's sockets that accept connections.
func listening(t *testing.T) []string {
	t.Helper()
	const accepting = "0A" // the state LISTEN in /proc/net/tcp
	open := map[string]bool{}
	for _, file := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		data, err := os.ReadFile(file)
		mustNot(t, err)
		for _, line := range strings.Split(string(data), "\n") {
			if f := strings.Fields(line); len(f) > 9 && f[3] == accepting {
				open["socket:["+f[9]+"]"] = true
			}
		}
	}
	entries, err := os.ReadDir("/proc/self/fd")
	mustNot(t, err)
	var own []string
	for _, e := range entries {
		if target, err := os.Readlink(filepath.Join("/proc/self/fd", e.Name())); err == nil && open[target] {
			own = append(own, target)
		}
	}
	slices.Sort(own)
	return own
}

func TestRedisURL(t *testing.T) {
	for url, want := range map[string]error{
		"":                              nil,
		"redis://localhost":             nil,
		"rediss://u:hunter2@h:6379/3":   nil,
		"unix:///run/redis/redis.sock":  nil,
		"localhost:6379":                vmids.ErrURL,
		"http://u:hunter2@host":         vmids.ErrURL,
		"redis://:hunter2@h:port/":      vmids.ErrURL,
		"redis://h/not-a-number":        vmids.ErrURL,
		"redis://u:hunter2@h?unknown=1": vmids.ErrURL,
	} {
		if got := vmids.CheckURL(url); got != want {
			t.Errorf("CheckURL(%q) = %v, want %v", url, got, want)
		}
		v, err := vmids.Open(url)
		if err != want {
			t.Errorf("OpenVMIDs(%q) = %v, want %v", url, err, want)
		}
		if err == nil {
			mustNot(t, v.Close())
		}
	}
}

func BenchmarkTaken(b *testing.B) {
	for _, n := range []int{100, 10000} {
		b.Run(fmt.Sprintf("guests=%d", n), func(b *testing.B) {
			v := openVMIDs(b, "")
			vmids := make([]int, n)
			for i := range vmids {
				vmids[i] = 100 + i
			}
			mustNot(b, v.Replace(b.Context(), "s1", vmids))
			for b.Loop() {
				if _, taken, err := v.Taken(b.Context(), "s1", 150); !taken || err != nil {
					b.Fatal(taken, err)
				}
			}
		})
	}
}

func mustNot(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
