package jobs_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"berth/jobs"
	"berth/proxmox/sim"
	"berth/store"
)

const beforeProvision = "check done, create done, start done, address done, "

// newProvisionHouse is a house whose host can be reached over SSH.
func newProvisionHouse(t *testing.T) (*house, *gate) {
	t.Helper()
	g := newGate(t)
	g.command("dpkg", ":")
	g.command("apt-get", `case "$*" in *install*) echo "installed ${*##* -- }" ;; esac`)
	h := newHouse(t)
	h.reach(g.host)
	return h, g
}

// scripts provisions these scripts, named a, b and so on.
func scripts(contents ...string) store.Provision {
	provision := store.Provision{Template: "Web"}
	for i, c := range contents {
		provision.Scripts = append(provision.Scripts, store.Script{Name: string(rune('a' + i)), Enabled: true, Content: c})
	}
	return provision
}

func (h *house) setUp(provision store.Provision, secrets map[string]string) store.Job {
	h.t.Helper()
	j, err := h.runner.CreateProvisioned("ada", h.node.ID, "", spec(120), provision, secrets)
	mustNot(h.t, err)
	return j
}

func TestAContainerIsSetUp(t *testing.T) {
	t.Parallel()
	h, g := newProvisionHouse(t)
	provision := scripts(`say "$BERTH_VMID $BERTH_HOSTNAME $BERTH_TEMPLATE $DOMAIN"; [ -n "$BERTH_ADDRESS" ]
say "the password is $PASSWORD"; printf %s "$PASSWORD" >"$BOX/password"; warn careful; printf '\033[31mred\033[0m'`)
	file := filepath.Join(g.dir, "etc", "motd")
	provision.Files = []store.File{{Path: file, Owner: fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid()), Policy: store.FileReplace, Content: []byte("Hello\n")}}
	provision.Packages = []store.Package{{Manager: "apt", Name: "git"}, {Manager: "apt", Name: "curl", Version: "8.1"}}
	provision.Inputs = map[string]string{"DOMAIN": "example.org"}
	provision.Secrets = []string{"PASSWORD"}
	s := spec(120)
	s.Start = false // what is set up is started all the same
	j, err := h.runner.CreateProvisioned("ada", h.node.ID, "", s, provision, map[string]string{"PASSWORD": "hunter2"})
	mustNot(t, err)
	j = h.await(j)
	h.want(j, store.JobDone, beforeProvision+"init done, files done, packages done, script:a done, look done")
	h.wantLog(j, "is up", "Write the files", "out: "+file, "Install the packages", "out: installed git curl=8.1",
		"step: Run the script a", "out: 120 web Web example.org", "out: the password is ***", "out: red", "exit status 0 after", "Check services")
	h.wantLog(j, "err: Warning: careful")
	if g.read("etc/motd") != "Hello\n" || g.read("password") != "hunter2" {
		t.Errorf("the file holds %q, the password is %q", g.read("etc/motd"), g.read("password"))
	}
	if strings.Contains(h.log(j), "hunter2") {
		t.Error("the password is in the log")
	}
	if g.opened != 1 {
		t.Errorf("%d connections for one job", g.opened)
	}
	_, err = h.store.JobSecrets(j.ID)
	wantErr(t, err, store.ErrNotFound)
}

func TestAScriptThatFails(t *testing.T) {
	t.Parallel()
	h, g := newProvisionHouse(t)
	provision := scripts(`echo x >>"$BOX/a"`, `echo "$PASSWORD" >>"$BOX/b"; if [ ! -e "$BOX/mended" ]; then echo "no disk is left" >&2; exit 3; fi`)
	provision.Secrets = []string{"PASSWORD"}
	j := h.await(h.setUp(provision, map[string]string{"PASSWORD": "first"}))
	h.wantProblem(j, jobs.ProblemScript, "script:b", "The script b failed: exit status 3")
	h.wantProblem(j, jobs.ProblemScript, "script:b", "It said last: no disk is left")
	_, err := h.store.JobSecrets(j.ID)
	wantErr(t, err, store.ErrNotFound)

	g.put("mended", "")
	_, err = h.runner.Retry("ada", j.ID, nil)
	wantErr(t, err, jobs.ErrSecrets)
	j, err = h.runner.Retry("ada", j.ID, map[string]string{"PASSWORD": "second", "OTHER": "x"})
	mustNot(t, err)
	h.want(h.await(j), store.JobDone, beforeProvision+"init done, script:a done, script:b done, look done")
	if g.read("a") != "x\n" || g.read("b") != "first\nsecond\n" {
		t.Errorf("a ran %q, b %q", g.read("a"), g.read("b"))
	}
}

func TestPackagesThatCannotBeInstalled(t *testing.T) {
	t.Parallel()
	h, g := newProvisionHouse(t)
	g.command("apt-get", `case "$*" in *install*) echo "E: Unable to locate package nonsense" >&2; exit 100 ;; esac`)
	j := h.await(h.setUp(store.Provision{Packages: []store.Package{{Manager: "apt", Name: "nonsense"}}}, nil))
	h.wantProblem(j, jobs.ProblemPackages, jobs.StepPackages, "The packages could not be installed: no repository has nonsense")
	if c := j.Problem.Cause; c == nil || c.Said != "E: Unable to locate package nonsense" {
		t.Errorf("problem %+v", j.Problem)
	}
}

func TestAJobThatFailsForWantOfDNSSaysSo(t *testing.T) {
	t.Parallel()
	h, g := newProvisionHouse(t)
	g.command("sleep", ":")
	g.command("apt-get", `case "$*" in *update*)
echo "Err:1 http://deb.debian.org/debian trixie InRelease"
echo "  Temporary failure resolving 'deb.debian.org'"
echo "E: Failed to fetch http://deb.debian.org/debian/dists/trixie/InRelease  Temporary failure resolving 'deb.debian.org'" >&2
echo "E: Some index files failed to download. They have been ignored, or old ones used instead." >&2
exit 100 ;; esac`)
	j := h.await(h.setUp(scripts("install_packages git"), nil))
	h.wantProblem(j, jobs.ProblemScript, "script:a", "The script a failed: the container cannot resolve deb.debian.org: DNS does not work there")
	if !strings.Contains(told(j), "the bridge vmbr0") || !strings.Contains(told(j), "DNS servers") {
		t.Errorf("it says %s", told(j))
	}
	h.wantLog(j, "err: E: Some index files failed to download")
}

func TestWhatAnEarlierStepSaidIsNoCause(t *testing.T) {
	t.Parallel()
	h, _ := newProvisionHouse(t)
	j := h.await(h.setUp(scripts("echo 'No space left on device'", "echo broken >&2; exit 3"), nil))
	h.wantProblem(j, jobs.ProblemScript, "script:b", "exit status 3")
	h.wantProblem(j, jobs.ProblemScript, "script:b", "It said last: broken")
}

func TestAContainerThatGotNoAddressIsTheCause(t *testing.T) {
	t.Parallel()
	h, g := newProvisionHouse(t)
	h.cluster.StopDHCP()
	g.command("sleep", ":")
	g.command("apt-get", `case "$*" in *update*) echo "E: Could not resolve 'deb.debian.org'" >&2; exit 100 ;; esac`)
	j := h.await(h.setUp(store.Provision{Packages: []store.Package{{Manager: "apt", Name: "git"}}}, nil))
	h.wantProblem(j, jobs.ProblemPackages, jobs.StepPackages, "the container has no address in the network")
	if !strings.Contains(told(j), "DHCP") || !strings.Contains(told(j), "vmbr0") {
		t.Errorf("it says %s", told(j))
	}
	h.wantLog(j, "It got no address within 60 seconds. Check that the bridge vmbr0")
}

func TestADownloadThatFailsForWantOfDNSSaysSo(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.cluster.Inject(sim.Fault{
		Method: "POST", Path: "/nodes/{node}/aplinfo", Task: "download failed: wget exited with 4",
		TaskLog: []string{"downloading http://download.proxmox.com/images/system/alpine.tar.xz", "wget: unable to resolve host address 'download.proxmox.com'"},
	})
	j, err := h.runner.Fetch("ada", h.node.ID, "local", "alpine-3.22-default_20250617_amd64.tar.xz")
	mustNot(t, err)
	h.wantProblem(h.await(j), jobs.ProblemTask, jobs.StepDownload, "tower cannot resolve download.proxmox.com")
}

func TestWithoutSSHTheContainerRunsAndTheJobSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	j := h.await(h.setUp(scripts("say hello"), nil))
	h.wantProblem(j, jobs.ProblemNoSSH, jobs.StepInit, "needs SSH to tower")
	h.wantGuest(120, "running")
	if !j.Made {
		t.Error("the job does not know that it made the container")
	}
}

func TestOnAMemberThatIsNoNodeTheJobSaysWhichToAdd(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.elsewhere = "pve2"
	j := h.await(h.setUp(scripts("say hello"), nil))
	h.wantProblem(j, jobs.ProblemNoNode, jobs.StepInit, "Add pve2 as a node")
}

func TestCancelEndsTheProgramInTheContainer(t *testing.T) {
	t.Parallel()
	h, g := newProvisionHouse(t)
	j := h.setUp(scripts(`echo $$ >"$BOX/pid"; say begun; sleep 1000`), nil)
	h.watch(j, func(u jobs.Update) bool { return u.Done || strings.Contains(texts(u.Job, u.Lines), "begun") })
	j = h.cancel(j)
	h.want(j, store.JobCancelled, beforeProvision+"init done, script:a failed, look todo")
	h.wantLog(j, "Stop the program in the container", "It has ended", "Cancelled")
	if proc := "/proc/" + strings.TrimSpace(g.read("pid")) + "/cmdline"; g.read("pid") != "" {
		if line, err := os.ReadFile(proc); err == nil && strings.Contains(string(line), "sh") {
			t.Errorf("it still runs: %q", line)
		}
	}
}

func TestADroppedConnection(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		script string
		want   store.JobState
		says   string
	}{
		"under a script that ends well": {`say begun; until [ -e "$BOX/go" ]; do sleep 0.05; done; say meanwhile`, store.JobDone, "exit status 0 after"},
		"under a script that fails":     {`say begun; until [ -e "$BOX/go" ]; do sleep 0.05; done; say meanwhile; exit 4`, store.JobFailed, "exit status 4 after"},
	} {
		t.Run(name, func(t *testing.T) {
			h, g := newProvisionHouse(t)
			j := h.setUp(scripts(c.script), nil)
			h.watch(j, func(u jobs.Update) bool { return u.Done || strings.Contains(texts(u.Job, u.Lines), "begun") })
			h.clock.Stop()
			g.drop()
			h.watch(j, func(u jobs.Update) bool { return u.Done || strings.Contains(texts(u.Job, u.Lines), "was lost") })
			g.put("go", "")
			h.clock.Hurry()
			j = h.await(j)
			if j.State != c.want {
				t.Errorf("the job is %s: %+v", j.State, j.Problem)
			}
			h.wantLog(j, "out: begun", "The connection to the host was lost", "out: meanwhile", c.says)
			if n := strings.Count(h.log(j), "out: begun") + strings.Count(h.log(j), "out: meanwhile"); n != 2 {
				t.Errorf("lines come twice:\n%s", h.log(j))
			}
		})
	}
}

// vanishes is a script that ends so that nobody knows how, until it is mended: with it
// ends what watches it.
const vanishes = `echo x >>"$BOX/ran"
[ -e "$BOX/mended" ] || kill -9 0`

func TestAJobAsksWhatBecameOfAScript(t *testing.T) {
	t.Parallel()
	for answer, c := range map[string]struct {
		state store.JobState
		steps string
		ran   string
	}{
		jobs.AnswerAgain: {store.JobDone, "init done, script:a done, script:b done, look done", "x\nx\n"},
		jobs.AnswerSkip:  {store.JobDone, "init done, script:a skipped, script:b done, look done", "x\n"},
		jobs.AnswerStop:  {store.JobCancelled, "init done, script:a failed, script:b todo, look todo", "x\n"},
	} {
		t.Run(answer, func(t *testing.T) {
			t.Parallel()
			h, g := newProvisionHouse(t)
			provision := scripts(vanishes, `[ "$PASSWORD" = hunter2 ]`)
			provision.Secrets = []string{"PASSWORD"}
			j := h.await(h.setUp(provision, map[string]string{"PASSWORD": "hunter2"}))
			if j.State != store.JobWaiting || j.Problem == nil || j.Problem.Kind != jobs.ProblemUnsure || j.Problem.Step != "script:a" {
				t.Fatalf("the job is %s: %+v\n%s", j.State, j.Problem, h.log(j))
			}
			h.restart() // it waits over a restart too
			g.put("mended", "")
			_, err := h.runner.Answer("eve", j.ID, answer)
			wantErr(t, err, store.ErrNotFound)
			if _, err = h.runner.Answer("ada", j.ID, "perhaps"); err == nil {
				t.Error("perhaps is an answer")
			}
			j, err = h.runner.Answer("ada", j.ID, answer)
			mustNot(t, err)
			h.want(h.await(j), c.state, beforeProvision+c.steps)
			if g.read("ran") != c.ran {
				t.Errorf("the script ran %q, want %q", g.read("ran"), c.ran)
			}
			_, err = h.runner.Answer("ada", j.ID, answer)
			wantErr(t, err, jobs.ErrState)
		})
	}
}

func TestAWaitingJobCanBeCancelled(t *testing.T) {
	t.Parallel()
	h, _ := newProvisionHouse(t)
	j := h.await(h.setUp(scripts(vanishes), nil))
	h.want(h.cancel(j), store.JobCancelled, beforeProvision+"init done, script:a failed, look todo")
}

// In a real shell. Each look at the clock has its turn in TestARestartAtEveryStepOfProvisioning, and what provisioning begins with in
// TestACreateSurvivesAKillAtEveryStep.
func TestProvisioningSurvivesAKillAtEveryStep(t *testing.T) {
	t.Parallel()
	h, g := newProvisionHouse(t)
	file := filepath.Join(g.dir, "motd")
	provision := scripts(`echo "$BERTH_VMID" >>"$BOX/ran"; say one; say two`)
	provision.Files = []store.File{{Path: file, Owner: fmt.Sprintf("%d:%d", os.Getuid(), os.Getgid()), Policy: store.FileBackup, Content: []byte("x")}}
	provision.Packages = []store.Package{{Manager: "apt", Name: "git"}}
	some := func(step string) int {
		switch step {
		case jobs.StepCheck, jobs.StepCreate, jobs.StepStart, jobs.StepAddress:
			return 4
		}
		return 2
	}
	deaths := killedAtEvery(t, h, some, func(r *jobs.Runner, vmid int) store.Job {
		j, err := r.CreateProvisioned("ada", h.node.ID, "", spec(vmid), provision, nil)
		mustNot(t, err)
		return j
	}, func(t *testing.T, j store.Job) {
		times := 1
		if j.State == store.JobWaiting {
			g.settle() // what the dead one began may be on its way
			if strings.Contains(g.read("ran"), fmt.Sprint(j.VMID)) {
				times = 2
			}
			var err error
			j, err = h.runner.Answer("ada", j.ID, jobs.AnswerAgain)
			mustNot(t, err)
			j = h.await(j)
		}
		h.want(j, store.JobDone, beforeProvision+"init done, files done, packages done, script:a done, look done")
		if n := strings.Count(g.read("ran"), fmt.Sprint(j.VMID)+"\n"); n != times {
			t.Errorf("the script ran %d times, want %d", n, times)
		}
	})
	for _, step := range []string{jobs.StepCheck, jobs.StepCreate, jobs.StepStart, jobs.StepAddress, jobs.StepInit, jobs.StepFiles, jobs.StepPackages, jobs.StepScript + "a", jobs.StepLook} {
		if deaths[step] == 0 {
			t.Errorf("it was never killed in the step %s", step)
		}
	}
}

// Not beside others: it measures memory.
func TestALongLogReachesManyViewersWhole(t *testing.T) {
	const lines, viewers, most = 19_900, 20, 60 << 20
	h, _ := newProvisionHouse(t)
	j := h.setUp(scripts(fmt.Sprintf(`i=0; while [ $i -lt %d ]; do i=$((i+1)); echo "line $i of what a package manager has to say about its day"; done`, lines)), nil)
	var (
		all  sync.WaitGroup
		mu   sync.Mutex
		peak uint64
	)
	for v := range viewers {
		all.Go(func() {
			f, err := h.runner.Follow("ada", j.ID, 0)
			if err != nil {
				t.Error(err)
				return
			}
			defer f.Close()
			ctx, cancel := context.WithTimeout(t.Context(), 6*testPatience)
			defer cancel()
			last, said := 0, 0
			for updates := 0; ; updates++ {
				u, err := f.Next(ctx)
				if err != nil {
					t.Errorf("viewer %d after line %d: %v", v, last, err)
					return
				}
				for _, l := range u.Lines {
					if last++; l.N != last {
						t.Errorf("viewer %d got line %d after %d", v, l.N, last-1)
						return
					}
					if strings.HasPrefix(l.Text, "line ") {
						if said++; !strings.HasPrefix(l.Text, fmt.Sprintf("line %d of", said)) {
							t.Errorf("viewer %d got %q as line %d of the script", v, l.Text, said)
							return
						}
					}
				}
				if updates%50 == 0 {
					var m runtime.MemStats
					runtime.ReadMemStats(&m)
					mu.Lock()
					peak = max(peak, m.HeapInuse+m.StackInuse)
					mu.Unlock()
				}
				if u.Done {
					break
				}
			}
			if said != lines {
				t.Errorf("viewer %d got %d lines of %d", v, said, lines)
			}
		})
	}
	all.Wait()
	h.want(h.await(j), store.JobDone, beforeProvision+"init done, script:a done, look done")
	if peak > most {
		t.Errorf("%d MiB were in use, more than %d", peak>>20, most>>20)
	}
}

func TestAScriptIsRunByWhatItsFirstLineNames(t *testing.T) {
	t.Parallel()
	h, _ := newProvisionHouse(t)
	j := h.await(h.setUp(scripts(
		"#!/usr/bin/env bash\nset -euo pipefail\n[[ 1 ]]; say \"by bash ${BASH_VERSION%%.*}\"; save=(a b); say \"${save[1]}\"",
		"#!/usr/bin/env -S sed -n 1p\n",
		"#!/usr/bin/env no-such-thing\nsay never",
	), nil))
	h.wantProblem(j, jobs.ProblemScript, "script:c", "The script c failed: no-such-thing is not in this container: add the package that brings it")
	h.wantLog(j, "out: by bash ", "out: b\n", "out: #!/usr/bin/env -S sed -n 1p\n")
	if strings.Contains(h.log(j), "never") {
		t.Error("what is missing was taken for a shell")
	}
}

func TestAMistakeIsNamedByTheScriptsOwnLine(t *testing.T) {
	t.Parallel()
	h, _ := newProvisionHouse(t)
	j := h.await(h.setUp(scripts("say one\nno-such-command\n"), nil))
	h.wantProblem(j, jobs.ProblemScript, "script:a", "/a.sh: ")
	if !strings.Contains(told(j), "/a.sh: 2:") && !strings.Contains(told(j), "/a.sh: line 2:") {
		t.Error(told(j))
	}
}

func TestCancelEndsWhatAScriptPutInTheBackground(t *testing.T) {
	t.Parallel()
	h, g := newProvisionHouse(t)
	j := h.setUp(scripts(`sleep 1000 & echo $! >"$BOX/pid"; trap 'say tidying up; exit 9' TERM; say begun; wait`), nil)
	h.watch(j, func(u jobs.Update) bool { return u.Done || strings.Contains(texts(u.Job, u.Lines), "out: begun") })
	j = h.cancel(j)
	h.want(j, store.JobCancelled, beforeProvision+"init done, script:a failed, look todo")
	h.wantLog(j, "Stop the program in the container", "out: tidying up", "It has ended", "Cancelled")
	stat, err := os.ReadFile("/proc/" + strings.TrimSpace(g.read("pid")) + "/stat")
	if err == nil && strings.Contains(string(stat), "(sleep) ") && !strings.Contains(string(stat), ") Z ") {
		t.Errorf("the child still runs: %s", stat)
	}
}

// What a script says while Berth is not there is in the log of the job that goes on.
func TestAScriptSaysOnWhileBerthIsStartedAgain(t *testing.T) {
	t.Parallel()
	h, g := newProvisionHouse(t)
	long := strings.Repeat("z", 2*store.MaxLogText)
	j := h.setUp(scripts(`set -e; printf 'half a '; warn careful; say line; printf `+long+`; say; until [ -e "$BOX/go" ]; do sleep 0.05; done; echo meanwhile; warn late; printf ended`), nil)
	h.watch(j, func(u jobs.Update) bool { return u.Done || strings.Contains(texts(u.Job, u.Lines), "zz") })
	h.cutOff()
	g.drop()
	h.close()
	g.put("go", "")
	h.runner = h.newRunner(h.clock)
	mustNot(t, h.runner.Resume())
	j = h.await(j)
	h.want(j, store.JobDone, beforeProvision+"init done, script:a done, look done")
	h.wantLog(j, "out: half a line", "out: meanwhile", "out: ended", "exit status 0 after")
	log := h.log(j)
	for _, line := range []string{"out: half a line", "err: Warning: careful", "err: Warning: late", "out: meanwhile", "out: ended"} {
		if n := strings.Count(log, line+"\n"); n != 1 {
			t.Errorf("%q comes %d times", line, n)
		}
	}
	if n := strings.Count(log, "out: "+long[:store.MaxLogText]+"\n"); n != 2 {
		t.Errorf("a long line, broken into two, is there as %d", n)
	}
}

// A run that an earlier version of Berth began left its number and its exit status.
func TestAScriptOfAnEarlierVersionIsReadToItsEnd(t *testing.T) {
	t.Parallel()
	h, g := newProvisionHouse(t)
	j := h.setUp(scripts(`say begun; until [ -e "$BOX/go" ]; do sleep 0.05; done`), nil)
	h.watch(j, func(u jobs.Update) bool { return u.Done || strings.Contains(texts(u.Job, u.Lines), "out: begun") })
	h.close()
	kept, err := h.store.JobByID(j.ID)
	mustNot(t, err)
	run := filepath.Join(g.dir, "run", kept.Steps[kept.Step].Run)
	mustNot(t, os.Rename(run, run+"-away"))
	g.put("go", "")
	mustNot(t, os.WriteFile(run+".exit", []byte("4\n"), 0o600))
	h.runner = h.newRunner(h.clock)
	mustNot(t, h.runner.Resume())
	j = h.await(j)
	h.wantProblem(j, jobs.ProblemScript, "script:a", "exit status 4")
	h.wantLog(j, "Its output until then is not known")
}

func TestALogOfTheHostIsShownAsATerminalDoes(t *testing.T) {
	t.Parallel()
	h := newHouse(t, container(120, "stopped"))
	h.cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc/{vmid}/status/start", Times: 1, TaskLog: []string{
		"\x1b[32mgreen\x1b[0m", "10%\r 50%\r100%", "\x1b]0;title\x07named", "plain",
	}})
	j := h.await(h.act(120, store.JobStart))
	h.wantLog(j, "out: green\n", "out: 100%\n", "out: named\n", "out: plain\n")
	if strings.ContainsAny(h.log(j), "\x1b\r\x07") {
		t.Errorf("%q", h.log(j))
	}
}
