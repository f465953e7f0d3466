package jobs_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"berth/jobs"
	"berth/pct"
	"berth/proxmox/sim"
	"berth/store"
)

// What is wrong with SSH to the host is said at the step that needs it first, the
// container stays, and when it is mended a retry goes on from there.
func TestSSHThatDoesNotWork(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fault sim.SSHFault
		begin func(*sim.SSH)
		kind  store.MessageKind
		says  string
	}{
		"changed host key":    {begin: (*sim.SSH).RenewHostKey, kind: jobs.ProblemHostKeyChanged, says: "tower shows a different SSH host key than the one you trusted"},
		"key not accepted":    {begin: (*sim.SSH).AllowNone, kind: jobs.ProblemKeyRefused, says: "tower does not accept Berth's SSH key"},
		"no gate":             {fault: sim.SSHFault{NoGate: true}, kind: jobs.ProblemNoForcedCommand, says: "berth-gate script is missing on tower"},
		"a gate of old":       {fault: sim.SSHFault{OldGate: true}, kind: jobs.ProblemOldForcedCommand, says: "berth-gate script on tower is a different version"},
		"no pct":              {fault: sim.SSHFault{NoPct: true}, kind: jobs.ProblemNoPct, says: "cannot find pct"},
		"nothing listens":     {begin: (*sim.SSH).Stop, kind: jobs.ProblemSilent, says: "nothing listens on its port"},
		"broken off for ever": {fault: sim.SSHFault{DropAfter: 1}, kind: jobs.ProblemSilent, says: "has not answered for 10 minutes: the connection was lost"},
	} {
		t.Run(name, func(t *testing.T) {
			h, server := newSimHouse(t)
			if c.begin != nil {
				c.begin(server)
			} else {
				server.Play(c.fault)
			}
			j := h.await(h.setUp(scripts(counts("a")), nil))
			h.wantProblem(j, c.kind, jobs.StepInit, c.says)
			h.wantGuest(120, "running")
			if !j.Made {
				t.Error("the job does not know that it made the container")
			}

			h.reach(h.ashore()) // another server of the host, in order
			j, err := h.runner.Retry("ada", j.ID, nil)
			mustNot(t, err)
			h.want(h.await(j), store.JobDone, beforeProvision+"init done, script:a done, look done")
			h.wantTasks(120, map[string]int{"vzcreate": 1, "vzstart": 1})
		})
	}
}

// A connection that breaks off in the middle of what can be repeated is made anew, and
// nobody is asked.
func TestAConnectionThatBreaksOffInWhatCanBeRepeated(t *testing.T) {
	t.Parallel()
	provision := store.Provision{
		Files:    []store.File{{Path: "/etc/motd", Policy: store.FileReplace, Content: []byte("Hello\n")}},
		Packages: []store.Package{{Manager: "apt", Name: "nginx"}},
		Services: []store.Service{{Name: "nginx", Port: 80}},
	}
	steps := []string{jobs.StepInit, jobs.StepFiles, jobs.StepPackages, jobs.StepLook}
	for i, step := range steps {
		t.Run(step, func(t *testing.T) {
			h, server := newSimHouse(t)
			for range i {
				server.Play(sim.SSHFault{Times: 1}) // the steps before are well
			}
			server.Play(sim.SSHFault{Times: 1, DropAfter: 1})
			j := h.await(h.setUp(provision, nil))
			h.want(j, store.JobDone, beforeProvision+"init done, files done, packages done, look done")
			h.wantLog(j, "The connection to the host was lost")
			if got, look := h.inside(120, "cat /etc/motd"), j.Steps[len(j.Steps)-1].Detail.Said; got != "Hello\n" || look != "nginx runs, port 80 is open" {
				t.Errorf("inside there is %q, and %s", got, look)
			}
		})
	}
}

func TestAConnectionThatBreaksOffUnderAScript(t *testing.T) {
	t.Parallel()
	h, server := newSimHouse(t)
	j := h.begun(waits)
	h.clock.Stop()
	server.Drop()
	h.watch(j, func(u jobs.Update) bool { return u.Done || strings.Contains(texts(u.Job, u.Lines), "was lost") })
	h.letEnd()
	h.clock.Hurry()
	j = h.await(j)
	h.want(j, store.JobDone, beforeProvision+"init done, script:a done, script:b done, look done")
	h.wantLog(j, "The connection to the host was lost", "exit status 0 after")
	if n := h.ran(120, "a"); n != 1 {
		t.Errorf("the script ran %d times", n)
	}
}

// A host that takes a program and then says nothing is left when the job is cancelled.
func TestAHostThatHangs(t *testing.T) {
	t.Parallel()
	h, server := newSimHouse(t)
	hangs := make(chan struct{})
	server.Play(sim.SSHFault{Times: 1, Hang: true, Then: func() { close(hangs) }})
	j := h.setUp(scripts(counts("a")), nil)
	<-hangs
	h.want(h.cancel(j), store.JobCancelled, beforeProvision+"init failed, script:a todo, look todo")
	h.wantGuest(120, "running")
}

func TestWhatAScriptSays(t *testing.T) {
	t.Parallel()
	h, server := newSimHouse(t)
	server.Play(sim.SSHFault{Times: 2}) // for init and the files
	server.Play(sim.SSHFault{Times: 1, Slow: time.Millisecond})
	slowly := ""
	for i := range 40 {
		slowly += fmt.Sprintf("say slow %d\n", i+1)
	}
	provision := scripts(slowly+"echo -n 'no end'", "cat /root/long; warn done")
	provision.Files = []store.File{{Path: "/root/long", Content: []byte(strings.Repeat("x", 2<<20) + "\n")}}
	j := h.await(h.setUp(provision, nil))
	h.want(j, store.JobDone, beforeProvision+"init done, files done, script:a done, script:b done, look done")
	want := make([]string, 40)
	for i := range want {
		want[i] = fmt.Sprintf("out: slow %d\n", i+1)
	}
	h.wantLog(j, append(want, "out: no end\n", "step: Run the script b", "err: Warning: done")...)
	if n := strings.Count(h.log(j), "x"); n < 2<<20 {
		t.Errorf("%d bytes of 2 MiB are in the log", n)
	}
	now, err := h.store.JobByID(j.ID)
	mustNot(t, err)
	if now.LogLast-now.LogFirst >= store.MaxLogLines {
		t.Errorf("%d lines are kept", now.LogLast-now.LogFirst+1)
	}
}

// ashore is a way to another SSH server of the simulated host.
func (h *house) ashore() *pct.Host {
	h.t.Helper()
	server, err := h.cluster.ServeSSH(testMember)
	mustNot(h.t, err)
	server.AllowAny()
	h.cutOff = server.Drop
	return h.hostOf(server)
}
