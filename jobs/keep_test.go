package jobs_test

import (
	"compress/gzip"
	"errors"
	"flag"
	"net/url"
	"os"
	"testing"

	"berth/jobs"
	"berth/proxmox"
	"berth/store"
	"berth/store/storetest"
)

var keep = flag.String("keep", "", "write a backup of a small database with something of everything to this file, compressed: see store/testdata/README.md")

// keptPassword is that of the accounts in it.
const keptPassword = "correct horse"

// TestADatabaseIsKept makes a database as this version writes it. With -keep it is kept, for later versions to open.
func TestADatabaseIsKept(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := storetest.OpenAt(t, t.TempDir(), store.Options{Now: clock.Now})
	h := newHouseOver(t, s, clock, kept(101, "running"), container(102, "running"), container(103, "running"), container(104, "stopped"), container(105, "running"))
	mustNot(t, s.DeleteNode("ada", h.node.ID))
	ada, err := s.AddUser("ada", keptPassword)
	mustNot(t, err)
	eve, err := s.AddUser("eve", keptPassword)
	mustNot(t, err)
	h.addNode(eve.ID, "tower")
	k := &keeper{house: h, user: ada.ID}
	k.signIn()
	k.addNodes()
	k.addTemplate()
	k.addEvents()
	k.endJobs()
	k.leaveJobs()
	k.wantAll()
	k.leadNowhere()
	if *keep != "" {
		k.write(*keep)
	}
}

// keeper fills a database of a user's.
type keeper struct {
	*house
	user      string
	provision store.Provision
}

func (k *keeper) signIn() {
	k.t.Helper()
	_, err := k.store.StartSession(k.user, "Firefox on Linux", "2001:db8::7", true)
	mustNot(k.t, err)
	_, _, err = k.store.MakeInvite(k.user)
	mustNot(k.t, err)
	_, err = k.store.CookieKeys()
	mustNot(k.t, err)
}

func (k *keeper) addNodes() {
	server, err := k.cluster.ServeSSH(testMember)
	mustNot(k.t, err)
	server.AllowAny()
	k.reach(k.hostOf(server))
	k.cutOff = server.Drop
	k.node = k.addNode(k.user, "tower")
	k.addNode(k.user, "attic")
	_, err = k.store.SSHKey(k.user, k.node.ID)
	mustNot(k.t, err)
	n, err := k.store.SetSSH(k.user, k.node.ID, store.SSHSettings{Host: "127.0.0.1", Port: 1, HostKey: server.HostKey()})
	mustNot(k.t, err)
	mustNot(k.t, k.store.NoteSSHWorked(n))
	mustNot(k.t, k.store.SaveInventory(k.node.Scope, []byte(`{}`)))
	mustNot(k.t, k.store.Dismiss(k.user, "disk/"+k.node.ID+"/101", "full"))
}

func (k *keeper) addTemplate() {
	p, err := k.store.PutPackageBucket(store.PackageBucket{UserID: k.user, Name: "Tools", Packages: []store.Package{{Manager: "apt", Name: "curl"}}})
	mustNot(k.t, err)
	t, err := k.store.PutTemplate(store.Template{
		UserID: k.user, Name: "Web", OSTemplate: osTemplate, Cores: 1, Memory: 512, Disk: 4, Unprivileged: true, Buckets: []string{p.ID},
		Inputs:   []store.Input{{Name: "SITE", Label: "Site", Kind: store.InputText}, {Name: "PASSWORD", Label: "Password", Kind: store.InputSecret}},
		Files:    []store.File{{Path: "/etc/motd", Policy: store.FileReplace, Content: []byte("Hello\n")}},
		Scripts:  []store.Script{{Name: "a", Enabled: true, Content: `say "$SITE"; echo x >>/root/ran-a`}},
		Services: []store.Service{{Name: "nginx", Port: 80}},
	})
	mustNot(k.t, err)
	k.provision = store.Provision{
		TemplateID: t.ID, Template: t.Name, Files: t.Files, Packages: p.Packages, Scripts: t.Scripts, Services: t.Services,
		Inputs: map[string]string{"SITE": "home"}, Secrets: []string{"PASSWORD"}, Labels: map[string]string{"PASSWORD": "Password"},
	}
}

func (k *keeper) addEvents() {
	for _, e := range []store.Event{
		{Kind: store.EventConsole, End: store.EndExit, Exit: 1},
		{Kind: store.EventChange, End: store.EndDone, Changes: []store.Change{{Setting: "memory", From: "512", To: "1024"}}},
		{Kind: store.EventNote, End: store.EndDone, Snapshot: "first"},
		{Kind: store.EventConsole},
	} {
		e.UserID, e.NodeID, e.NodeName, e.Scope, e.VMID, e.Name = k.user, k.node.ID, k.node.Name, k.node.Scope, 101, "web"
		_, err := k.store.AddEvent(e)
		mustNot(k.t, err)
	}
}

// draft is one of a container, with a secret.
func (k *keeper) draft(vmid string) string {
	d, err := k.store.AddDraft(store.Draft{
		UserID: k.user, Values: url.Values{"node": {k.node.ID}, "vmid": {vmid}, "hostname": {"web"}, "template": {k.provision.TemplateID}},
		Done: []string{"template", "configure"}, Filled: map[string]string{"cores": "1"}, Scripts: []store.DraftScript{{Name: "a", On: true}},
	})
	mustNot(k.t, err)
	mustNot(k.t, k.store.PutDraftSecrets(k.user, d.ID, map[string]string{"PASSWORD": "hunter2"}))
	return d.ID
}

func (k *keeper) doAct(vmid int, a jobs.Action) (store.Job, error) {
	a.Name = "web"
	return k.runner.Act(k.user, k.node.Ref(vmid), a)
}

// ends awaits the end of a job that was begun.
func (k *keeper) ends(want store.JobState) func(j store.Job, err error) store.Job {
	return func(j store.Job, err error) store.Job {
		k.t.Helper()
		mustNot(k.t, err)
		if j = k.await(j); j.State != want {
			k.t.Errorf("the %s of %d is %s, want %s: %+v\n%s", j.Kind, j.VMID, j.State, want, j.Problem, k.log(j))
		}
		return j
	}
}

// endJobs leaves jobs of all kinds, most of them done.
func (k *keeper) endJobs() {
	r, done, failed := k.runner, k.ends(store.JobDone), k.ends(store.JobFailed)
	done(r.Fetch(k.user, k.node.ID, "local", "alpine-3.22-default_20250617_amd64.tar.xz"))
	done(r.CreateProvisioned(k.user, k.node.ID, k.draft("120"), spec(120), k.provision, map[string]string{"PASSWORD": "hunter2"}))
	done(r.Backup(k.user, k.node.Ref(101), "web", proxmox.BackupParams{Storage: "local", Mode: proxmox.ModeSnapshot, Note: "now"}))
	done(r.Snapshot(k.user, k.node.Ref(101), "web", jobs.SnapshotSpec{Snapshot: "third", Note: "before the upgrade"}))
	done(r.RollBack(k.user, k.node.Ref(101), "web", jobs.SnapshotSpec{Snapshot: "third", Start: true}))
	done(r.DeleteSnapshot(k.user, k.node.Ref(101), "web", jobs.SnapshotSpec{Snapshot: "third"}))
	done(r.Clone(k.user, k.node.Ref(104), "web", proxmox.CloneParams{VMID: 125, Hostname: "twin"}))
	cfg, err := k.client.ContainerConfig(k.t.Context(), testMember, 101)
	mustNot(k.t, err)
	done(r.Resize(k.user, k.node.Ref(101), jobs.DiskResize{Name: "web", Disk: "rootfs", Volume: proxmox.ParseVolume(cfg.RootFS).Source, Size: 16}))
	done(k.doAct(101, jobs.Action{Kind: store.JobTag, Add: []string{"media"}}))
	for _, kind := range []store.JobKind{store.JobShutdown, store.JobStart, store.JobReboot, store.JobStop, store.JobStart} {
		done(k.doAct(102, jobs.Action{Kind: kind}))
	}
	done(k.doAct(103, jobs.Action{Kind: store.JobDelete, Stop: true, Purge: true}))

	failed(r.Create(k.user, k.node.ID, k.draft("101"), spec(101)))
	bad := spec(121)
	bad.Params.Bridge = "vmbr9"
	failed(r.Create(k.user, k.node.ID, "", bad))
	broken := k.provision
	broken.Scripts = []store.Script{{Name: "a", Enabled: true, Content: "echo broken >&2; exit 3"}}
	failed(r.CreateProvisioned(k.user, k.node.ID, "", spec(122), broken, map[string]string{"PASSWORD": "hunter2"}))
	k.cluster.SetLock(105, "backup")
	failed(k.doAct(105, jobs.Action{Kind: store.JobStop}))
	k.cluster.SetLock(105, "")
	failed(k.doAct(199, jobs.Action{Kind: store.JobStart}))
	k.draft("123")
}

// leaveJobs leaves jobs that were cancelled, a bulk one, and those of a Berth that was killed.
func (k *keeper) leaveJobs() {
	k.clock.Stop()
	busy, err := k.doAct(105, jobs.Action{Kind: store.JobStop})
	mustNot(k.t, err)
	k.clock.Await(k.t, 1)
	bulk, err := k.runner.Bulk(k.user, jobs.Action{Kind: store.JobStop}, targets(k.node, 101, 105, 199))
	mustNot(k.t, err)
	queued, err := k.doAct(104, jobs.Action{Kind: store.JobStart})
	mustNot(k.t, err)
	_, err = k.runner.Cancel(k.user, queued.ID)
	mustNot(k.t, err)
	k.clock.Hurry()
	k.ends(store.JobDone)(busy, nil)
	k.ends(store.JobFailed)(bulk, nil)

	k.clock.Stop()
	j, err := k.runner.Create(k.user, k.node.ID, "", spec(127))
	mustNot(k.t, err)
	k.clock.Await(k.t, 1)
	_, err = k.runner.Cancel(k.user, j.ID)
	mustNot(k.t, err)
	k.clock.Hurry()
	k.ends(store.JobCancelled)(j, nil)

	j, err = k.runner.CreateProvisioned(k.user, k.node.ID, "", spec(124), scripts(waits), nil)
	mustNot(k.t, err)
	k.watch(j, func(u jobs.Update) bool {
		return u.Done || len(u.Lines) > 0 && u.Job.Steps[u.Job.Step].Name == "script:a" && u.Job.Steps[u.Job.Step].Run != ""
	})
	k.kill()
	k.cluster.SetStatus(124, "stopped")
	k.cluster.SetStatus(124, "running")
	k.runner = k.newRunner(k.clock)
	mustNot(k.t, k.runner.Resume())
	k.ends(store.JobWaiting)(j, nil)

	k.clock.Stop()
	_, err = k.runner.CreateProvisioned(k.user, k.node.ID, "", spec(126), k.provision, map[string]string{"PASSWORD": "hunter2"})
	mustNot(k.t, err)
	for _, vmid := range []int{102, 104} {
		_, err = k.doAct(vmid, jobs.Action{Kind: store.JobReboot})
		mustNot(k.t, err)
	}
	k.clock.Await(k.t, 2)
	k.kill()
}

// wantAll checks that the database has what it is kept for.
func (k *keeper) wantAll() {
	all, err := k.store.Jobs(k.user, "", 100)
	mustNot(k.t, err)
	states, kinds := map[store.JobState]int{}, map[store.JobKind]int{}
	for _, j := range all {
		states[j.State]++
		kinds[j.Kind]++
	}
	if len(kinds) != 15 || states[store.JobFailed] != 8 || states[store.JobCancelled] != 2 || states[store.JobRunning] != 2 || states[store.JobQueued] != 1 || states[store.JobWaiting] != 1 {
		k.t.Errorf("it has jobs %v and %v", states, kinds)
	}
	drafts, err := k.store.Drafts(k.user)
	mustNot(k.t, err)
	if len(drafts) != 2 || len(drafts[1].Refused) == 0 {
		k.t.Errorf("it has the drafts %+v", drafts)
	}
}

// leadNowhere makes the nodes those of a host that refuses at once, wherever it is tried.
func (k *keeper) leadNowhere() {
	nodes, err := k.store.Nodes(k.user)
	mustNot(k.t, err)
	for _, n := range nodes {
		n.Port = 1
		_, err := k.store.UpdateNode(n, "")
		mustNot(k.t, err)
	}
}

// write keeps the database.
func (k *keeper) write(path string) {
	f, err := os.Create(path)
	mustNot(k.t, err)
	z := gzip.NewWriter(f)
	mustNot(k.t, errors.Join(k.store.Backup(z), z.Close(), f.Close()))
}

// What an earlier version left unfinished goes on, and what it ended can be tried again.
func TestJobsOfAnEarlierVersionGoOn(t *testing.T) {
	t.Parallel()
	clock := newClock()
	s := storetest.OpenAt(t, storetest.Restore(t, "../store/testdata/schema-7.tar.gz"), store.Options{Now: clock.Now})
	ada, err := s.CheckPassword("ada", keptPassword)
	mustNot(t, err)
	h := newHouseOver(t, s, clock, container(102, "running"), container(104, "running"), container(124, "running"))
	server, err := h.cluster.ServeSSH(testMember)
	mustNot(t, err)
	server.AllowAny()
	h.reach(h.hostOf(server))

	all, err := s.Jobs(ada.ID, "", 100)
	mustNot(t, err)
	for _, j := range all {
		after := h.await(j)
		switch {
		case j.State.Final() && after.State != j.State, !after.State.Final() && after.State != store.JobWaiting:
			t.Errorf("job %s, a %s, was %s and is %s: %+v", j.ID, j.Kind, j.State, after.State, after.Problem)
		case after.State == store.JobWaiting:
			_, err := h.runner.Answer(ada.ID, j.ID, jobs.AnswerSkip)
			mustNot(t, err)
			h.want(h.await(j), store.JobDone, beforeProvision+"init done, script:a skipped, look done")
		}
	}
}
