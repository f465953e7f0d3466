package jobs_test

import (
	"strings"
	"testing"

	"berth/jobs"
	"berth/proxmox/sim"
	"berth/store"
)

func TestActions(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		kind          store.JobKind
		before, after string
		steps         string
	}{
		{store.JobStart, "stopped", "running", "start done"},
		{store.JobShutdown, "running", "stopped", "shutdown done"},
		{store.JobStop, "running", "stopped", "stop done"},
		{store.JobReboot, "running", "running", "reboot done"},
		{store.JobDelete, "stopped", "", "delete done"},

		// Someone else was quicker.
		{store.JobStart, "running", "running", "start done"},
		{store.JobShutdown, "stopped", "stopped", "shutdown done"},
		{store.JobStop, "stopped", "stopped", "stop done"},
		{store.JobDelete, "", "", "delete done"},
	} {
		name := c.before
		if name == "" {
			name = "none"
		}
		t.Run(string(c.kind)+" of one that is "+name, func(t *testing.T) {
			h := newHouse(t)
			if c.before != "" {
				h.cluster.Add(container(120, c.before))
			}
			h.want(h.await(h.act(120, c.kind)), store.JobDone, c.steps)
			h.wantGuest(120, c.after)
			if c.before != c.after && h.changed() == 0 {
				t.Error("nobody was told of the change")
			}
		})
	}
}

func TestActionsThatCannotBe(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		kind   store.JobKind
		guest  sim.Guest
		lock   string
		kindOf store.MessageKind
		says   string
	}{
		"start of one that vanished":    {kind: store.JobStart, kindOf: jobs.ProblemGone, says: "web (120) is no longer on tower"},
		"shutdown of one that vanished": {kind: store.JobShutdown, kindOf: jobs.ProblemGone, says: "deleted or moved"},
		"start of a locked one":         {kind: store.JobStart, guest: container(120, "stopped"), lock: "backup", kindOf: jobs.ProblemLocked, says: "locked on tower (backup)"},
		"delete of one that runs":       {kind: store.JobDelete, guest: container(120, "running"), kindOf: jobs.ProblemStillRuns, says: "cannot be deleted"},
		"reboot of one that is stopped": {kind: store.JobReboot, guest: container(120, "stopped"), kindOf: jobs.ProblemStopped, says: "is not running"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			if c.guest.VMID != 0 {
				h.cluster.Add(c.guest)
				h.cluster.SetLock(120, c.lock)
			}
			h.wantProblem(h.await(h.act(120, c.kind)), c.kindOf, string(c.kind), c.says)
		})
	}
	h := newHouse(t)
	if _, err := h.runner.Act("ada", h.node.Ref(120), jobs.Action{Kind: store.JobCreate}); err == nil {
		t.Error("create passed for an action on a container")
	}
	_, err := h.runner.Act("eve", h.node.Ref(120), jobs.Action{Kind: store.JobStart})
	wantErr(t, err, store.ErrNotFound)
}

func TestActionsThatTheHostRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status       int
		message      string
		kind         store.MessageKind
		says, hidden string
	}{
		{500, "detected modified configuration - file changed by other user? Try again.", jobs.ProblemModified, "was changed by someone else", "modified"},
		{500, "CT is locked", jobs.ProblemLocked, "the host does not say why", "CT is"},
		{403, "Permission check failed (/vms/120, VM.PowerMgmt)", jobs.ProblemForbidden, "lacks the right VM.PowerMgmt on /vms/120", "check failed"},
		{403, "Permission check failed", jobs.ProblemNoRight, "lacks a right for this", "/vms"},
		{500, "cluster not ready - no quorum?", jobs.ProblemOther, "tower refused: cluster not ready - no quorum?", "500"},
		{400, "Parameter verification failed.", jobs.ProblemInvalid, "tower refused the request", "400"},
		{500, "hostname lookup 'pve1' failed - failed to get address info", jobs.ProblemNoSuchNode, "has a different name in Proxmox now", "lookup"},
	} {
		t.Run(c.message, func(t *testing.T) {
			h := newHouse(t, container(120, "stopped"))
			h.cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc/{vmid}/status/start", Status: c.status, Message: c.message})
			j := h.await(h.act(120, store.JobStart))
			h.wantProblem(j, c.kind, jobs.StepStart, c.says)
			if strings.Contains(told(j), c.hidden) {
				t.Errorf("it says %q", told(j))
			}
		})
	}
}

func TestDeleteOfOneThatRunsStopsItWhenAskedTo(t *testing.T) {
	t.Parallel()
	h := newHouse(t, container(120, "running"))
	j, err := h.runner.Act("ada", h.node.Ref(120), jobs.Action{Kind: store.JobDelete, Name: "web", Stop: true, Purge: true})
	mustNot(t, err)
	h.want(h.await(j), store.JobDone, "stop done, delete done")
	h.wantGuest(120, "")
	purged := false
	for _, c := range h.cluster.Calls() {
		purged = purged || c.Method == "DELETE" && c.Path == "/nodes/pve1/lxc/120" && c.Params["purge"] == "1"
	}
	if !purged {
		t.Error("it was not taken out of backup jobs")
	}
}

func TestAShutdownThatDoesNotEndOffersStop(t *testing.T) {
	t.Parallel()
	g := container(120, "running")
	g.HangsOnShutdown = true
	h := newHouse(t, g)
	h.wantProblem(h.await(h.act(120, store.JobShutdown)), jobs.ProblemTimeout, jobs.StepShutdown, "did not shut down within about 2 minutes")
	h.wantGuest(120, "running")
	h.want(h.await(h.act(120, store.JobStop)), store.JobDone, "stop done")
	h.wantGuest(120, "stopped")
}

func TestTwoActionsOnOneContainer(t *testing.T) {
	t.Parallel()
	h := newHouse(t, container(120, "running"), container(121, "running"))
	h.clock.Stop()
	first := h.act(120, store.JobShutdown)
	_, err := h.runner.Act("ada", h.node.Ref(120), jobs.Action{Kind: store.JobStop})
	wantBusy(t, err, first)
	other := h.act(121, store.JobStop)
	h.clock.Hurry()
	h.want(h.await(first), store.JobDone, "shutdown done")
	h.want(h.await(other), store.JobDone, "stop done")
	h.want(h.await(h.act(120, store.JobStart)), store.JobDone, "start done")
}

func TestFetch(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	ctx := t.Context()
	list, err := h.client.Appliances(ctx, testMember)
	mustNot(t, err)
	file := list[0].Template
	j, err := h.runner.Fetch("ada", h.node.ID, "local", file)
	mustNot(t, err)
	percents := map[int]bool{}
	j, _ = h.watch(j, func(u jobs.Update) bool {
		percents[u.Job.Percent] = true
		return u.Done
	})
	h.want(j, store.JobDone, "download done")
	templates, err := h.client.OSTemplates(ctx, testMember, "local")
	mustNot(t, err)
	found := false
	for _, o := range templates {
		found = found || o.Volume == "local:vztmpl/"+file
	}
	if !found {
		t.Errorf("%s is not among %v", file, templates)
	}
	if len(percents) < 2 {
		t.Errorf("no progress was told: %v\n%s", percents, h.log(j))
	}
}

func TestOneOSTemplateIsFetchedOnce(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.clock.Stop()
	list, err := h.client.Appliances(t.Context(), testMember)
	mustNot(t, err)
	j, err := h.runner.Fetch("ada", h.node.ID, "local", list[0].Template)
	mustNot(t, err)
	_, err = h.runner.Fetch("ada", h.node.ID, "local", list[0].Template)
	wantBusy(t, err, j)
}
