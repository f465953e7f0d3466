package handlers

import (
	"net/http"
	"net/url"
	"testing"

	"berth/proxmox/sim"
)

func TestAnotherLikeItNamesWhatItDoesNotTakeOver(t *testing.T) {
	t.Parallel()
	const gib = 1 << 30
	c, cluster, _, at := aboard(t, sim.Guest{VMID: 101, Name: "media", Status: "running", Storage: "a-full", OSType: "alpine", Config: map[string]string{
		"net0": "name=eth0,bridge=vmbr0,firewall=1,gw=192.0.2.1,hwaddr=BC:24:11:00:00:01,ip=192.0.2.60/24,mtu=9000,rate=12.5,tag=20,type=veth",
		"net1": "name=eth1,bridge=vmbr1,hwaddr=BC:24:11:00:00:02,ip=dhcp,type=veth",
		"mp0":  "local-lvm:vm-101-disk-1,mp=/data,size=64G", "mp1": "/srv/media,mp=/media", "dev0": "/dev/dri/renderD128",
		"features": "nesting=1,keyctl=1,fuse=1", "startup": "order=2", "protection": "1", "hookscript": "local:snippets/hook.pl", "cpulimit": "1.5", "timezone": "host",
	}}, sim.Guest{VMID: 102, Name: "plain"})
	cluster.AddStorage("pve1", sim.Storage{Name: "a-full", Kind: "dir", Contents: []string{"rootdir"}, Size: 90 * gib, Used: 90 * gib})
	cluster.AddOSTemplate("pve1", "local", "alpine-3.22-default_20250617_amd64.tar.xz")
	cluster.AddOSTemplate("pve1", "local", "alpine-3.9-default_20250617_amd64.tar.xz")

	draft := c.post(at+"/101/another", nil, http.StatusSeeOther).header.Get("Location")
	a := c.get(draft, http.StatusOK)
	isAWholePage(a)
	a.says("Not taken over from media", "The network net1 (eth1 on vmbr1)", "Of the network net0: the address 192.0.2.60/24, its firewall, MTU 9000 and its limit of 12.5 MB/s",
		"The mount point mp0: 64 GiB on local-lvm at /data", "The mount point mp1: /srv/media of the host at /media", "The device dev0: /dev/dri/renderD128 of the host",
		"The features keyctl and fuse", "Its start order: order=2", "Its deletion protection", "The setting hookscript: local:snippets/hook.pl",
		"Its limit of 1.5 cores", "Its time zone: host")
	if _, value := chosenIn(a, "storage"); value != "local-lvm" {
		t.Errorf("the storage is %q, want one with room", value)
	}
	if _, value := chosenIn(a, "ostemplate"); value != "local:vztmpl/alpine-3.22-default_20250617_amd64.tar.xz" {
		t.Errorf("the OS template is %q, want the newest of the same system", value)
	}
	draft = c.post(at+"/102/another", nil, http.StatusSeeOther).header.Get("Location")
	c.get(draft, http.StatusOK).lacks("Not taken over")
}

func TestATemplateForAnotherSystemIsSaidBeforeAnythingIsMade(t *testing.T) {
	t.Parallel()
	c, cluster, _ := miraAtHome(t)
	cluster.AddOSTemplate("pve1", "local", "alpine-3.22-default_20250617_amd64.tar.xz")
	cluster.AddOSTemplate("pve1", "local", "ubuntu-24.04-standard_24.04-2_amd64.tar.zst")
	at := c.post("/containers/new", url.Values{"template": {"starter-alpine"}}, http.StatusSeeOther).header.Get("Location")
	at = at[:len(at)-len("/configure")]
	a := c.get(at+"/configure", http.StatusOK)
	if _, value := chosenIn(a, "ostemplate"); value != "local:vztmpl/alpine-3.22-default_20250617_amd64.tar.xz" {
		t.Errorf("the OS template is %q", value)
	}
	a.lacks("is made for Alpine, and")
	form := c.filled(at)
	form.Set("ostemplate", "local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst")
	const warning = "is made for Alpine, and debian-13-standard is Debian: its packages and scripts will probably fail there."
	c.htmxPost(at+"/check?field=ostemplate", form, http.StatusOK).says(warning)
	c.post(at+"/configure", form, http.StatusSeeOther)
	for _, page := range []string{"/configure", "/packages", "/scripts", "/review"} {
		c.get(at+page, http.StatusOK).says(warning)
	}
}
