package proxmox

import (
	"reflect"
	"testing"
)

func TestParseVolume(t *testing.T) {
	for s, want := range map[string]Volume{
		"local-lvm:vm-101-disk-0,size=8G":                         {Source: "local-lvm:vm-101-disk-0", Storage: "local-lvm", Path: "/", Size: 8 << 30, Backup: true},
		"volume=zfs:subvol-101-disk-1,mp=/srv,backup=1,size=1.5T": {Source: "zfs:subvol-101-disk-1", Storage: "zfs", Path: "/srv", Size: 3 << 39, Backup: true},
		"/mnt/media,mp=/media,ro=1":                               {Source: "/mnt/media", Path: "/media", ReadOnly: true},
		"/mnt/a:b,mp=/media":                                      {Source: "/mnt/a:b", Path: "/media"},
		"/dev/sdb1,mp=/data,size=512M":                            {Source: "/dev/sdb1", Path: "/data", Size: 512 << 20},
		"local:101/vm-101-disk-0.raw,size=4194304K":               {Source: "local:101/vm-101-disk-0.raw", Storage: "local", Path: "/", Size: 4 << 30, Backup: true},
		"":                            {Path: "/", Backup: true},
		"zfs:x,mp=/a,size=NaN":        {Source: "zfs:x", Storage: "zfs", Path: "/a"},
		"zfs:x,mp=/a,size=-1G":        {Source: "zfs:x", Storage: "zfs", Path: "/a"},
		"zfs:x,mp=/a,size=much,mp=/b": {Source: "zfs:x", Storage: "zfs", Path: "/a"},
		"zfs:x,mp=/a,size=99999999999999999999999999999999999999999": {Source: "zfs:x", Storage: "zfs", Path: "/a", Size: 1 << 62},
	} {
		if got := ParseVolume(s); got != want {
			t.Errorf("%q\n got %+v\nwant %+v", s, got, want)
		}
	}
}

func TestParseNetwork(t *testing.T) {
	got := ParseNetwork("name=eth0,bridge=vmbr0,firewall=1,gw=192.0.2.1,gw6=2001:db8::1,hwaddr=BC:24:11:00:00:01,ip=192.0.2.5/24,ip6=2001:db8::5/64,link_down=1,mtu=1400,rate=12.5,tag=20,trunks=30;40,type=veth")
	want := Network{
		Name: "eth0", Bridge: "vmbr0", MAC: "BC:24:11:00:00:01", VLAN: "20", Trunks: "30;40", Firewall: true, Down: true, Rate: 12.5,
		IPv4: "192.0.2.5/24", Gateway4: "192.0.2.1", IPv6: "2001:db8::5/64", Gateway6: "2001:db8::1", MTU: "1400",
	}
	if got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	for _, rate := range []string{"", "fast", "NaN", "-1"} {
		if got := ParseNetwork("name=eth0,rate=" + rate).Rate; got != 0 {
			t.Errorf("rate %q is %v", rate, got)
		}
	}
}

func TestFeatures(t *testing.T) {
	c := ContainerConfig{Features: "nesting=1,keyctl=0,fuse=1,mount=nfs;cifs"}
	if got, want := c.FeatureList(), []string{"nesting", "fuse", "mount=nfs;cifs"}; !reflect.DeepEqual(got, want) {
		t.Errorf("%q", got)
	}
	if !c.Feature("nesting") || c.Feature("keyctl") || c.Feature("mknod") {
		t.Error("nesting and fuse are on, the others are not")
	}
	if got := (ContainerConfig{}).FeatureList(); got != nil {
		t.Errorf("none: %q", got)
	}
}

// What a host writes about a volume or a network never breaks its reader, and no figure of it is out of bounds.
func FuzzParseConfigValues(f *testing.F) {
	for _, s := range []string{"local-lvm:vm-101-disk-0,size=8G", "name=eth0,bridge=vmbr0,rate=1e400", "size=1e308T", "=,=,,", "volume", "mp=/,mp=/x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v := ParseVolume(s); v.Size > 1<<62 || v.Path == "" {
			t.Errorf("%q: %+v", s, v)
		}
		if n := ParseNetwork(s); !(n.Rate >= 0) {
			t.Errorf("%q: %+v", s, n)
		}
		(ContainerConfig{Features: s}).FeatureList()
	})
}
