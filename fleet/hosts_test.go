package fleet

import (
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"berth/pct"
	"berth/proxmox/sim"
	"berth/store"
)

func TestTheWayIntoAContainerIsSharedUntilItsSettingsChange(t *testing.T) {
	w := newWorld(t)
	ada := w.addUser("ada")
	c, hosts := newCluster(t, "pve1")
	n := w.addNode(ada, "tower", c, hosts[0], hosts, sim.LeastRights())

	_, err := w.Host(ada.ID, n.Ref(120))
	if missing, ok := errors.AsType[*store.NoSSHError](err); !ok || missing.Node != "tower" {
		t.Fatalf("without settings: %v", err)
	}
	set := func(key string) store.Node {
		t.Helper()
		n, err := w.db.SetSSH(ada.ID, n.ID, store.SSHSettings{HostKey: key})
		w.must(err)
		return n
	}
	set("SHA256:one")
	first, err := w.Host(ada.ID, n.Ref(120))
	w.must(err)
	w.NodeChanged(n.ID)
	same, err := w.Host(ada.ID, n.Ref(121))
	w.must(err)
	if first != same {
		t.Error("two ways to one host")
	}
	changed, err := w.hosts.get(set("SHA256:two"))
	w.must(err)
	if changed == first {
		t.Error("the host key that is trusted no more is still in use")
	}
	_, err = w.Host("ueve", n.Ref(120))
	if !errors.Is(err, store.ErrNotFound) {
		t.Errorf("for another user: %v", err)
	}
	w.must(w.db.DeleteNode(ada.ID, n.ID))
	w.NodeChanged(n.ID)
	if len(w.hosts.byNode) != 0 {
		t.Error("the way to a host that was removed is still there")
	}
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
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Status: "running"})
	other := w.berthed(h.user, "pve2")
	shore, err := h.cluster.ServeSSH("pve1")
	w.must(err)
	shore.AllowAny()
	set := store.SSHSettings{Host: "127.0.0.1", Port: shore.Port, HostKey: shore.HostKey()}
	node, err := w.db.SetSSH(h.user.ID, h.node.ID, set)
	w.must(err)
	host, err := w.hosts.get(node)
	w.must(err)

	said := &stuck{began: make(chan struct{}), goOn: make(chan struct{})}
	var running sync.WaitGroup
	running.Go(func() {
		// Its connection is closed under it, unless it has ended before.
		_, _ = host.Run(t.Context(), pct.Run{ID: "r1", VMID: 101, Script: "echo hello", Limit: time.Minute, Stdout: said, Stderr: io.Discard})
	})
	<-said.began
	set.User = "admin"
	node, err = w.db.SetSSH(h.user.ID, h.node.ID, set)
	w.must(err)
	running.Go(func() {
		if _, err := w.hosts.get(node); err != nil {
			t.Error(err)
		}
	})
	free := make(chan struct{})
	go func() {
		defer close(free)
		for changed := false; !changed; {
			w.hosts.mu.Lock()
			changed = w.hosts.byNode[node.ID].set == set
			w.hosts.mu.Unlock()
		}
		if _, err := w.hosts.get(other.node); err != nil {
			t.Error(err)
		}
	}()
	select {
	case <-free:
	case <-time.After(patience):
		t.Error("the way to another host waits for it")
	}
	close(said.goOn)
	running.Wait()
	<-free
}

func TestTheWayIntoAContainerLeadsToItsMember(t *testing.T) {
	w := newWorld(t)
	ada := w.addUser("ada")
	cluster, hosts := newCluster(t, "pve1", "pve2", "pve3")
	cluster.Add(sim.Guest{VMID: 101, Node: "pve2"}, sim.Guest{VMID: 102, Node: "pve3"})
	one := w.addNode(ada, "one", cluster, hosts[0], hosts, sim.LeastRights())
	two := w.addNode(ada, "two", cluster, hosts[1], hosts, sim.LeastRights())
	for _, n := range []store.Node{one, two} {
		_, err := w.db.SetSSH(ada.ID, n.ID, store.SSHSettings{HostKey: "SHA256:" + n.Name})
		w.must(err)
	}
	w.inventory(ada)

	there, err := w.Host(ada.ID, one.Ref(101))
	w.must(err)
	twos, err := w.Host(ada.ID, two.Ref(999))
	w.must(err)
	if there != twos {
		t.Error("container 101 is on pve2, and the way does not lead there")
	}
	_, err = w.Host(ada.ID, one.Ref(102))
	if missing, ok := errors.AsType[*store.NoSSHError](err); !ok || missing.Member != "pve3" {
		t.Errorf("on a member that is no node: %v", err)
	}
}
