package wizard

import (
	"errors"
	"maps"
	"net/url"
	"testing"
	"time"

	"berth/fleet"
	"berth/forms"
	"berth/proxmox"
	"berth/store"
	"berth/views/golden"
)

// filled is a filled-in form, with some fields replaced.
func filled(replaced url.Values) forms.Container {
	v := forms.NewContainerValues("n1")
	maps.Copy(v, url.Values{
		"vmid":       {"142"},
		"hostname":   {"linkding"},
		"ostemplate": {"local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst"},
		"storage":    {"local-lvm"},
		"bridge":     {"vmbr0"},
	})
	return forms.ReadContainer(v, replaced)
}

// page is a configure step over two nodes, with the form that form makes.
func page(replaced url.Values) forms.Configure {
	now := time.Date(2026, 11, 23, 21, 18, 4, 0, golden.Zone())
	f := filled(replaced)
	pve1 := fleet.NodeState{
		Node: store.Node{ID: "n1", Name: "pve1", Default: true}, State: "answers", Seen: now, Latency: 14 * time.Millisecond,
		Usage:         proxmox.Member{Cores: 8, Memory: 22 * golden.GiB, MaxMemory: 62 * golden.GiB},
		PromisedCores: 17, PromisedMemory: 18 * golden.GiB, PromisedDisk: 160 * golden.GiB, DiskSize: 588 * golden.GiB,
	}
	attic := fleet.NodeState{Node: store.Node{ID: "n2", Name: "attic"}, State: "silent", Since: now.Add(-4 * time.Minute)}
	return forms.Configure{
		Wizard: forms.Wizard{Draft: store.Draft{ID: "d1", Values: f.Values, Updated: now}, Form: f, Now: now},
		Nodes:  []fleet.NodeState{pve1, attic},
		Node:   pve1,
		Choices: fleet.Choices{
			OSTemplates: fleet.List[proxmox.OSTemplate]{Items: []proxmox.OSTemplate{
				{Volume: "local:vztmpl/alpine-3.22-default_20250617_amd64.tar.xz"},
				{Volume: "local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst"},
			}},
			Storages: fleet.List[proxmox.Storage]{Items: []proxmox.Storage{
				{Name: "local-lvm", Active: true, Free: 412 * golden.GiB},
				{Name: "off"},
			}},
			Bridges: fleet.List[proxmox.Bridge]{Items: []proxmox.Bridge{{Name: "vmbr0", Comment: "LAN\n"}, {Name: "vmbr1"}}},
			Pools:   fleet.List[proxmox.Pool]{Items: []proxmox.Pool{{Name: "home"}}},
		},
	}
}

// withoutTemplates is a page of a node that has no OS template but can download one.
func withoutTemplates() forms.Configure {
	p := page(nil)
	p.Choices.OSTemplates.Items = nil
	p.Choices.TemplateStorages.Items = []proxmox.Storage{{Name: "local", Active: true, Free: 40 * golden.GiB}}
	p.Choices.Appliances.Items = []proxmox.Appliance{
		{Template: "alpine-3.22-default_20250617_amd64.tar.xz", Package: "alpine-3.22-default", Section: "system", Version: "20250617"},
		{Template: "debian-12-standard_12.12-1_amd64.tar.zst", Package: "debian-12-standard", Section: "system", Version: "12.12-1"},
		{Template: "debian-13-standard_13.1-2_amd64.tar.zst", Package: "debian-13-standard", Section: "system", Version: "13.1-2", Headline: "Debian 13 Trixie (standard)"},
		{Template: "debian-12-turnkey-core_18.1-1_amd64.tar.gz", Package: "debian-12-turnkey-core", Section: "turnkeylinux", Version: "18.1-1"},
	}
	return p
}

func TestOSTemplateField(t *testing.T) {
	downloading := withoutTemplates()
	downloading.Fetch = &store.Job{ID: "7", Name: "debian-13-standard_13.1-2_amd64.tar.zst", NodeName: "pve1", State: store.JobRunning, Percent: 42}
	failed := withoutTemplates()
	failed.Fetch = &store.Job{ID: "7", Name: "debian-13-standard_13.1-2_amd64.tar.zst", State: store.JobFailed}
	unread := page(nil)
	unread.Choices.OSTemplates = fleet.List[proxmox.OSTemplate]{Err: errors.New("down")}
	unread.Gaps = map[string][]forms.Gap{"ostemplate": {{Words: "pve1 could not list its OS templates: pve1 does not answer."}}}
	field := golden.Compare(t, "ostemplate", OSTemplate(page(nil)))
	for name, p := range map[string]forms.Configure{
		"none":        withoutTemplates(),
		"downloading": downloading,
		"failed":      failed,
		"unread":      unread,
	} {
		t.Run(name, func(t *testing.T) { field.Variant(t, name, OSTemplate(p)) })
	}
}

func TestWizardSummary(t *testing.T) {
	shown := golden.Compare(t, "wizard_summary", summary(page(url.Values{"vmid": {""}, "ip6": {"auto"}, "vlan": {"30"}})))
	silent := page(nil)
	silent.Node = silent.Nodes[1]
	shown.Variant(t, "silent", summary(silent))
}

func TestWhatTheNodeLacksIsSaidAtItsField(t *testing.T) {
	for _, c := range []struct{ field, typed, want string }{
		{"storage", "nas", "pve1 has no storage “nas” for containers; choose one from the list"},
		{"storage", "off", "pve1 has no storage “off” for containers; choose one from the list"},
		{"bridge", "vmbr7", "pve1 has no bridge “vmbr7”; choose one from the list"},
		{"pool", "work", "pve1 has no pool “work”; choose one from the list, or none"},
		{"ostemplate", "local:vztmpl/arch_1.tar.zst", "pve1 has no OS template “local:vztmpl/arch_1.tar.zst”; choose one from the list"},
		{"storage", "local-lvm", ""},
		{"bridge", "vmbr1", ""},
		{"pool", "", ""},
		{"pool", "home", ""},
	} {
		p := page(url.Values{c.field: {c.typed}})
		if p.CheckLists(true); p.Form.Errors[c.field] != c.want {
			t.Errorf("%s %q\n got %s\nwant %s", c.field, c.typed, p.Form.Errors[c.field], c.want)
		}
	}
}

func TestAListThatCouldNotBeReadJudgesNothing(t *testing.T) {
	p := page(url.Values{"storage": {"nas"}, "bridge": {"vmbr7"}, "pool": {"work"}, "ostemplate": {"local:vztmpl/arch_1.tar.zst"}})
	p.Choices = fleet.Choices{Storages: fleet.List[proxmox.Storage]{Err: errors.New("down")}}
	if p.CheckLists(true); len(p.Form.Errors) > 0 {
		t.Errorf("Errors = %v", p.Form.Errors)
	}
}

func TestAnOSTemplateThatIsNotThereYet(t *testing.T) {
	p := withoutTemplates()
	if p.CheckLists(false); p.Form.Errors["ostemplate"] != "pve1 has no “debian-13-standard”; download it, or another" {
		t.Errorf("before the download: %q", p.Form.Errors["ostemplate"])
	}
	p = withoutTemplates()
	p.Fetch = &store.Job{State: store.JobRunning}
	if p.CheckLists(false); p.Form.Errors["ostemplate"] != "" {
		t.Errorf("while it is downloaded: %q", p.Form.Errors["ostemplate"])
	}
	if p.CheckLists(true); p.Form.Errors["ostemplate"] != "It is still being downloaded; continue when it is done" {
		t.Errorf("sent while it is downloaded: %q", p.Form.Errors["ostemplate"])
	}
}

func TestOnlyWhatIsOfferedIsDownloaded(t *testing.T) {
	p := withoutTemplates()
	p.Appliance, p.TemplateStorage = "debian-13-standard_13.1-2_amd64.tar.zst", "local"
	if !p.CheckFetch() {
		t.Errorf("Errors = %v", p.Form.Errors)
	}
	p.Appliance, p.TemplateStorage = "virus.tar.gz", "nas"
	if p.CheckFetch() {
		t.Error("taken")
	}
	for field, want := range map[string]string{
		"appliance":        "pve1 does not offer “virus.tar.gz”; choose one from the list",
		"template_storage": "pve1 has no storage “nas” for OS templates; choose one from the list",
	} {
		if got := p.Form.Errors[field]; got != want {
			t.Errorf("%s: %q", field, got)
		}
	}
}

func TestWrongWords(t *testing.T) {
	f := filled(url.Values{"vmid": {""}, "ip": {"x"}, "ssh_keys": {"x"}})
	f.CheckAll()
	if got, want := wrongWords(f.Wrong()), "3 fields need attention: VMID, IPv4 address and SSH public keys"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	f = filled(url.Values{"vmid": {""}})
	f.CheckAll()
	if got, want := wrongWords(f.Wrong()), "1 field needs attention: VMID"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := wrongWords(nil); got != "" {
		t.Errorf("%q", got)
	}
}
