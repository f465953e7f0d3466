package proxmox_test

import (
	"slices"
	"strings"
	"testing"

	"berth/proxmox"
	"berth/proxmox/sim"
)

func ptr[T any](v T) *T { return &v }

// settings of a container that has to be there.
func settings(t *testing.T, c *proxmox.Client, node string, vmid int) proxmox.Settings {
	t.Helper()
	return must[proxmox.Settings](t)(c.Settings(t.Context(), node, vmid))
}

func TestARunningContainerTakesOverWhatItCan(t *testing.T) {
	_, _, cfg := home(t)
	c := connect(t, cfg)
	before := settings(t, c, "pve1", 101)
	err := c.UpdateConfig(t.Context(), "pve1", 101, proxmox.ConfigUpdate{
		Digest: before.Now.Digest, Hostname: ptr("shop"), Description: ptr("Sells\n*things*"), Cores: ptr(4), Memory: ptr(2048), Swap: ptr(0),
		Tags: &[]string{"Web", "shop"}, OnBoot: ptr(false), Nameserver: ptr("192.0.2.53"), SearchDomain: ptr("lan"),
	})
	if err != nil {
		t.Fatal(err)
	}
	s := settings(t, c, "pve1", 101)
	now := s.Now
	if now.Hostname != "shop" || now.Description != "Sells\n*things*" || now.Cores != 4 || now.Memory != 2048 || now.Swap != 0 || now.OnBoot || !slices.Equal(now.Tags, []string{"shop", "web"}) {
		t.Errorf("it is now %+v", now)
	}
	if now.Nameserver != "" || s.Next.Nameserver != "192.0.2.53" || s.Next.SearchDomain != "lan" || !slices.Equal(s.Waiting, []string{"nameserver", "searchdomain"}) {
		t.Errorf("waiting: %v, now %q, next %q", s.Waiting, now.Nameserver, s.Next.Nameserver)
	}
	if now.Digest == before.Now.Digest || now.Digest != s.Next.Digest {
		t.Errorf("digests %q, %q after %q", now.Digest, s.Next.Digest, before.Now.Digest)
	}
	if shown := must[proxmox.ContainerConfig](t)(c.ContainerConfig(t.Context(), "pve1", 101)); shown.Nameserver != "192.0.2.53" || shown.Digest != now.Digest {
		t.Errorf("config shows %+v", shown)
	}

	done(t, c, must[proxmox.UPID](t)(c.Reboot(t.Context(), "pve1", 101, 0)), "vzreboot")
	if s := settings(t, c, "pve1", 101); s.Now.Nameserver != "192.0.2.53" || len(s.Waiting) > 0 {
		t.Errorf("after a reboot: %+v", s)
	}
	if err := c.UpdateConfig(t.Context(), "pve1", 101, proxmox.ConfigUpdate{Nameserver: ptr(""), Cores: ptr(0), Tags: &[]string{}, Description: ptr("")}); err != nil {
		t.Fatal(err)
	}
	s = settings(t, c, "pve1", 101)
	if s.Now.Nameserver != "192.0.2.53" || s.Next.Nameserver != "" || s.Now.Cores != 0 || s.Now.Tags != nil || s.Now.Description != "" || !slices.Equal(s.Waiting, []string{"nameserver"}) {
		t.Errorf("after taking it away: %+v", s)
	}
	host := must[proxmox.Member](t)(c.NodeStatus(t.Context(), "pve1"))
	if g := must[proxmox.Guest](t)(c.Status(t.Context(), "pve1", 101)); g.Cores != float64(host.Cores) || g.Cores == 4 {
		t.Errorf("without a number of cores it has %v of the host's %v", g.Cores, host.Cores)
	}
}

func TestAStoppedContainerTakesOverAll(t *testing.T) {
	_, _, cfg := home(t)
	c := connect(t, cfg)
	if err := c.UpdateConfig(t.Context(), "pve2", 102, proxmox.ConfigUpdate{Nameserver: ptr("192.0.2.53, 192.0.2.54"), Memory: ptr(1024)}); err != nil {
		t.Fatal(err)
	}
	if s := settings(t, c, "pve2", 102); s.Now.Nameserver != "192.0.2.53 192.0.2.54" || s.Now.Memory != 1024 || len(s.Waiting) > 0 {
		t.Errorf("%+v", s)
	}
	if err := c.UpdateConfig(t.Context(), "pve2", 102, proxmox.ConfigUpdate{}); err != nil {
		t.Errorf("changing nothing: %v", err)
	}
}

func TestAnUpdateOverwritesNobodysChange(t *testing.T) {
	cluster, _, cfg := home(t)
	c := connect(t, cfg)
	ctx := t.Context()
	looked := settings(t, c, "pve1", 101).Now.Digest
	cluster.SetConfig(101, "memory", "768")
	err := c.UpdateConfig(ctx, "pve1", 101, proxmox.ConfigUpdate{Digest: looked, Memory: ptr(2048)})
	if e := wantKind(t, err, proxmox.KindModified); !strings.Contains(e.Message, "detected modified configuration") {
		t.Errorf("says %q", e.Message)
	}
	_, err = c.Resize(ctx, "pve1", 101, "rootfs", 16, looked)
	wantKind(t, err, proxmox.KindModified)
	if got := cluster.ConfigOf(101)["memory"]; got != "768" {
		t.Errorf("memory is %s", got)
	}
	cluster.SetLock(101, "backup")
	err = c.UpdateConfig(ctx, "pve1", 101, proxmox.ConfigUpdate{Memory: ptr(2048)})
	wantKind(t, err, proxmox.KindLocked)
	_, err = c.Resize(ctx, "pve1", 101, "rootfs", 16, "")
	wantKind(t, err, proxmox.KindLocked)
	err = c.UpdateConfig(ctx, "pve1", 109, proxmox.ConfigUpdate{Memory: ptr(2048)})
	wantKind(t, err, proxmox.KindNotFound)
	_, err = c.Settings(ctx, "pve1", 109)
	wantKind(t, err, proxmox.KindNotFound)
}

func TestEachChangeTakesItsRight(t *testing.T) {
	cluster, _, cfg := home(t)
	c := connect(t, cfg)
	ctx := t.Context()
	updates := map[string][]proxmox.ConfigUpdate{
		"VM.Config.CPU":     {{Cores: ptr(3)}},
		"VM.Config.Memory":  {{Memory: ptr(640)}, {Swap: ptr(64)}},
		"VM.Config.Network": {{Hostname: ptr("w")}, {Nameserver: ptr("192.0.2.9")}, {SearchDomain: ptr("x")}},
		"VM.Config.Options": {{Description: ptr("x")}, {OnBoot: ptr(false)}, {Tags: &[]string{"x"}}},
	}
	rights := func(some ...string) {
		all := sim.LeastRights()
		all["/vms"] = append(some, "VM.Audit")
		cluster.SetRights(tokenID, all)
	}
	for privilege, list := range updates {
		for _, u := range list {
			others := []string{"VM.Config.Disk"}
			for p := range updates {
				if p != privilege {
					others = append(others, p)
				}
			}
			rights(others...)
			e := wantKind(t, c.UpdateConfig(ctx, "pve1", 101, u), proxmox.KindForbidden)
			if e.Privilege != privilege || e.Path != "/vms/101" {
				t.Errorf("%+v misses %s on %s, want %s", u, e.Privilege, e.Path, privilege)
			}
			rights(privilege)
			if err := c.UpdateConfig(ctx, "pve1", 101, u); err != nil {
				t.Errorf("%+v: %v", u, err)
			}
		}
	}
	rights()
	wantKind(t, c.UpdateConfig(ctx, "pve1", 101, proxmox.ConfigUpdate{Cores: ptr(1)}), proxmox.KindForbidden)
	for _, some := range [][]string{{"VM.Config.Options"}, {"VM.Config.Disk"}} {
		rights(some...)
		_, err := c.Resize(ctx, "pve1", 101, "rootfs", 16, "")
		wantKind(t, err, proxmox.KindForbidden)
	}
	none := sim.LeastRights()
	none["/storage"] = []string{"Datastore.Audit"}
	cluster.SetRights(tokenID, none)
	_, err := c.Resize(ctx, "pve1", 101, "rootfs", 16, "")
	if e := wantKind(t, err, proxmox.KindForbidden); e.Path != "/storage/local-lvm" {
		t.Errorf("misses %s on %s", e.Privilege, e.Path)
	}
}

func TestADiskGrowsAndNeverShrinks(t *testing.T) {
	cluster, _, cfg := home(t)
	cluster.Add(sim.Guest{VMID: 105, Node: "pve1", Name: "files", Config: map[string]string{"mp0": "local-lvm:vm-105-disk-1,mp=/srv,backup=1,size=512M", "mp1": "/mnt/media,mp=/media"}})
	c := connect(t, cfg)
	ctx := t.Context()
	digest := settings(t, c, "pve1", 105).Now.Digest
	done(t, c, must[proxmox.UPID](t)(c.Resize(ctx, "pve1", 105, "rootfs", 16, digest)), "resize")
	done(t, c, must[proxmox.UPID](t)(c.Resize(ctx, "pve1", 105, "mp0", 1, "")), "resize")
	s := settings(t, c, "pve1", 105)
	if v := proxmox.ParseVolume(s.Now.RootFS); v.Size != 16<<30 {
		t.Errorf("rootfs is %+v", v)
	}
	if v := proxmox.ParseVolume(s.Now.Mounts["mp0"]); v.Size != 1<<30 || v.Path != "/srv" || !v.Backup {
		t.Errorf("mp0 is %+v", v)
	}
	for _, tt := range []struct {
		disk  string
		size  int
		words string
	}{{"rootfs", 8, "unable to shrink disk size"}, {"rootfs", 16, "already at specified size"}, {"mp1", 8, "unable to parse volume ID '/mnt/media'"}, {"mp7", 8, "unable to parse volume ID ''"}} {
		_, err := c.Resize(ctx, "pve1", 105, tt.disk, tt.size, "")
		if e := wantKind(t, err, proxmox.KindOther); !strings.Contains(e.Message, tt.words) {
			t.Errorf("%s to %d: %q", tt.disk, tt.size, e.Message)
		}
	}
	_, err := c.Resize(ctx, "pve1", 105, "net0", 8, "")
	wantKind(t, err, proxmox.KindInvalid)
}

func TestAGuestThatMoves(t *testing.T) {
	cluster, _, cfg := home(t)
	c := connect(t, cfg)
	cluster.Move(101, "pve2")
	_, err := c.Status(t.Context(), "pve1", 101)
	wantKind(t, err, proxmox.KindNotFound)
	if g := must[proxmox.Guest](t)(c.Status(t.Context(), "pve2", 101)); g.Name != "web" {
		t.Errorf("%+v", g)
	}
}
