package jobs_test

import (
	"strings"
	"testing"
	"time"

	"berth/jobs"
	"berth/proxmox/sim"
	"berth/store"
	"berth/views/explain"
)

func TestAJobWaitsForASilentNode(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.clock.Stop()
	j := h.create(spec(120))
	h.clock.Await(t, 1) // for the task
	h.host.Stop()
	h.clock.Advance(time.Second)
	h.clock.Await(t, 1) // for the node
	j, err := h.store.Job("ada", j.ID)
	mustNot(t, err)
	h.want(j, store.JobRunning, "check done, create active, start todo, address todo")
	if d := explain.Detail(j, j.Steps[j.Step]); !strings.HasPrefix(d, "tower does not answer: nothing listens on its port") {
		t.Errorf("the step says %q", d)
	}
	mustNot(t, h.host.Start())
	h.clock.Hurry()
	j = h.await(j)
	h.wantOneContainer(j)
	h.wantLog(j, "tower does not answer", "tower answers again")
}

func TestAJobGivesASilentNodeUp(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.host.Stop()
	begin := h.clock.Now()
	j := h.await(h.create(spec(120)))
	h.wantProblem(j, jobs.ProblemSilent, jobs.StepCheck, "tower has not answered for 10 minutes")
	if strings.Contains(told(j), "may go on") {
		t.Errorf("nothing was begun, but it says %q", told(j))
	}
	if took := h.clock.Now().Sub(begin); took < 10*time.Minute || took > 11*time.Minute {
		t.Errorf("it waited %s", took)
	}
	mustNot(t, h.host.Start())
	j, err := h.runner.Retry("ada", j.ID, nil)
	mustNot(t, err)
	h.wantOneContainer(h.await(j))
}

func TestATaskIsFoundAgainAfterALongSilence(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.clock.Stop()
	j := h.create(spec(120))
	h.clock.Await(t, 1)
	h.host.Stop()
	h.clock.Hurry()
	j = h.await(j)
	h.wantProblem(j, jobs.ProblemSilent, jobs.StepCreate, "What was started there may still be running; a retry checks that first")
	mustNot(t, h.host.Start())
	j, err := h.runner.Retry("ada", j.ID, nil)
	mustNot(t, err)
	h.wantOneContainer(h.await(j))
}

func TestAMemberThatIsDownForAWhile(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.cluster.Inject(sim.Fault{Method: "GET", Path: "/nodes/{node}/tasks/{upid}/status", Times: 3, Status: 595, Message: "No route to host"})
	j := h.await(h.create(spec(120)))
	h.wantOneContainer(j)
	h.wantLog(j, "its cluster cannot reach it", "tower answers again")
}

func TestTheRecordOfTheNodeIsGone(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.clock.Stop()
	j := h.create(spec(120))
	h.clock.Await(t, 1)
	mustNot(t, h.store.DeleteNode("ada", h.node.ID))
	h.clock.Hurry()
	j = h.await(j)
	h.wantProblem(j, jobs.ProblemNodeRemoved, jobs.StepCreate, "tower was removed from Berth")
}

func TestTheRecordLeadsToAnotherHost(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	h.clock.Stop()
	j := h.create(spec(120))
	h.clock.Await(t, 1)
	moved := h.node
	moved.Host, moved.Member, moved.Members = "192.0.2.1", "pve9", []store.NodeMember{{Name: "pve9", Fingerprint: strings.Repeat("AB", 32)}}
	_, err := h.store.UpdateNode(moved, "")
	mustNot(t, err)
	h.clock.Hurry()
	h.wantProblem(h.await(j), jobs.ProblemNodeElsewhere, jobs.StepCreate, "now points to a different host")
}
