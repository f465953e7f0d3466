package fleet

import (
	"fmt"
	"strings"
	"testing"

	"berth/proxmox/sim"
)

// addressed tells of each container in the inventory its first address.
func (d watched) addressed() string {
	d.w.t.Helper()
	d.alerts()
	var list []string
	for _, c := range d.w.inventory(d.user).Containers {
		address := "none"
		if len(c.Addresses) > 0 {
			address = c.Addresses[0].Addr().String()
		}
		list = append(list, fmt.Sprintf("%s %s", c.Name, address))
	}
	return strings.Join(list, ", ")
}

func net0(ip string) map[string]string {
	return map[string]string{"net0": "name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:00:01,ip=" + ip + ",type=veth"}
}

// Nobody has to open a container's page for its address to be found.
func TestAddressesComeWhileADashboardIsLookedAt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1",
		sim.Guest{VMID: 101, Name: "a", Status: "running", Config: net0("192.0.2.10/24")},
		sim.Guest{VMID: 102, Name: "b", Config: net0("192.0.2.11/24")},
		sim.Guest{VMID: 103, Name: "c", Config: net0("dhcp")},
	)
	d := w.watched(h.user)
	if got := d.addressed(); got != "a 192.0.2.10, b 192.0.2.11, c none" {
		t.Errorf("at first: %s", got)
	}
	h.cluster.ResetCalls()
	d.minutes(58)
	if n := asked(h.cluster, "/nodes/pve1/lxc/101/interfaces"); n != 0 {
		t.Errorf("an address that is known was asked for %d times in 58 minutes", n)
	}
	d.minutes(4)
	if n := asked(h.cluster, "/nodes/pve1/lxc/101/interfaces"); n != 1 {
		t.Errorf("after an hour it was asked for %d times, want once", n)
	}
}

func TestAContainerWithoutAnAddressIsAskedEverMoreSeldom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := w.harbour("pve1", sim.Guest{VMID: 101, Name: "a", Status: "running", Config: net0("manual")})
	d := w.watched(h.user)
	d.alerts()
	d.minutes(10)
	if n := asked(h.cluster, "/nodes/pve1/lxc/101/interfaces"); n < 3 || n > 5 {
		t.Errorf("%d times in ten minutes, want 3 to 5", n)
	}
	h.cluster.ResetCalls()
	d.minutes(120)
	if n := asked(h.cluster, "/nodes/pve1/lxc/101/interfaces"); n < 2 || n > 5 {
		t.Errorf("%d times in the two hours after, want 2 to 5", n)
	}
}

func TestManyAddressesAreAskedForAFewAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var guests []sim.Guest
	for i := range 12 {
		guests = append(guests, sim.Guest{VMID: 101 + i, Name: fmt.Sprintf("ct%02d", i), Status: "running", Config: net0(fmt.Sprintf("192.0.2.%d/24", 10+i))})
	}
	d := w.watched(w.harbour("pve1", guests...).user)
	for i, want := range []int{5, 10, 12} {
		if got := 12 - strings.Count(d.addressed(), "none"); got != want {
			t.Errorf("after survey %d, %d addresses are known, want %d", i+1, got, want)
		}
		for range 3 {
			d.pass(Interval)
		}
	}
}
