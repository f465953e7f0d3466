package proxmox_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/proxmox"
	"berth/proxmox/sim"
)

// cupboard is one host with a container on each kind of storage, and a client with the rights.
func cupboard(t *testing.T, rights sim.Rights) (*sim.Cluster, *proxmox.Client) {
	t.Helper()
	cluster := sim.New(sim.Config{Members: []string{"pve1"}})
	t.Cleanup(cluster.Close)
	cluster.AddStorage("pve1", sim.Storage{Name: "shelf", Kind: "dir", Contents: []string{"backup", "rootdir"}, Size: 1 << 40})
	cluster.AddStorage("pve1", sim.Storage{Name: "tank", Kind: "zfspool", Contents: []string{"images", "rootdir"}, Size: 1 << 40})
	cluster.AddStorage("pve1", sim.Storage{Name: "vault", Kind: "pbs", Contents: []string{"backup"}, Size: 1 << 40})
	three := []sim.Snapshot{{Name: "first", Age: 3 * time.Hour}, {Name: "second", Parent: "first", Age: 2 * time.Hour}, {Name: "third", Parent: "second", Age: time.Hour}}
	cluster.Add(
		sim.Guest{VMID: 101, Name: "thin", Status: "running", Snapshots: three, Backups: []sim.Backup{
			{Storage: "local", Age: 48 * time.Hour, Size: 5}, {Storage: "vault", Age: time.Hour, Size: 7, Note: "kept\nlong", Protected: true, Verified: "ok"},
		}},
		sim.Guest{VMID: 102, Name: "flat", Storage: "shelf"},
		sim.Guest{VMID: 103, Name: "pool", Storage: "tank", Snapshots: three},
		sim.Guest{VMID: 104, Name: "base", Template: true},
	)
	host, err := cluster.Serve("pve1")
	if err != nil {
		t.Fatal(err)
	}
	return cluster, connect(t, proxmox.Config{
		Host: "127.0.0.1", Port: host.Port, TokenID: tokenID, TokenSecret: cluster.AddToken(tokenID, rights), Fingerprint: host.Fingerprint,
	})
}

// failed is a task that has to have failed, with that kind.
func failed(t *testing.T, c *proxmox.Client, want proxmox.Kind) func(proxmox.UPID, error) *proxmox.Error {
	t.Helper()
	return func(id proxmox.UPID, err error) *proxmox.Error {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return wantKind(t, must[proxmox.TaskStatus](t)(c.TaskStatus(t.Context(), id)).Err(), want)
	}
}

func TestSnapshotsOfASimulatedHost(t *testing.T) {
	cluster, c := cupboard(t, sim.LeastRights())
	ctx, task := t.Context(), must[proxmox.UPID](t)
	for vmid, want := range map[int]bool{101: true, 102: false, 103: true} {
		if got := must[bool](t)(c.HasFeature(ctx, "pve1", vmid, proxmox.FeatureSnapshot, "")); got != want {
			t.Errorf("%d can be snapshotted: %v", vmid, got)
		}
	}
	list := func(vmid int) string {
		t.Helper()
		s := must[proxmox.Snapshots](t)(c.Snapshots(ctx, "pve1", vmid))
		var words []string
		for _, x := range s.All {
			words = append(words, x.Parent+">"+x.Name+x.State)
		}
		slices.Sort(words) // two may be made within the same second
		return strings.Join(append(words, "at "+s.Current), " ")
	}
	wantList := func(vmid int, want string) {
		t.Helper()
		if got := list(vmid); got != want {
			t.Errorf("snapshots of %d: %s, want %s", vmid, got, want)
		}
	}
	wantList(101, ">first first>second second>third at third")
	wantList(102, "at ")
	done(t, c, task(c.Snapshot(ctx, "pve1", 101, "fourth", "a note")), "vzsnapshot")
	wantList(101, ">first first>second second>third third>fourth at fourth")
	failed(t, c, proxmox.KindNameTaken)(c.Snapshot(ctx, "pve1", 101, "fourth", ""))
	failed(t, c, proxmox.KindNoFeature)(c.Snapshot(ctx, "pve1", 102, "first", ""))
	failed(t, c, proxmox.KindNotFound)(c.Snapshot(ctx, "pve1", 109, "first", ""))
	for _, name := range []string{"current", "vzdump"} {
		_, err := c.Snapshot(ctx, "pve1", 101, name, "")
		if e := wantKind(t, err, proxmox.KindOther); !strings.Contains(e.Message, "reserved name") {
			t.Errorf("%+v", e)
		}
	}
	_, err := c.Snapshot(ctx, "pve1", 101, "1st", "")
	if e := wantKind(t, err, proxmox.KindInvalid); e.Fields["snapname"] == "" {
		t.Errorf("%+v", e)
	}

	for _, note := range []string{"two\nlines", ""} {
		if err := c.SetSnapshotNote(ctx, "pve1", 101, "fourth", note); err != nil {
			t.Fatal(err)
		}
		if s := must[proxmox.Snapshots](t)(c.Snapshots(ctx, "pve1", 101)); s.All[len(s.All)-1].Note != note {
			t.Errorf("the note %q became %+v", note, s.All)
		}
	}
	wantKind(t, c.SetSnapshotNote(ctx, "pve1", 101, "none", "x"), proxmox.KindNoSnapshot)
	wantKind(t, c.SetSnapshotNote(ctx, "pve1", 101, "current", "x"), proxmox.KindNoSnapshot)
	wantKind(t, c.SetSnapshotNote(ctx, "pve1", 101, "1st", "x"), proxmox.KindInvalid)
	wantKind(t, c.SetSnapshotNote(ctx, "pve1", 109, "first", "x"), proxmox.KindNotFound)

	done(t, c, task(c.Rollback(ctx, "pve1", 101, "second")), "vzrollback")
	wantList(101, ">first first>second second>third third>fourth at second")
	if g := must[proxmox.Guest](t)(c.Status(ctx, "pve1", 101)); g.Status != "stopped" || g.Lock != "" {
		t.Errorf("after the roll-back it is %+v", g)
	}
	done(t, c, task(c.Snapshot(ctx, "pve1", 101, "branch", "")), "vzsnapshot")
	done(t, c, task(c.DeleteSnapshot(ctx, "pve1", 101, "second")), "vzdelsnapshot")
	wantList(101, ">first first>branch first>third third>fourth at branch")
	failed(t, c, proxmox.KindNoSnapshot)(c.DeleteSnapshot(ctx, "pve1", 101, "second"))
	failed(t, c, proxmox.KindNoSnapshot)(c.Rollback(ctx, "pve1", 101, "second"))
	failed(t, c, proxmox.KindNotNewest)(c.Rollback(ctx, "pve1", 103, "second"))
	done(t, c, task(c.Rollback(ctx, "pve1", 103, "third")), "vzrollback")

	cluster.SetLock(101, "backup")
	failed(t, c, proxmox.KindLocked)(c.Snapshot(ctx, "pve1", 101, "fifth", ""))
	failed(t, c, proxmox.KindLocked)(c.Rollback(ctx, "pve1", 101, "first"))
	wantKind(t, c.SetSnapshotNote(ctx, "pve1", 101, "none", "x"), proxmox.KindLocked)
	cluster.SetRights(tokenID, sim.Rights{"/vms": {"VM.Audit"}})
	wantKind(t, c.SetSnapshotNote(ctx, "pve1", 101, "first", "x"), proxmox.KindForbidden)
	_, err = c.Snapshot(ctx, "pve1", 101, "fifth", "")
	if e := wantKind(t, err, proxmox.KindForbidden); e.Privilege != "VM.Snapshot" {
		t.Errorf("%+v", e)
	}
	_, err = c.Rollback(ctx, "pve1", 101, "first")
	wantKind(t, err, proxmox.KindForbidden)
	cluster.SetRights(tokenID, sim.Rights{"/vms": {"VM.Snapshot.Rollback"}})
	failed(t, c, proxmox.KindLocked)(c.Rollback(ctx, "pve1", 101, "first"))
}

func TestCloningOnASimulatedHost(t *testing.T) {
	cluster, c := cupboard(t, sim.LeastRights())
	ctx, task := t.Context(), must[proxmox.UPID](t)
	_, err := c.Clone(ctx, "pve1", 101, proxmox.CloneParams{VMID: 201})
	wantKind(t, err, proxmox.KindStillRunning)
	done(t, c, task(c.Clone(ctx, "pve1", 101, proxmox.CloneParams{VMID: 201, Hostname: "twin", Snapshot: "first", Storage: "tank"})), "vzclone")
	was, is := must[proxmox.ContainerConfig](t)(c.ContainerConfig(ctx, "pve1", 101)), must[proxmox.ContainerConfig](t)(c.ContainerConfig(ctx, "pve1", 201))
	if is.Hostname != "twin" || !strings.HasPrefix(is.RootFS, "tank:subvol-201-disk-0,") || is.Networks["net0"] == was.Networks["net0"] || is.Lock != "" {
		t.Errorf("%+v", is)
	}
	if s := must[proxmox.Snapshots](t)(c.Snapshots(ctx, "pve1", 201)); len(s.All) != 0 || s.Current != "" {
		t.Errorf("the clone has snapshots: %+v", s)
	}
	for name, tt := range map[string]struct {
		vmid int
		p    proxmox.CloneParams
		want proxmox.Kind
	}{
		"a taken VMID":              {102, proxmox.CloneParams{VMID: 103}, proxmox.KindExists},
		"no such snapshot":          {102, proxmox.CloneParams{VMID: 202, Snapshot: "none"}, proxmox.KindNoSnapshot},
		"no such container":         {109, proxmox.CloneParams{VMID: 202}, proxmox.KindNotFound},
		"no such storage":           {102, proxmox.CloneParams{VMID: 202, Storage: "none"}, proxmox.KindOther},
		"a storage of a linked one": {104, proxmox.CloneParams{VMID: 202, Storage: "tank"}, proxmox.KindOther},
		"a bad name":                {102, proxmox.CloneParams{VMID: 202, Hostname: "-x"}, proxmox.KindInvalid},
	} {
		_, err := c.Clone(ctx, "pve1", tt.vmid, tt.p)
		if e, ok := errors.AsType[*proxmox.Error](err); !ok || e.Kind != tt.want {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	failed(t, c, proxmox.KindOther)(c.Clone(ctx, "pve1", 102, proxmox.CloneParams{VMID: 202, Storage: "local"}))
	if err := c.CheckVMID(ctx, 202); err != nil {
		t.Errorf("a clone that failed left its VMID: %v", err)
	}
	done(t, c, task(c.Clone(ctx, "pve1", 104, proxmox.CloneParams{VMID: 203})), "vzclone")
	done(t, c, task(c.Clone(ctx, "pve1", 104, proxmox.CloneParams{VMID: 204, Full: true, Storage: "shelf"})), "vzclone")

	rights := sim.LeastRights()
	for _, without := range []string{"VM.Clone", "VM.Allocate"} {
		rights["/vms"] = slices.DeleteFunc(slices.Clone(sim.LeastRights()["/vms"]), func(p string) bool { return p == without })
		cluster.SetRights(tokenID, rights)
		_, err := c.Clone(ctx, "pve1", 102, proxmox.CloneParams{VMID: 205})
		if e := wantKind(t, err, proxmox.KindForbidden); e.Privilege != without {
			t.Errorf("without %s: %+v", without, e)
		}
	}
}

func TestBackupsOfASimulatedHost(t *testing.T) {
	cluster, c := cupboard(t, sim.LeastRights())
	ctx, task := t.Context(), must[proxmox.UPID](t)
	var names []string
	for _, s := range must[[]proxmox.Storage](t)(c.Storages(ctx, "pve1", "backup")) {
		names = append(names, s.Name)
	}
	if !slices.Equal(names, []string{"local", "shelf", "vault"}) {
		t.Errorf("backups go to %v", names)
	}
	kept := must[[]proxmox.Backup](t)(c.Backups(ctx, "pve1", "vault", 101))
	if len(kept) != 1 || kept[0].Note != "kept" || !kept[0].Protected || kept[0].Verified != "ok" || kept[0].Size != 7 || !strings.HasPrefix(kept[0].Volume, "vault:backup/ct/101/") {
		t.Errorf("%+v", kept)
	}
	note := "{{guestname}} is \\ here\nand now"
	id := task(c.Backup(ctx, "pve1", 101, proxmox.BackupParams{Storage: "local", Mode: proxmox.ModeSnapshot, Note: note, Protected: true}))
	done(t, c, id, "vzdump")
	kept = must[[]proxmox.Backup](t)(c.Backups(ctx, "pve1", "local", 101))
	if len(kept) != 2 || kept[0].Note != `thin is \ here` || !kept[0].Protected || kept[1].Size != 5 ||
		!strings.HasPrefix(kept[0].Volume, "local:backup/vzdump-lxc-101-") || !strings.HasSuffix(kept[0].Volume, ".tar.zst") {
		t.Errorf("%+v", kept)
	}
	if others := must[[]proxmox.Backup](t)(c.Backups(ctx, "pve1", "local", 102)); len(others) != 0 {
		t.Errorf("of another: %+v", others)
	}
	cluster.SetStatus(102, "running")
	id = task(c.Backup(ctx, "pve1", 102, proxmox.BackupParams{Storage: "shelf", Mode: proxmox.ModeSnapshot}))
	done(t, c, id, "vzdump")
	if log := strings.Join(must[[]string](t)(c.TaskLog(ctx, id, 0)), "\n"); !strings.Contains(log, "trying 'suspend' mode instead") {
		t.Errorf("a disk that cannot be snapshotted: %s", log)
	}
	done(t, c, task(c.Backup(ctx, "pve1", 102, proxmox.BackupParams{Storage: "shelf", Mode: proxmox.ModeStop})), "vzdump")
	if g := must[proxmox.Guest](t)(c.Status(ctx, "pve1", 102)); g.Status != "running" || g.Lock != "" {
		t.Errorf("after a backup in mode stop it is %+v", g)
	}

	failed(t, c, proxmox.KindOther)(c.Backup(ctx, "pve1", 101, proxmox.BackupParams{Storage: "tank", Mode: proxmox.ModeSnapshot}))
	cluster.SetLock(101, "snapshot")
	id = task(c.Backup(ctx, "pve1", 101, proxmox.BackupParams{Storage: "local", Mode: proxmox.ModeSnapshot}))
	if e := failed(t, c, proxmox.KindOther)(id, nil); e.Message != "job errors" {
		t.Errorf("%+v", e)
	}
	if log := strings.Join(must[[]string](t)(c.TaskLog(ctx, id, 0)), "\n"); !strings.Contains(log, "ERROR: Backup of VM 101 failed - CT is locked (snapshot)") {
		t.Errorf("a locked one: %s", log)
	}
	_, err := c.Backup(ctx, "pve1", 102, proxmox.BackupParams{Storage: "local", Mode: proxmox.ModeSnapshot, Note: "{{hostname}}"})
	if e := wantKind(t, err, proxmox.KindInvalid); e.Fields["notes-template"] == "" {
		t.Errorf("%+v", e)
	}

	rights := sim.LeastRights()
	rights["/vms"] = []string{"VM.Audit"}
	cluster.SetRights(tokenID, rights)
	if e := failed(t, c, proxmox.KindForbidden)(c.Backup(ctx, "pve1", 102, proxmox.BackupParams{Storage: "local", Mode: proxmox.ModeSnapshot})); e.Privilege != "VM.Backup" || e.Path != "/vms/102" {
		t.Errorf("%+v", e)
	}
	if kept := must[[]proxmox.Backup](t)(c.Backups(ctx, "pve1", "local", 101)); len(kept) != 0 {
		t.Errorf("seen without the right: %+v", kept)
	}
	rights["/storage"] = []string{"Datastore.Audit"}
	cluster.SetRights(tokenID, rights)
	_, err = c.Backup(ctx, "pve1", 102, proxmox.BackupParams{Storage: "local", Mode: proxmox.ModeSnapshot})
	if e := wantKind(t, err, proxmox.KindForbidden); e.Privilege != "Datastore.AllocateSpace" {
		t.Errorf("%+v", e)
	}
}
