package jobs_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"berth/jobs"
	"berth/store"
)

// counts makes a script that notes that it ran.
func counts(name string) string {
	return "echo x >>/root/ran-" + name + "; say one; sleep 0.1; say two"
}

// ran counts the runs of a script of counts in a container.
func (h *house) ran(vmid int, name string) int {
	h.t.Helper()
	return strings.Count(h.inside(vmid, "cat /root/ran-"+name+" || :"), "x")
}

// TestARestartAtEveryStepOfProvisioning kills the Runner at each of its looks at the clock, over
// a host that serves the API and SSH. What can be repeated is repeated; a script is never
// run again without an answer, and the answers are given in turn.
func TestARestartAtEveryStepOfProvisioning(t *testing.T) {
	t.Parallel()
	t.Run("of Berth alone", func(t *testing.T) {
		t.Parallel()
		restartedAtEveryStep(t, false)
	})
	t.Run("of Berth and of what runs on its host", func(t *testing.T) {
		t.Parallel()
		restartedAtEveryStep(t, true)
	})
}

func restartedAtEveryStep(t *testing.T, hostToo bool) {
	h, server := newSimHouse(t)
	distance, on := 1, ""
	if hostToo {
		distance, on = 2, strings.Repeat("; sleep 0.2; say on", 4) // what belongs to Berth alone has had all, and the scripts take longer
		h.cutOff = func() {
			server.Drop()
			for _, g := range h.cluster.Guests() {
				if g.Status == "running" {
					h.cluster.SetStatus(g.VMID, "stopped")
					h.cluster.SetStatus(g.VMID, "running")
				}
			}
		}
	}
	provision := scripts(counts("a")+on, counts("b")+on)
	provision.Files = []store.File{{Path: "/etc/motd", Policy: store.FileBackup, Content: []byte("Hello\n")}}
	provision.Packages = []store.Package{{Manager: "apt", Name: "nginx"}}
	provision.Services = []store.Service{{Name: "nginx", Port: 80}}
	answers := []string{jobs.AnswerAgain, jobs.AnswerSkip, jobs.AnswerStop}
	asked := map[string]int{}

	var askedAt []int // the looks at the clock at which it died and asked then
	begin := func(r *jobs.Runner, vmid int) store.Job {
		j, err := r.CreateProvisioned("ada", h.node.ID, "", spec(vmid), provision, nil)
		mustNot(t, err)
		return j
	}
	check := func(t *testing.T, j store.Job) {
		steps := beforeProvision + "init done, files done, packages done, script:a done, script:b done, look done"
		state := store.JobDone
		most := map[string]int{"a": 1, "b": 1}
		least := maps.Clone(most)
		if j.State == store.JobWaiting {
			name, isScript := strings.CutPrefix(j.Problem.Step, jobs.StepScript)
			if !isScript {
				t.Fatalf("it asks about the step %s", j.Problem.Step)
			}
			answer := answers[(asked["script:a"]+asked["script:b"])%len(answers)]
			asked[j.Problem.Step]++
			askedAt = append(askedAt, j.VMID-firstKilled)
			var err error
			j, err = h.runner.Answer("ada", j.ID, answer)
			mustNot(t, err)
			switch j = h.await(j); answer {
			case jobs.AnswerAgain:
				most[name] = 2
			case jobs.AnswerSkip:
				least[name] = 0
				steps = strings.Replace(steps, "script:"+name+" done", "script:"+name+" skipped", 1)
			case jobs.AnswerStop:
				state = store.JobCancelled
				steps, _, _ = strings.Cut(steps, "script:"+name)
				steps += "script:" + name + " failed"
				for _, s := range j.Steps[j.Step+1:] {
					steps += ", " + s.Name + " todo"
				}
				least = map[string]int{}
			}
		}
		h.want(j, state, steps)
		for _, name := range []string{"a", "b"} {
			if n := h.ran(j.VMID, name); n < least[name] || n > most[name] {
				t.Errorf("the script %s ran %d times, want %d to %d\n%s", name, n, least[name], most[name], h.log(j))
			}
		}
		h.wantTasks(j.VMID, map[string]int{"vzcreate": 1, "vzstart": 1})
		if got := h.inside(j.VMID, "cat /etc/motd; ls /etc"); !strings.HasPrefix(got, "Hello\n") || strings.Count(got, "motd") != 1 {
			t.Errorf("the file and its copies: %q", got)
		}
	}
	deaths := killedAtEvery(t, h, apart(distance), begin, check)
	// How often the clock is looked at while a script runs is up to the machine: it dies there again until each answer was given.
	enough := func() bool {
		a, b := asked["script:a"], asked["script:b"]
		return a > 0 && b > 0 && a+b >= len(answers)
	}
	for again := 0; hostToo && !enough() && again < 30 && len(askedAt) > 0; again++ {
		h.close()
		j, _ := h.killed(askedAt[0]+again%10, nil, func(r *jobs.Runner) store.Job { return begin(r, 700+again) })
		check(t, j)
	}
	for _, step := range []string{
		jobs.StepCheck, jobs.StepCreate, jobs.StepStart, jobs.StepAddress, jobs.StepInit, jobs.StepFiles, jobs.StepPackages, "script:a", "script:b", jobs.StepLook,
	} {
		if deaths[step] == 0 && !hostToo {
			t.Errorf("it never died at %s, but at %v", step, slices.Sorted(maps.Keys(deaths)))
		}
	}
	if hostToo && !enough() {
		t.Errorf("it asked %v times about the scripts, want that each answer is given", asked)
	}
}

// waits is a script that says that it began and goes on until it is let.
const waits = `echo x >>/root/ran-a; say begun; wait_for_port 4321 9999; `

// begun begins to provision a script that waits, and returns when it has begun.
func (h *house) begun(script string) store.Job {
	h.t.Helper()
	provision := scripts(script, counts("b"))
	j := h.setUp(provision, nil)
	h.watch(j, func(u jobs.Update) bool { return u.Done || strings.Contains(texts(u.Job, u.Lines), "out: begun") })
	return j
}

// letEnd lets the script of begun end.
func (h *house) letEnd() {
	h.t.Helper()
	h.cluster.RunService(120, "go", "", 4321)
}

// kill ends the Runner while a script runs, and its connection.
func (h *house) kill() {
	h.t.Helper()
	h.cutOff()
	h.closeAtOnce()
}

func TestAScriptThatOutlivesARestart(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		then  string
		state store.JobState
		steps string
		says  string
	}{
		"and ends well": {"say meanwhile; exit 0", store.JobDone, "script:a done, script:b done, look done", "exit status 0 after"},
		"and fails":     {"say meanwhile; exit 4", store.JobFailed, "script:a failed, script:b todo, look todo", "exit status 4 after"},
	} {
		t.Run(name, func(t *testing.T) {
			h, _ := newSimHouse(t)
			j := h.begun(waits + c.then)
			h.clock.Stop()
			h.kill()
			h.runner = h.newRunner(h.clock)
			mustNot(t, h.runner.Resume())
			h.letEnd()
			h.clock.Hurry()
			j = h.await(j)
			h.want(j, c.state, beforeProvision+"init done, "+c.steps)
			h.wantLog(j, "out: begun", "Berth was restarted", "out: meanwhile", c.says)
			if n := strings.Count(h.log(j), "out: begun") + strings.Count(h.log(j), "out: meanwhile"); n != 2 {
				t.Errorf("lines come twice:\n%s", h.log(j))
			}
			if n := h.ran(120, "a"); n != 1 {
				t.Errorf("the script ran %d times", n)
			}
		})
	}
}

// The host goes down under the script, and Berth with it: nobody knows how far it came.
func TestAScriptThatDiedWithItsHostIsAskedAbout(t *testing.T) {
	t.Parallel()
	for answer, c := range map[string]struct {
		state store.JobState
		steps string
		a, b  int
	}{
		jobs.AnswerAgain: {store.JobDone, "script:a done, script:b done, look done", 2, 1},
		jobs.AnswerSkip:  {store.JobDone, "script:a skipped, script:b done, look done", 1, 1},
		jobs.AnswerStop:  {store.JobCancelled, "script:a failed, script:b todo, look todo", 1, 0},
	} {
		t.Run(answer, func(t *testing.T) {
			h, _ := newSimHouse(t)
			j := h.begun(waits)
			h.kill()
			h.cluster.SetStatus(120, "stopped")
			h.cluster.SetStatus(120, "running")
			h.runner = h.newRunner(h.clock)
			mustNot(t, h.runner.Resume())
			j = h.await(j)
			if j.State != store.JobWaiting || j.Problem == nil || j.Problem.Kind != jobs.ProblemUnsure || j.Problem.Step != "script:a" {
				t.Fatalf("the job is %s: %+v\n%s", j.State, j.Problem, h.log(j))
			}
			h.wantLog(j, "It is not known whether the script a finished. Run it again, skip it, or stop here?")
			h.restart() // the question stays
			h.letEnd()
			j, err := h.runner.Answer("ada", j.ID, answer)
			mustNot(t, err)
			h.want(h.await(j), c.state, beforeProvision+"init done, "+c.steps)
			if a, b := h.ran(120, "a"), h.ran(120, "b"); a != c.a || b != c.b {
				t.Errorf("the scripts ran %d and %d times, want %d and %d", a, b, c.a, c.b)
			}
		})
	}
}
