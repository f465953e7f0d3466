package jobs_test

import (
	"testing"

	"berth/jobs"
	"berth/store"
)

func TestTwoJobsANodeAtATime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	for vmid := 120; vmid < 126; vmid++ {
		h.cluster.Add(container(vmid, "running"))
	}
	h.clock.Stop()
	var list []store.Job
	for vmid := 120; vmid < 125; vmid++ {
		list = append(list, h.act(vmid, store.JobStop))
	}
	h.clock.Await(t, 2)
	for i, j := range list {
		now, err := h.store.Job("ada", j.ID)
		mustNot(t, err)
		want, place := store.JobRunning, 0
		if i >= 2 {
			want, place = store.JobQueued, i-1
		}
		if got := h.runner.Place(j); now.State != want || got != place {
			t.Errorf("job %s is %s at place %d, want %s at %d", j.ID, now.State, got, want, place)
		}
	}

	// Another's node, though it is the same host, has its own two.
	eves := h.addNode("eve", "tower")
	other, err := h.runner.Act("eve", eves.Ref(125), jobs.Action{Kind: store.JobStop, Name: "web"})
	mustNot(t, err)
	h.clock.Await(t, 3)
	if h.runner.Place(other) != 0 {
		t.Error("eve's job waits for ada's")
	}

	h.clock.Hurry()
	for _, j := range list {
		j = h.await(j)
		h.want(j, store.JobDone, "stop done")
		if h.runner.Place(j) != 0 {
			t.Errorf("job %s is done and waits", j.ID)
		}
	}
	h.want(h.await(other), store.JobDone, "stop done")
}

func TestAQueueSurvivesARestart(t *testing.T) {
	t.Parallel()
	h := newHouse(t, container(120, "running"), container(121, "running"), container(122, "running"))
	h.clock.Stop()
	first, second, third := h.act(120, store.JobStop), h.act(121, store.JobStop), h.act(122, store.JobStop)
	h.clock.Await(t, 2)
	h.restart()
	h.clock.Await(t, 2)
	if n := h.runner.Place(third); n != 1 {
		t.Errorf("place %d after a restart, want 1", n)
	}
	h.clock.Hurry()
	for _, j := range []store.Job{first, second, third} {
		h.want(h.await(j), store.JobDone, "stop done")
	}
}

func TestAJobWaitsForResume(t *testing.T) {
	t.Parallel()
	h := newHouse(t, container(120, "running"))
	h.close()
	h.runner = h.newRunner(h.clock)
	j := h.act(120, store.JobStop)
	if n := h.runner.Place(j); n != 1 {
		t.Errorf("place %d, want 1", n)
	}
	mustNot(t, h.runner.Resume())
	h.want(h.await(j), store.JobDone, "stop done")
}

func TestJobsBelongToTheirUser(t *testing.T) {
	t.Parallel()
	h := newHouse(t, container(120, "running"))
	j := h.await(h.act(120, store.JobStop))
	for name, call := range map[string]func(string, string) (store.Job, error){
		"Cancel": h.runner.Cancel, "Retry": h.retry, "Keep": h.runner.Keep, "Destroy": h.destroy,
	} {
		_, err := call("eve", j.ID)
		if wantErr(t, err, store.ErrNotFound); err == nil {
			t.Error(name, "works on another's job")
		}
	}
	_, err := h.runner.Follow("eve", j.ID, 0)
	wantErr(t, err, store.ErrNotFound)
	_, err = h.runner.Create("eve", h.node.ID, "", spec(121))
	wantErr(t, err, store.ErrNotFound)
	_, err = h.runner.Fetch("eve", h.node.ID, "local", "x.tar.zst")
	wantErr(t, err, store.ErrNotFound)
}
