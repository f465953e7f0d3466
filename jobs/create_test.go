package jobs_test

import (
	"maps"
	"net/url"
	"slices"
	"testing"

	"berth/jobs"
	"berth/proxmox/sim"
	"berth/store"
	"berth/views/explain"
)

const madeAndRuns = "check done, create done, start done, address done"

func TestCreateGoesFromTheCheckToTheAddress(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	j := h.create(spec(120))
	if j.State != store.JobQueued || j.NodeName != "tower" || j.Member != testMember || j.Name != "web" {
		t.Errorf("Create() = %+v", j)
	}
	j = h.await(j)
	h.want(j, store.JobDone, madeAndRuns)
	h.wantGuest(120, "running")
	if !j.Made || j.Percent != -1 || j.Problem != nil || j.Ended.Before(j.Started) || j.Started.IsZero() {
		t.Errorf("the job is %+v", j)
	}
	h.wantLog(j, "Check the VMID", "Create the container", "TASK OK", "Start it", "TASK OK", "Wait for an address")
	if len(j.Addresses) == 0 || len(h.addressed[120]) == 0 || j.Addresses[0] != h.addressed[120][0].Addr().String() {
		t.Errorf("addresses %v in the job, %v told", j.Addresses, h.addressed[120])
	}
	for i, s := range j.Steps {
		hasTask := s.Name == jobs.StepCreate || s.Name == jobs.StepStart
		if (s.UPID != "") != hasTask || (s.Exit == "OK") != hasTask || s.Ended.IsZero() {
			t.Errorf("step %d is %+v", i, s)
		}
	}
	if h.changed() == 0 {
		t.Error("nobody was told that the node's guests are others now")
	}
}

func TestCreateHasTheStepsThatWereAskedFor(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*jobs.CreateSpec)
		steps  string
		status string
	}{
		"not to be started": {func(s *jobs.CreateSpec) { s.Start = false }, "check done, create done", "stopped"},
		"without a network": {func(s *jobs.CreateSpec) { s.Params.Bridge, s.Params.IP = "", "" }, "check done, create done, start done", "running"},
		"without addresses": {func(s *jobs.CreateSpec) { s.Params.IP = "" }, "check done, create done, start done", "running"},
		"with a fixed one":  {func(s *jobs.CreateSpec) { s.Params.IP = "192.0.2.20/24" }, madeAndRuns, "running"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			s := spec(120)
			c.change(&s)
			h.want(h.await(h.create(s)), store.JobDone, c.steps)
			h.wantGuest(120, c.status)
		})
	}
}

func TestNoAddressIsNoFailure(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.cluster.Inject(sim.Fault{Method: "GET", Path: "/nodes/{node}/lxc/{vmid}/interfaces", Status: 403, Message: "Permission check failed (/vms/120, VM.Audit)"})
	j := h.await(h.create(spec(120)))
	h.want(j, store.JobDone, madeAndRuns)
	h.wantLog(j, "The address is not known: the token may not ask for it")

	h = newHouse(t)
	h.cluster.Inject(sim.Fault{Method: "GET", Path: "/nodes/{node}/lxc/{vmid}/interfaces", Times: 1, Then: func() { h.cluster.SetStatus(120, "stopped") }})
	j = h.await(h.create(spec(120)))
	h.want(j, store.JobDone, madeAndRuns)
	h.wantLog(j, "It stopped before it had an address")

	h = newHouse(t)
	s := spec(120)
	s.Params.IP = "manual"
	j = h.await(h.create(s))
	h.want(j, store.JobDone, madeAndRuns)
	h.wantLog(j, "It got no address within 60 seconds")

	h = newHouse(t)
	s.Params.IP6 = "auto" // which comes, and no other
	j = h.await(h.create(s))
	h.want(j, store.JobDone, madeAndRuns)
	if len(j.Addresses) == 0 || j.Addresses[0] != h.addressed[120][0].Addr().String() {
		t.Errorf("addresses %v in the job, %v told", j.Addresses, h.addressed[120])
	}

	h = newHouse(t)
	h.cluster.Inject(sim.Fault{Method: "GET", Path: "/nodes/{node}/lxc/{vmid}/interfaces", Status: 595, Message: "No route to host"})
	j = h.await(h.create(spec(120)))
	h.want(j, store.JobDone, madeAndRuns)
	h.wantLog(j, "tower stopped answering, so the address is not known yet")
}

func TestATakenVMIDLeadsBackToTheField(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		before, meanwhile []sim.Guest
		step              string
	}{
		"by a container":               {before: []sim.Guest{{VMID: 120, Name: "db"}}, step: jobs.StepCheck},
		"by a machine":                 {before: []sim.Guest{{Type: "qemu", VMID: 120, Name: "win"}}, step: jobs.StepCheck},
		"just before it is called for": {meanwhile: []sim.Guest{{VMID: 120, Name: "db"}}, step: jobs.StepCreate},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, c.before...)
			h.cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc", Times: 1, Then: func() { h.cluster.Add(c.meanwhile...) }})
			draft, err := h.store.NewDraft("ada", url.Values{"vmid": {"120"}, "hostname": {"web"}})
			mustNot(t, err)
			j, err := h.runner.Create("ada", h.node.ID, draft.ID, spec(120))
			mustNot(t, err)
			j = h.await(j)
			h.wantProblem(j, jobs.ProblemExists, c.step, "VMID 120 is taken")
			if j.Made || explain.Refused(store.PropertyVMID, j.Problem.Properties[store.PropertyVMID], "120") != "120 is taken" {
				t.Errorf("made %t, properties %v", j.Made, j.Problem.Properties)
			}
			draft, err = h.store.Draft("ada", draft.ID)
			mustNot(t, err)
			if draft.Values.Get("hostname") != "web" || !maps.Equal(draft.Refused, map[store.Property]string{store.PropertyVMID: ""}) {
				t.Errorf("the draft is %+v", draft)
			}
			if g := h.guest(120); g == nil || g.Name == "web" {
				t.Errorf("VMID 120 is %+v", g)
			}
		})
	}
}

func TestTheDraftGoesWithSuccess(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	draft, err := h.store.NewDraft("ada", url.Values{"vmid": {"120"}})
	mustNot(t, err)
	j, err := h.runner.Create("ada", h.node.ID, draft.ID, spec(120))
	mustNot(t, err)
	h.want(h.await(j), store.JobDone, madeAndRuns)
	_, err = h.store.Draft("ada", draft.ID)
	wantErr(t, err, store.ErrNotFound)
}

func TestCreateTellsWhyItWasRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := spec(120)
	s.Params.Memory = 1 // below what Proxmox takes
	s.Params.Hostname = "not a name"
	j := h.await(h.create(s))
	h.wantProblem(j, jobs.ProblemInvalid, jobs.StepCreate, "tower refused the request")
	for _, p := range []store.Property{store.PropertyMemory, store.PropertyHostname} {
		if j.Problem.Properties[p] == "" {
			t.Errorf("the properties %v lack %s", j.Problem.Properties, p)
		}
	}

	rights := sim.LeastRights()
	delete(rights, "/storage")
	h.cluster.SetRights(testToken, rights)
	j = h.await(h.create(spec(121)))
	h.wantProblem(j, jobs.ProblemForbidden, jobs.StepCreate, "Datastore.AllocateSpace")

	h.cluster.RevokeToken(testToken)
	j = h.await(h.create(spec(122)))
	h.wantProblem(j, jobs.ProblemToken, jobs.StepCheck, "The token was refused by tower")
	if n := len(h.cluster.Guests()); n != 0 {
		t.Errorf("%d containers were made", n)
	}
}

func TestACreateThatFailsInItsTaskLeavesNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := spec(120)
	s.Params.OSTemplate = "local:vztmpl/none.tar.zst"
	j := h.await(h.create(s))
	h.wantProblem(j, jobs.ProblemTask, jobs.StepCreate, "The task on tower failed")
	h.wantLog(j, "Nothing of it was left on tower")
	h.wantGuest(120, "")
	if j.Made {
		t.Error("the job says that it made a container")
	}
	_, err := h.runner.Keep("ada", j.ID)
	wantErr(t, err, jobs.ErrState)
	_, err = h.destroy("ada", j.ID)
	wantErr(t, err, jobs.ErrState)

	h.cluster.AddOSTemplate(testMember, "local", "none.tar.zst")
	j, err = h.runner.Retry("ada", j.ID, nil)
	mustNot(t, err)
	j = h.await(j)
	h.want(j, store.JobDone, madeAndRuns)
	h.wantLog(j, "Try again")
}

func TestWhatAFailedCreateLeftHasToBeDestroyedFirst(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	s := spec(120)
	s.Params.OSTemplate = "local:vztmpl/none.tar.zst"
	h.cluster.Inject(sim.Fault{Method: "GET", Path: "/nodes/{node}/lxc/{vmid}/status/current", Times: 1, Then: func() { h.cluster.Add(sim.Guest{VMID: 120, Name: "web"}) }})
	j := h.await(h.create(s))
	h.wantProblem(j, jobs.ProblemTask, jobs.StepCreate, "")
	h.wantLog(j, "Container 120 is on tower, but it is incomplete")
	j, err := h.runner.Retry("ada", j.ID, nil)
	mustNot(t, err)
	j = h.await(j)
	h.wantProblem(j, jobs.ProblemLeftover, jobs.StepCreate, "Destroy it first")
	gone, err := h.destroy("ada", j.ID)
	mustNot(t, err)
	h.want(h.await(gone), store.JobDone, "check done, stop done, delete done")
	h.wantGuest(120, "")
}

// startFails makes the task of the next start fail.
func (h *house) startFails() {
	h.cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc/{vmid}/status/start", Times: 1, Task: "bridge 'vmbr9' does not exist"})
}

func TestARetryGoesOnFromTheStepThatFailed(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.startFails()
	j := h.await(h.create(spec(120)))
	h.wantProblem(j, jobs.ProblemTask, jobs.StepStart, "bridge 'vmbr9' does not exist")
	h.want(j, store.JobFailed, "check done, create done, start failed, address todo")
	if !j.Made {
		t.Error("the job does not know that it made a container")
	}
	first := j.Steps[2].UPID
	j, err := h.runner.Retry("ada", j.ID, nil)
	mustNot(t, err)
	if j.State != store.JobQueued || j.Problem != nil {
		t.Errorf("Retry() = %+v", j)
	}
	_, err = h.runner.Retry("ada", j.ID, nil)
	if err == nil {
		t.Error("an unfinished job was tried again")
	}
	j = h.await(j)
	h.want(j, store.JobDone, madeAndRuns)
	if s := j.Steps[2]; first == "" || s.UPID == first || !slices.Equal(s.Tasks(), []string{first, s.UPID}) {
		t.Errorf("the tasks of the start are %q, the first was %q", s.Tasks(), first)
	}
	if n := h.calls("POST", "/nodes/pve1/lxc"); n != 1 {
		t.Errorf("%d calls made the container, want 1", n)
	}
	_, err = h.runner.Retry("ada", j.ID, nil)
	wantErr(t, err, jobs.ErrState)
}

func TestKeep(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.startFails()
	draft, err := h.store.NewDraft("ada", url.Values{"vmid": {"120"}})
	mustNot(t, err)
	j, err := h.runner.Create("ada", h.node.ID, draft.ID, spec(120))
	mustNot(t, err)
	j = h.await(j)
	_, err = h.runner.Keep("eve", j.ID)
	wantErr(t, err, store.ErrNotFound)
	j, err = h.runner.Keep("ada", j.ID)
	mustNot(t, err)
	h.want(j, store.JobDone, "check done, create done, start failed, address skipped")
	h.wantGuest(120, "stopped")
	_, err = h.store.Draft("ada", draft.ID)
	wantErr(t, err, store.ErrNotFound)
	for _, again := range []func(string, string) (store.Job, error){h.runner.Keep, h.destroy, h.retry} {
		_, err = again("ada", j.ID)
		wantErr(t, err, jobs.ErrState)
	}
}

func TestDestroy(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.startFails()
	made := h.await(h.create(spec(120)))
	_, err := h.destroy("eve", made.ID)
	wantErr(t, err, store.ErrNotFound)

	h.clock.Stop()
	j, err := h.destroy("ada", made.ID)
	mustNot(t, err)
	if j.ID == made.ID || j.Kind != store.JobDelete || j.VMID != 120 {
		t.Errorf("Destroy() = %+v", j)
	}
	for _, meanwhile := range []func(string, string) (store.Job, error){h.runner.Keep, h.destroy, h.retry} {
		_, err = meanwhile("ada", made.ID)
		wantBusy(t, err, j)
	}
	h.clock.Hurry()
	h.want(h.await(j), store.JobDone, "check done, stop done, delete done")
	h.wantGuest(120, "")
	made, err = h.store.Job("ada", made.ID)
	mustNot(t, err)
	if made.Made || made.State != store.JobFailed {
		t.Errorf("the create job says %s, made %t", made.State, made.Made)
	}
	h.wantLog(made, "Container 120 was deleted by job "+j.Label())
	_, err = h.destroy("ada", made.ID)
	wantErr(t, err, jobs.ErrState)
}

func TestDestroyLeavesAnotherContainerAlone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.startFails()
	made := h.await(h.create(spec(120)))
	h.cluster.Remove(120)
	h.cluster.Add(sim.Guest{VMID: 120, Name: "db"})
	j, err := h.destroy("ada", made.ID)
	mustNot(t, err)
	h.wantProblem(h.await(j), jobs.ProblemAnother, jobs.StepCheck, "is a different one now (db)")
	h.wantGuest(120, "stopped")

	h.cluster.Remove(120)
	j, err = h.destroy("ada", made.ID)
	mustNot(t, err)
	h.want(h.await(j), store.JobDone, "check done, stop done, delete done")
}

// destroy is Runner.Destroy of a container that is in no HA, replication or backup job.
func (h *house) destroy(userID, jobID string) (store.Job, error) {
	return h.runner.Destroy(userID, jobID, false)
}

// retry is Runner.Retry of a job without secrets.
func (h *house) retry(userID, jobID string) (store.Job, error) {
	return h.runner.Retry(userID, jobID, nil)
}
