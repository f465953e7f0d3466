package fleet

import (
	"errors"
	"testing"

	"berth/proxmox/sim"
	"berth/store"
)

func TestTheWayIntoAContainerIsSharedUntilItsSettingsChange(t *testing.T) {
	t.Parallel()
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
	changed, err := w.conns.Host(set("SHA256:two"))
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
	if _, err := w.Host(ada.ID, n.Ref(120)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the way to a host that was removed: %v", err)
	}
}

func TestTheWayIntoAContainerLeadsToItsMember(t *testing.T) {
	t.Parallel()
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
