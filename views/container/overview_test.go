package container

import (
	"errors"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"berth/events"
	"berth/fleet"
	"berth/forms"
	"berth/proxmox"
	"berth/store"
	"berth/views/cards"
	"berth/views/golden"
)

// overviewed is the overview of a container with much to show.
func overviewed() OverviewPage { return OverviewPage{ConfigurationPage: configured()} }

// configured is how a container with much to show is set up.
func configured() ConfigurationPage {
	now := time.Date(2026, 11, 23, 21, 18, 4, 0, golden.Zone())
	ct := fleet.Container{NodeID: "n1", NodeName: "pve1", Fresh: true, Seen: now, SwapSeen: now.Add(-4 * time.Minute), Traffic: fleet.Traffic{Known: true, In: 100 << 20, Out: 1 << 10}}
	ct.Guest = proxmox.Guest{
		VMID: 104, Name: "jellyfin", Status: "running", Node: "pve1", Cores: 4, CPU: 0.63, Memory: 18 << 30 / 10, MaxMemory: 4 << 30, Swap: 32 << 20, MaxSwap: 512 << 20, Disk: 25 << 30, MaxDisk: 32 << 30,
		Uptime: 12 * 24 * time.Hour, Pool: "home",
	}
	ct.Addresses = []netip.Prefix{netip.MustParsePrefix("192.0.2.60/24"), netip.MustParsePrefix("fd00:1::60/64")}
	settings := proxmox.Settings{Now: proxmox.ContainerConfig{
		Digest: "d1", Hostname: "jellyfin", OSType: "debian", Arch: "amd64", Description: "**Films**", Cores: 4, Memory: 4096, Swap: 512, RootFS: "local-zfs:subvol-104-disk-0,size=32G",
		Networks: map[string]string{"net0": "name=eth0,bridge=vmbr0,hwaddr=BC:24:11:5E:0A:91,ip=dhcp,type=veth"}, Mounts: map[string]string{"mp10": "zfs:b,mp=/b,size=1T", "mp2": "/srv,mp=/srv"},
		Features: "nesting=1", Nameserver: "192.0.2.53", Tags: []string{"media"}, Unprivileged: true, OnBoot: true,
	}}
	settings.Next = settings.Now
	settings.Next.Nameserver, settings.Waiting = "", []string{"nameserver"}
	return ConfigurationPage{
		Page: Page{Card: cards.New(ct, nil, now), Node: store.Node{ID: "n1", Name: "pve1", Member: "pve1"}, Now: now, Known: settings,
			Lately: events.Lately{Backup: now.Add(-14 * time.Hour), NoBackup: now.Add(-3 * time.Hour), Snapshot: now.Add(-50 * time.Hour)}},
		Details: fleet.Details{Settings: settings, Seen: now, Rights: proxmox.Permissions{"/vms": {"VM.Config.Memory": true, "VM.Config.Options": true}},
			Interfaces: []proxmox.Interface{{Name: "eth0", MAC: "bc:24:11:5e:0a:91", Addresses: ct.Addresses}}},
		Making: Making{Job: store.Job{ID: "88", Ended: now.AddDate(0, -1, 0)}, Template: "Jellyfin", TemplateID: "t1"},
	}
}

func TestContainerOverview(t *testing.T) {
	body := golden.Compare(t, "container_overview", Body(overviewed(), false))
	p := overviewed()
	p.Card.Shows, p.Card.Status, p.Details, p.Making = "stopped", "stopped", fleet.Details{Err: errors.New("no answer")}, Making{Job: store.Job{ID: "88"}, Template: "Gone"}
	body.Variant(t, "unknown", Body(p, true))
}

func TestContainerConfiguration(t *testing.T) {
	body := golden.Compare(t, "container_configuration", ConfigurationBody(configured(), false))
	p := configured()
	p.Card.Shows, p.Card.Status, p.Details, p.Making = "stopped", "stopped", fleet.Details{Err: errors.New("no answer")}, Making{Job: store.Job{ID: "88"}, Template: "Gone"}
	body.Variant(t, "unknown", ConfigurationBody(p, true))
	p = configured()
	p.Details.Next.Memory, p.Details.Now.Memory = 8192, 8192
	saved := golden.Compare(t, "container_saved", Saved(p, forms.EditParts[2], "Saved."))
	saved.Variant(t, "waits", Saved(p, forms.EditParts[4], "Saved. It takes effect when the container is restarted."))
	saved.Variant(t, "note", Saved(p, forms.EditParts[6], "Saved."))
}

func TestAHeadSaysSinceWhenAContainerIsStoppedAndByWhom(t *testing.T) {
	t.Parallel()
	p := configured().Page
	p.Node.TokenID = "berth@pve!app"
	p.Card.Shows = fleet.StateStopped
	for by, want := range map[string]string{
		"demo": "since 14:02 by demo", "root@pam": "since 14:02 by root@pam", p.Node.TokenID: "since 14:02", "": "since 14:02",
	} {
		p.Lately = events.Lately{Stopped: time.Date(2026, 11, 23, 14, 2, 0, 0, golden.Zone()), StoppedBy: by}
		if got := p.sinceWords(); got != want {
			t.Errorf("by %q: %q, want %q", by, got, want)
		}
	}
	p.Lately = events.Lately{}
	if got := p.sinceWords(); got != "" {
		t.Errorf("where it is not known: %q", got)
	}
}

// A job of Berth's may hold the lock too; one that holds none leaves the settings to be changed, but not the disks.
func TestALockedContainerOffersNoForms(t *testing.T) {
	for name, tt := range map[string]struct {
		lock        string
		edits, grow bool
	}{"locked": {"backup", false, false}, "not locked": {"", true, false}} {
		p := configured()
		p.Card.Job, p.Card.Lock = &store.Job{ID: "7", Kind: store.JobBackup, State: store.JobRunning}, tt.lock
		var b strings.Builder
		if err := ConfigurationBody(p, false).Render(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		if edits, grow := strings.Contains(b.String(), "edit?part="), strings.Contains(b.String(), "grow?disk="); edits != tt.edits || grow != tt.grow {
			t.Errorf("%s: it can be edited %v, its disks grown %v", name, edits, grow)
		}
	}
}

func TestContainerForms(t *testing.T) {
	p := configured()
	edit, ok := forms.NewEdit("memory", p.Details.Next)
	if !ok {
		t.Fatal("memory cannot be edited")
	}
	golden.Compare(t, "container_edit_memory_conflict", EditPart(EditPage{p.Page, edit.Typed(url.Values{"memory": {"lots"}, "swap": {"0"}, "digest": {"d0"}}).Overtaken(p.Details.Next)}))
	note, _ := forms.NewEdit("description", p.Details.Next)
	golden.Compare(t, "container_edit_notes", EditPart(EditPage{p.Page, note}))
	resize, ok := forms.NewResize("mp10", p.Details.Next)
	if !ok {
		t.Fatal("mp10 cannot grow")
	}
	grow := ResizePage{p.Page, resize}
	grow.Conflict = true
	form := golden.Compare(t, "container_resize_conflict", ResizePart(grow))
	free := uint64(12 << 30)
	grow.Conflict, grow.Free, grow.Size = false, &free, "4000"
	form.Variant(t, "beyond_free", ResizePart(grow))
}

func TestAGrowthBeyondWhatIsFreeIsWarnedOf(t *testing.T) {
	free := uint64(10 << 30)
	for _, tt := range []struct {
		name string
		form forms.Resize
		warn bool
	}{
		{"nothing is typed yet", forms.Resize{Free: &free}, false},
		{"just enough", forms.Resize{Free: &free, Size: "18"}, false},
		{"one too many", forms.Resize{Free: &free, Size: "19"}, true},
		{"not known", forms.Resize{Size: "19"}, false},
		{"no size", forms.Resize{Free: &free, Size: "lots", Error: "it is no number"}, false},
		{"full", forms.Resize{Free: new(uint64), Size: "9"}, true},
	} {
		tt.form.Volume = proxmox.Volume{Storage: "local-lvm", Size: 8 << 30}
		if got := tt.form.Beyond(); (got != "") != tt.warn {
			t.Errorf("%s: %q", tt.name, got)
		}
	}
}

func TestContainerGone(t *testing.T) {
	p := GonePage{Page: overviewed().Page}
	page := golden.Compare(t, "container_gone", Gone(p, true))
	p.Location = fleet.Location{Member: "pve2"}
	page.Variant(t, "to_unknown_node", Gone(p, true))
	p.Location.Container.NodeID, p.Location.Container.NodeName = "n2", "attic"
	page.Variant(t, "to_other_node", Gone(p, true))
	p.Location = fleet.Location{}
	p.Like.NodeID, p.Like.NodeName = "n3", "nuc"
	page.Variant(t, "lookalike", Gone(p, true))
	p.Restored = true
	page.Variant(t, "restored", Gone(p, true))
}

func TestBootWords(t *testing.T) {
	for startup, want := range map[string]string{
		"":                       "starts with the host",
		"3":                      "starts with the host, as number 3",
		"order=2,up=30,down=120": "starts with the host, as number 2, 30 s before the next, and has 120 s to shut down",
		"up=5":                   "starts with the host, 5 s before the next",
	} {
		if got := bootWords(proxmox.ContainerConfig{OnBoot: true, Startup: startup}); got != want {
			t.Errorf("%q: %q, want %q", startup, got, want)
		}
	}
	if got := bootWords(proxmox.ContainerConfig{Startup: "3"}); got != "stays off when the host starts" {
		t.Error(got)
	}
}

func TestEveryLockHasWords(t *testing.T) {
	for _, lock := range []string{"backup", "create", "destroyed", "disk", "fstrim", "migrate", "mounted", "rollback", "snapshot", "snapshot-delete"} {
		if got := cards.LockWords(lock); got == "Proxmox holds it for "+lock {
			t.Errorf("%s has no words", lock)
		}
	}
	if got := cards.LockWords("suspending"); got != "Proxmox holds it for suspending" {
		t.Error(got)
	}
}
