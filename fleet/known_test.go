package fleet

import (
	"encoding/json"
	"net"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"berth/proxmox"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func lxc(vmid int, node, name string, status proxmox.GuestStatus) proxmox.Guest {
	return proxmox.Guest{Type: "lxc", VMID: vmid, Node: node, Name: name, Status: status}
}

// A cluster tells nothing but "unknown" of what is on a member that is down.
func TestWhatADownMemberToldStays(t *testing.T) {
	t.Parallel()
	up := proxmox.Resources{
		Nodes:  []proxmox.Member{{Name: "pve1", Online: true}, {Name: "pve2", Online: true}},
		Guests: []proxmox.Guest{lxc(101, "pve1", "pihole", "running"), lxc(102, "pve2", "nas", "running")},
	}
	down := proxmox.Resources{
		Nodes:  []proxmox.Member{{Name: "pve1", Online: true}, {Name: "pve2", Online: false}},
		Guests: []proxmox.Guest{lxc(101, "pve1", "pihole", "stopped"), lxc(102, "pve2", "", "unknown"), lxc(103, "pve2", "", "unknown")},
	}
	later, muchLater := noon.Add(Interval), noon.Add(time.Hour)
	k := (&known{}).next(up, noon, noon).next(down, later, later).next(down, muchLater, muchLater)

	if g, _ := k.guest(101); g.Status != "stopped" || g.Seen != muchLater {
		t.Errorf("on the member that is up: %+v", g)
	}
	if g, _ := k.guest(102); g.Name != "nas" || g.Status != "running" || g.Seen != noon {
		t.Errorf("on the member that is down: %+v", g)
	}
	if g, ok := k.guest(103); !ok || g.Status != "unknown" || !g.Seen.IsZero() {
		t.Errorf("never seen up: %+v", g)
	}
	if m, _ := k.member("pve2"); m.Seen != noon || m.Down != later {
		t.Errorf("the member that is down: %+v", m)
	}
	back := k.next(up, muchLater, muchLater)
	if m, _ := back.member("pve2"); !m.Down.IsZero() || m.Seen != muchLater {
		t.Errorf("the member that is back: %+v", m)
	}
}

func TestAddressesLastAsLongAsTheContainerRuns(t *testing.T) {
	t.Parallel()
	addrs := []netip.Prefix{netip.MustParsePrefix("192.168.1.7/24")}
	k := (&known{}).addressed(101, noted{Addresses: addrs, At: noon})
	running := proxmox.Resources{Guests: []proxmox.Guest{lxc(101, "pve1", "pihole", "running")}}
	stopped := proxmox.Resources{Guests: []proxmox.Guest{lxc(101, "pve1", "pihole", "stopped")}}
	later := noon.Add(time.Second)
	for name, c := range map[string]struct {
		answer proxmox.Resources
		begun  time.Time
		want   bool
	}{
		"running":                         {running, later, true},
		"stopped":                         {stopped, later, false},
		"gone":                            {proxmox.Resources{}, later, false},
		"stopped, asked before they came": {stopped, noon, true},
		"not there, asked before it was":  {proxmox.Resources{}, noon, true},
	} {
		if _, got := k.next(c.answer, c.begun, later).Addresses[101]; got != c.want {
			t.Errorf("%s: addresses known: %v, want %v", name, got, c.want)
		}
	}
	static := (&known{}).addressed(101, noted{Addresses: addrs, At: noon, Static: true})
	if _, got := static.next(stopped, later, later).Addresses[101]; !got {
		t.Error("a stopped container lost the address that its configuration has")
	}
	if _, got := static.next(proxmox.Resources{}, later, later).Addresses[101]; got {
		t.Error("one that is gone kept its address")
	}
}

func TestOneGuestIsReplaced(t *testing.T) {
	t.Parallel()
	k := (&known{}).next(proxmox.Resources{Guests: []proxmox.Guest{
		{Type: "lxc", VMID: 101, Pool: "home"}, {Type: "lxc", VMID: 103},
	}}, noon, noon)
	now := k.with(guest{Guest: proxmox.Guest{Type: "lxc", VMID: 101, Status: "running"}}).
		with(guest{Guest: proxmox.Guest{Type: "lxc", VMID: 102}}).without(103)
	if got := now.vmids(); !slices.Equal(got, []int{101, 102}) {
		t.Errorf("guests %v", got)
	}
	if g, _ := now.guest(101); g.Status != "running" || g.Pool != "home" {
		t.Errorf("replaced: %+v", g)
	}
	if got := k.vmids(); !slices.Equal(got, []int{101, 103}) || k.Guests[0].Status != "" {
		t.Errorf("what others see was changed: %+v", k.Guests)
	}
}

func TestWhatIsKnownReadsBack(t *testing.T) {
	t.Parallel()
	k := (&known{}).next(proxmox.Resources{
		Guests:   []proxmox.Guest{lxc(101, "pve1", "pihole", "running")},
		Nodes:    []proxmox.Member{{Name: "pve1", Online: true, Cores: 4}},
		Storages: []proxmox.StorageUse{{Node: "pve1", Name: "local-lvm", Content: []string{"rootdir"}, Size: 1 << 40}},
	}, noon, noon).addressed(101, noted{Addresses: []netip.Prefix{netip.MustParsePrefix("fd00::7/64")}, At: noon})
	data, err := json.Marshal(k)
	if err != nil {
		t.Fatal(err)
	}
	back := &known{}
	if err := json.Unmarshal(data, back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(k, back) {
		t.Errorf("read back:\n%+v, want\n%+v", back, k)
	}
}

func TestBackOffGrowsAndEnds(t *testing.T) {
	t.Parallel()
	var h health
	for _, want := range []time.Duration{10, 20, 40, 60, 60} {
		h.bad(noon, net.ErrClosed)
		if got := h.retry.Sub(noon); got != want*time.Second {
			t.Errorf("after %d failures: %v, want %d s", h.failures, got, want)
		}
	}
	if h.good(noon, time.Millisecond); h.failures != 0 || !h.retry.IsZero() || h.err != nil {
		t.Errorf("after an answer: %+v", h)
	}
	if h.bad(noon, net.ErrClosed); h.retry.Sub(noon) != Interval {
		t.Errorf("the next failure: %v", h.retry.Sub(noon))
	}
}

func TestAContainerIsCalledWhatItWasWhenItWasThere(t *testing.T) {
	t.Parallel()
	with := func(guests ...proxmox.Guest) proxmox.Resources { return proxmox.Resources{Guests: guests} }
	k := (&known{}).next(with(lxc(101, "pve1", "web", "running"), lxc(102, "pve1", "db", "running")), noon, noon)
	named := func(vmid int, want string) {
		t.Helper()
		if got := k.name(vmid); got != want {
			t.Errorf("%d is called %q, not %q", vmid, got, want)
		}
	}
	named(101, "web")
	k = k.next(with(lxc(102, "pve1", "db", "running")), noon, noon).without(102)
	named(101, "web")
	named(102, "db")
	named(103, "")
	k = k.with(guest{Guest: lxc(101, "pve1", "mail", "running")})
	named(101, "mail")
	k = k.without(101)
	named(101, "mail")
	if len(k.Gone) != 2 {
		t.Errorf("remembered twice: %v", k.Gone)
	}
	k = k.next(with(lxc(101, "pve1", "", "unknown")), noon, noon)
	named(101, "")
	if len(k.Gone) != 1 {
		t.Errorf("there again, and gone: %v", k.Gone)
	}
	for vmid := 200; vmid < 200+2*mostGone; vmid++ {
		k = k.with(guest{Guest: lxc(vmid, "pve1", "many", "stopped")}).without(vmid)
	}
	named(200+2*mostGone-1, "many")
	if len(k.Gone) != mostGone {
		t.Errorf("%d are remembered", len(k.Gone))
	}
}

func TestUpdatesLastAsLongAsTheContainerIsTheSame(t *testing.T) {
	t.Parallel()
	with := func(name string, status proxmox.GuestStatus) proxmox.Resources {
		return proxmox.Resources{
			Nodes:  []proxmox.Member{{Name: "pve1", Online: true}},
			Guests: []proxmox.Guest{{VMID: 101, Name: name, Node: "pve1", Type: proxmox.TypeContainer, Status: status}},
		}
	}
	k := (&known{}).next(with("web", proxmox.GuestRunning), noon, noon)
	k.Updates = map[int]Updates{101: {Count: 12, Security: 4, At: noon}}
	for name, tt := range map[string]struct {
		then proxmox.Resources
		want int
	}{
		"it runs on":                  {with("web", proxmox.GuestRunning), 12},
		"it was stopped":              {with("web", proxmox.GuestStopped), 12},
		"another has its VMID":        {with("mail", proxmox.GuestRunning), 0},
		"it is gone":                  {proxmox.Resources{Nodes: []proxmox.Member{{Name: "pve1", Online: true}}}, 0},
		"its member is down, as told": {proxmox.Resources{Nodes: []proxmox.Member{{Name: "pve1"}}, Guests: with("web", proxmox.GuestUnknown).Guests}, 12},
	} {
		if got := k.next(tt.then, noon, noon.Add(time.Minute)).Updates[101].Count; got != tt.want {
			t.Errorf("%s: %d updates, want %d", name, got, tt.want)
		}
	}
	if got := k.without(101).Updates; len(got) != 0 {
		t.Errorf("once it was destroyed: %v", got)
	}
}
