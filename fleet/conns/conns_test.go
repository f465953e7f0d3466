package conns

import (
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

	"berth/pct"
	"berth/proxmox/sim"
	"berth/store"
	"berth/store/storetest"
)

// patience bounds a test's wait for something that must happen.
const patience = 40 * time.Second

// world is a Pool over a store.
type world struct {
	*Pool
	t  *testing.T
	db *store.Store
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, db: storetest.Open(t)}
	w.Pool = New(w.db, time.Now)
	t.Cleanup(func() { w.must(w.Pool.Close()) })
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// addNode keeps a record of a node whose host is not there.
func (w *world) addNode(name string) store.Node {
	w.t.Helper()
	n, err := w.db.AddNode(store.Node{UserID: "ada", Name: name, Host: "127.0.0.1", Port: 1, TokenID: "ada@pve!berth", Member: name}, "secret of "+name)
	w.must(err)
	return n
}

// set gives a node other settings of SSH.
func (w *world) set(n store.Node, set store.SSHSettings) store.Node {
	w.t.Helper()
	n, err := w.db.SetSSH(n.UserID, n.ID, set)
	w.must(err)
	return n
}

func (w *world) host(n store.Node) *pct.Host {
	w.t.Helper()
	h, err := w.Host(n)
	w.must(err)
	return h
}

// within fails the test when something is not done for as long as a test waits.
func (w *world) within(what string, do func()) {
	w.t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); do() }()
	select {
	case <-done:
	case <-time.After(patience):
		w.t.Errorf("never came to an end: %s", what)
	}
}

func TestAClientIsSharedUntilTheSettingsChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.addNode("tower")
	first, _, err := w.Client(n.ID)
	w.must(err)
	var asking sync.WaitGroup
	for range 10 {
		asking.Go(func() {
			if c, got, err := w.Client(n.ID); c != first || got.ID != n.ID || err != nil {
				t.Errorf("another client, of %q, %v", got.ID, err)
			}
		})
	}
	asking.Wait()
	w.DropClient(n.ID)
	if c, _, err := w.Client(n.ID); c == first || err != nil {
		t.Errorf("the client of the settings before, %v", err)
	}
	w.must(w.db.DeleteNode(n.UserID, n.ID))
	if _, _, err := w.Client(n.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of a node that was deleted: %v", err)
	}
}

// Who read the settings before they changed does not bring them back.
func TestWhatWasReadBeforeADropIsNotShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.set(w.addNode("tower"), store.SSHSettings{HostKey: "SHA256:one"})
	_, drops := w.client(n.ID)
	old, err := w.newClient(n)
	w.must(err)
	w.DropClient(n.ID)
	if _, current := w.share(n.ID, old, drops); current {
		t.Error("the client of the settings before is shared")
	}
	if c, _, err := w.Client(n.ID); c == old || err != nil {
		t.Errorf("the client of the settings before, %v", err)
	}
	way, err := w.newHost(n, "127.0.0.1:22")
	w.must(err)
	if h, over, current := w.shareHost(n.ID, sharedHost{Host: way}, drops); h != nil || over != way || current {
		t.Error("the way to the host before is shared, or is not to be closed")
	}
	w.must(way.Close())
}

func TestAWayToAHostIsSharedUntilItsSettingsChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	n := w.set(w.addNode("tower"), store.SSHSettings{HostKey: "SHA256:one"})
	first := w.host(n)
	if w.host(n) != first {
		t.Error("two ways to one host")
	}
	n = w.set(n, store.SSHSettings{HostKey: "SHA256:two"})
	second := w.host(n)
	if second == first {
		t.Error("the host key that is trusted no more is still in use")
	}
	w.must(w.DropHost(n.ID))
	if w.host(n) == second {
		t.Error("the way to a host that was removed is still there")
	}
	w.must(w.Pool.Close())
	if _, err := w.Host(n); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after the end: %v", err)
	}
}

// A node's key is made when it is first needed, and that waits for whoever writes.
func TestNobodyWaitsWhileAnothersKeyIsMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kept, without := w.addNode("kept"), w.addNode("without")
	client, _, err := w.Client(kept.ID)
	w.must(err)
	host := w.host(kept)
	draft, err := w.db.NewDraft("ada", nil)
	w.must(err)

	writing, goOn := make(chan struct{}), make(chan struct{})
	var busy sync.WaitGroup
	defer busy.Wait()
	letGo := sync.OnceFunc(func() { close(goOn) })
	defer letGo()
	busy.Go(func() {
		_, err := w.db.UpdateDraft("ada", draft.ID, func(*store.Draft) error { close(writing); <-goOn; return nil })
		if err != nil {
			t.Error(err)
		}
	})
	<-writing
	busy.Go(func() { w.host(without) })
	w.within("what needs nothing new", func() {
		for range 1000 { // until the other waits
			if h, err := w.Host(kept); h != host || err != nil {
				t.Errorf("another way to the host, %v", err)
			}
			if c, _, err := w.Client(kept.ID); c != client || err != nil {
				t.Errorf("another client, %v", err)
			}
			w.State(kept.ID)
		}
	})
}

// stuck takes what a program says, and does not go on before it is let.
type stuck struct {
	once        sync.Once
	began, goOn chan struct{}
}

func (s *stuck) Write(p []byte) (int, error) {
	s.once.Do(func() { close(s.began) })
	<-s.goOn
	return len(p), nil
}

// What is still under way at a host whose settings change holds up nobody at another.
func TestAWayThatEndsSlowlyHoldsUpNoOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cluster := sim.New(sim.Config{Members: []string{"pve1"}})
	t.Cleanup(cluster.Close)
	cluster.Add(sim.Guest{VMID: 101, Status: "running"})
	shore, err := cluster.ServeSSH("pve1")
	w.must(err)
	shore.AllowAny()
	set := store.SSHSettings{Host: "127.0.0.1", Port: shore.Port, HostKey: shore.HostKey()}
	n, other := w.set(w.addNode("pve1"), set), w.addNode("pve2")
	host := w.host(n)

	said := &stuck{began: make(chan struct{}), goOn: make(chan struct{})}
	var running sync.WaitGroup
	running.Go(func() {
		// Its connection is closed under it, unless it has ended before.
		_, _ = host.Run(t.Context(), pct.Run{ID: "r1", VMID: 101, Script: "echo hello", Limit: time.Minute, Stdout: said, Stderr: io.Discard})
	})
	<-said.began
	set.User = "admin"
	n = w.set(n, set)
	running.Go(func() {
		if _, err := w.Host(n); err != nil {
			t.Error(err)
		}
	})
	w.within("the way to another host", func() {
		for changed := false; !changed; {
			w.mu.Lock()
			changed = w.hosts[n.ID].set == set
			w.mu.Unlock()
		}
		w.host(other)
	})
	close(said.goOn)
	running.Wait()
}
