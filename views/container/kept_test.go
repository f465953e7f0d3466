package container

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/fleet"
	"berth/forms"
	"berth/proxmox"
	"berth/store"
	"berth/views/cards"
	"berth/views/golden"
)

// keptPage is the frame of a container with snapshots and backups.
func keptPage(change func(*fleet.Container)) Page {
	n := store.Node{ID: "n1", Name: "pve1", TokenID: "berth@pve!app"}
	return Page{Card: cards.New(golden.Container(change), nil, golden.Now()), Node: n, Now: golden.Now()}
}

func keptSnapshots() proxmox.Snapshots {
	ago := func(d time.Duration) time.Time { return golden.Now().Add(-d) }
	return proxmox.Snapshots{Current: "aside", All: []proxmox.Snapshot{
		{Name: "fresh", Note: "<b>new</b>\nand empty", Created: ago(41 * 24 * time.Hour)},
		{Name: "before", Parent: "fresh", Created: ago(6 * 24 * time.Hour)},
		{Name: "after", Parent: "before", Created: ago(5 * time.Hour), State: "delete"},
		{Name: "aside", Parent: "before", Created: ago(time.Hour)},
	}}
}

func TestContainerSnapshots(t *testing.T) {
	p := SnapshotsPage{Page: keptPage(nil), Snapshots: keptSnapshots(), Form: forms.NewSnapshot(golden.Now())}
	page := frameOf(t, p.Page).Variant(t, "snapshots", Snapshots(p))
	one := SnapshotPage{SnapshotsPage: p, Snapshot: p.Snapshots.All[0], Start: true}
	golden.Compare(t, "container_rollback", Rollback(one))
	golden.Compare(t, "container_snapshot_delete", DeleteSnapshot(one))
	note := NewSnapshotNotePage(one)
	part := golden.Compare(t, "container_snapshot_note", SnapshotNotePart(note))
	part.Variant(t, "wrong", SnapshotNotePart(note.Typed(url.Values{"note-fresh": {strings.Repeat("ä", 1001)}, "digest": {"another"}})))
	wrong := p
	wrong.Snapshots, wrong.Form = proxmox.Snapshots{}, forms.ReadSnapshot(map[string][]string{"snapshot": {"<1st>"}, "note": {"kept"}})
	wrong.Form.Check(wrong.Snapshots)
	page.Variant(t, "wrong", Snapshots(wrong))
	lacking := p
	lacking.Newest, lacking.Lack = true, LackOf(p.Node, nil, p.Card.VMID, "", "VM.Snapshot")
	page.Variant(t, "no_right", Snapshots(lacking))
	flat := SnapshotsPage{Page: p.Page, Cannot: forms.CannotSnapshot(proxmox.ContainerConfig{RootFS: "shelf:101/vm-101-disk-0.raw,size=8G"},
		[]proxmox.Storage{{Name: "shelf", Type: "dir"}})}
	page.Variant(t, "unsupported", Snapshots(flat))
	page.Variant(t, "unknown", Snapshots(SnapshotsPage{Page: keptPage(func(c *fleet.Container) { c.Fresh = false }), Unknown: "pve1 does not answer"}))
}

func TestContainerClone(t *testing.T) {
	p := NewClonePage(keptPage(func(c *fleet.Container) { c.Pool = "home" }), forms.CloneForm{Hostname: "twin", VMID: "201", Pool: true})
	p.Snapshots, p.Storages = keptSnapshots(), []proxmox.Storage{{Name: "local-lvm", Active: true, Free: 200 << 30}}
	p.Verdict = fleet.Verdict{State: "free", VMID: 201}
	page := golden.Compare(t, "container_clone", Clone(p))
	p.Template, p.Form = true, forms.CloneForm{VMID: "7", Hostname: "<twin>", Snapshot: "gone", Storage: "local-lvm"}
	p.Verdict = fleet.Verdict{State: "invalid", Text: "7"}
	p.Check()
	page.Variant(t, "wrong", Clone(p))
}

func TestContainerBackups(t *testing.T) {
	backup := func(storage string, ago time.Duration, change func(*proxmox.Backup)) fleet.StoredBackup {
		b := proxmox.Backup{Volume: storage + ":backup/vzdump-lxc-101-x.tar.zst", Created: golden.Now().Add(-ago), Size: 5 << 30}
		change(&b)
		return fleet.StoredBackup{Backup: b, Storage: storage}
	}
	p := BackupsPage{Page: keptPage(nil), Storages: []proxmox.Storage{{Name: "local", Active: true, Free: 70 << 30}, {Name: "nas"}},
		Gaps: []forms.Gap{{Words: "The storage nas is not active, so its content is not known."}}, Backups: []fleet.StoredBackup{
			backup("local", time.Hour, func(*proxmox.Backup) {}),
			backup("local", 30*time.Hour, func(b *proxmox.Backup) { b.Note, b.Protected, b.Verified = "<i>kept</i>", true, "ok" }),
			backup("local", 60*time.Hour, func(b *proxmox.Backup) { b.Verified = "failed" }),
		}}
	p.Form.Settle(p.Storages, p.Card.Disk)
	page := frameOf(t, p.Page).Variant(t, "backups", Backups(p))
	none := BackupsPage{Page: keptPage(func(c *fleet.Container) { c.Status = "stopped" }), Storages: p.Storages[:1], Suspends: true,
		Form: forms.ReadBackup(map[string][]string{"storage": {"a/b"}, "mode": {"magic"}, "note": {"{{x}}"}, "prune": {"0", "1"}})}
	none.Form.Check()
	page.Variant(t, "wrong", Backups(none))
	page.Variant(t, "no_storage", Backups(BackupsPage{Page: keptPage(nil)}))
	page.Variant(t, "no_right", Backups(BackupsPage{Page: keptPage(nil), Lack: LackOf(p.Node, nil, 101, "", "VM.Backup")}))
}

// treeWords writes a tree as "a b(c d|here)".
func treeWords(chains []snapshotChain) string {
	var all []string
	for _, c := range chains {
		var words []string
		for _, s := range c.Snapshots {
			words = append(words, s.Name)
		}
		if c.Here {
			words = append(words, "here")
		}
		text := strings.Join(words, " ")
		if len(c.Forks) > 0 {
			text += "(" + treeWords(c.Forks) + ")"
		}
		all = append(all, text)
	}
	return strings.Join(all, "|")
}

func TestSnapshotTree(t *testing.T) {
	for _, tt := range []struct{ snapshots, current, want string }{
		{"", "", "here"},
		{"a", "a", "a here"},
		{"a b<a c<b", "c", "a b c here"},
		{"a b<a c<b", "b", "a b(c|here)"},
		{"a b<a c<a", "c", "a(b|c here)"},
		{"a b", "", "a|b|here"},
		{"a b<gone c<b", "gone", "a|b c|here"},
		{"a<b b<a", "a", "a(b|here)"},
		{"a<c b<a c<b d<a", "d", "a(b c|d here)"},
		{"a<a", "a", "a here"},
		{"r a<r b<c c<b", "a", "r a here|b c"},
	} {
		s := proxmox.Snapshots{Current: tt.current}
		for _, word := range strings.Fields(tt.snapshots) {
			name, parent, _ := strings.Cut(word, "<")
			s.All = append(s.All, proxmox.Snapshot{Name: name, Parent: parent})
		}
		if got := treeWords(snapshotTree(s)); got != tt.want {
			t.Errorf("%s at %s: %s, want %s", tt.snapshots, tt.current, got, tt.want)
		}
	}
}

// FuzzSnapshotTree holds that each snapshot stands in the tree once, and the container once, whatever the
// host says of their parents.
func FuzzSnapshotTree(f *testing.F) {
	f.Add([]byte{0, 1, 2}, byte(3))
	f.Add([]byte{1, 0, 2, 2, 9}, byte(1))
	f.Fuzz(func(t *testing.T, parents []byte, current byte) {
		parents = parents[:min(len(parents), 60)]
		name := func(b byte) string { return fmt.Sprint("s", int(b)%64) }
		s := proxmox.Snapshots{Current: name(current)}
		for i, p := range parents {
			s.All = append(s.All, proxmox.Snapshot{Name: name(byte(i)), Parent: name(p)})
		}
		words := strings.FieldsFunc(treeWords(snapshotTree(s)), func(r rune) bool { return strings.ContainsRune(" |()", r) })
		slices.Sort(words)
		want := []string{"here"}
		for _, x := range s.All {
			want = append(want, x.Name)
		}
		slices.Sort(want)
		if !slices.Equal(words, want) {
			t.Errorf("%v at %s gives %v", parents, s.Current, words)
		}
	})
}

func TestTheCheckOfASnapshotsNameIsProxmoxs(t *testing.T) {
	for _, s := range []string{"", "a", "ab", "1a", "a-b_c", "a.b", "a b", "current", "vzdump", "ä1", strings.Repeat("a", 40), strings.Repeat("a", 41)} {
		if (forms.CheckSnapshotName(s) == "") != proxmox.ValidSnapshotName(s) {
			t.Errorf("%q: %q", s, forms.CheckSnapshotName(s))
		}
	}
	for day := range 24 {
		if f := forms.NewSnapshot(golden.Now().Add(time.Duration(day) * time.Hour)); !proxmox.ValidSnapshotName(f.Name) {
			t.Errorf("it suggests %q", f.Name)
		}
	}
}
