package explain

import (
	"strings"
	"testing"

	"berth/jobs"
	"berth/proxmox"
	"berth/store"
)

func TestWhatFailsOfARequestIsWhole(t *testing.T) {
	t.Parallel()
	args := store.Args{Name: "web", VMID: 104, Status: 415, Count: 1 << 20, Elsewhere: "attic", Path: "/srv/templates", Said: "x.toml: line 3 is no setting", Job: "7"}
	for kind := range requests {
		for _, n := range []store.Node{{ID: "n1", Name: "pve1"}, {}} {
			p := aboutNode(n).problem(store.Message{Kind: kind, Args: args})
			if wrong := tornIn(p); wrong != "" && kind != messageMoved {
				t.Errorf("%s: %s: %+v", kind, wrong, p)
			}
		}
	}
}

func TestABusyContainerTellsWhichJobIsAtWork(t *testing.T) {
	t.Parallel()
	for want, j := range map[string]store.Job{
		"pihole (101) is being stopped by job 7":    {ID: "7", Name: "pihole", VMID: 101, Kind: store.JobStop},
		"Container 101 is being backed up by job 7": {ID: "7", VMID: 101, Kind: store.JobBackup},
		"debian-13.tar is being downloaded already": {ID: "7", Name: "debian-13.tar", Kind: store.JobFetch},
	} {
		if p := Busy(j); p.Title != want || tornIn(p) != "" {
			t.Errorf("%+v, want %q", p, want)
		}
	}
}

func TestAnEventTellsWhyAConsoleFailed(t *testing.T) {
	t.Parallel()
	refused := jobs.Refusal(&proxmox.Error{Kind: proxmox.KindRefused, Call: proxmox.CallSSH + "192.0.2.22:22"}, "")
	for want, m := range map[string]store.Message{
		"192.0.2.22:22 refuses the connection": refused,
		"pve1 does not accept Berth's SSH key": {Kind: jobs.ProblemKeyRefused},
		"what an earlier version said":         {Kind: store.MessageTold, Args: store.Args{Told: "what an earlier version said."}},
		"":                                     {},
	} {
		if got := Event(store.Event{NodeID: "n1", NodeName: "pve1", End: store.EndFailed, Detail: m}); got != want {
			t.Errorf("%+v: %q, want %q", m, got, want)
		}
	}
}

func TestWhatIsNotTakenOverIsNamed(t *testing.T) {
	t.Parallel()
	said := func(kind store.MessageKind, name, said string) store.Message {
		return store.Message{Kind: kind, Args: store.Args{Name: name, Said: said}}
	}
	tests := map[string]store.Message{
		"The network net1 (eth1 on vmbr1)":        said(NotTakenNetwork, "net1", "name=eth1,bridge=vmbr1,hwaddr=BC:24:11:00:00:01"),
		"The network net2 (no name on no bridge)": said(NotTakenNetwork, "net2", ""),
		"Of the network net0: the address 192.0.2.60/24, its firewall, MTU 9000, its limit of 12.5 MB/s, the VLAN trunk 2, 3 and its link being disconnected": said(NotTakenOfNetwork,
			"net0", "name=eth0,bridge=vmbr0,ip=192.0.2.60/24,ip6=auto,firewall=1,mtu=9000,rate=12.5,trunks=2;3,link_down=1"),
		"The mount point mp0: 8 GiB on tank at /data":                  said(NotTakenMount, "mp0", "tank:subvol-101-disk-1,mp=/data,size=8G"),
		"The mount point mp1: /srv of the host at /srv":                said(NotTakenMount, "mp1", "/srv,mp=/srv"),
		"The device dev0: /dev/dri/renderD128 of the host":             said(NotTakenDevice, "dev0", "/dev/dri/renderD128,gid=104"),
		"The features nesting and keyctl, which only root@pam may set": said(NotTakenFeatures, "", "nesting,keyctl"),
		"The options of its disk: acl=1, quota=1":                      said(NotTakenDisk, "", "acl=1,quota=1"),
		"Its start order: order=2":                                     said(NotTakenStartup, "", "order=2"),
		"Its deletion protection":                                      said(NotTakenProtection, "", ""),
		"Its limit of 1.5 cores":                                       said(NotTakenCPULimit, "", "1.5"),
		"Its time zone: host":                                          said(NotTakenTimezone, "", "host"),
		"The setting hookscript: local:{it}[x]":                        said(NotTakenSetting, "hookscript", "local:{it}[x]"),
		"What an earlier version said.":                                {Kind: store.MessageTold, Args: store.Args{Told: "What an earlier version said."}},
	}
	for want, m := range tests {
		if got := NotTaken(m); got != want {
			t.Errorf("%+v: %q, want %q", m, got, want)
		}
	}
	for kind := range notTaken {
		if got := NotTaken(said(kind, "x", "y")); strings.ContainsAny(got, "{}[]") {
			t.Errorf("%s: a mark of the table is left: %q", kind, got)
		}
	}
}
