package store_test

import (
	"slices"
	"testing"

	"berth/store"
	"berth/store/storetest"
)

// refuse ends a child as package jobs does.
func refuse(j *store.Job, busy *store.BusyError) {
	j.State, j.Problem = store.JobFailed, &store.JobProblem{Message: store.Message{Kind: "busy", Args: store.Args{Job: busy.Job.ID}}}
}

// stops are jobs on containers of one scope.
func stops(vmids ...int) []store.Job {
	var list []store.Job
	for _, vmid := range vmids {
		list = append(list, store.Job{UserID: "ada", NodeID: "n1", Scope: "s1", VMID: vmid, Kind: store.JobStop})
	}
	return list
}

func parentIs(t *testing.T, s *store.Store, id string, state store.JobState, tally map[store.JobState]int) {
	t.Helper()
	j, err := s.Job("ada", id)
	mustNot(t, err)
	same := len(j.Tally) == len(tally)
	for k, n := range tally {
		same = same && j.Tally[k] == n
	}
	if j.State != state || !same || j.State.Final() == j.Ended.IsZero() {
		t.Errorf("job %s is %s with %v, want %s with %v", id, j.State, j.Tally, state, tally)
	}
}

func TestAParentFollowsItsChildren(t *testing.T) {
	s := storetest.Open(t)
	other := addJob(t, s, stops(121)[0])
	parent, children, err := s.AddJobs(store.Job{UserID: "ada", Kind: store.JobBulk, Does: store.JobStop}, stops(120, 121, 122), refuse)
	mustNot(t, err)
	if parent.Number != 2 || len(children) != 3 || children[2].Number != 5 || !slices.Equal(ids(children), parent.Children) {
		t.Fatalf("parent %+v of %v", parent, ids(children))
	}
	if c := children[1]; c.Parent != parent.ID || c.State != store.JobFailed || c.Problem.Job != other.ID {
		t.Errorf("the busy one: %+v", c)
	}
	parentIs(t, s, parent.ID, store.JobRunning, map[store.JobState]int{store.JobQueued: 2, store.JobFailed: 1})
	_, err = s.AddJob(stops(120)[0])
	wantBusy(t, err, children[0].ID)
	if _, err := s.Children("eve", parent.ID); err != store.ErrNotFound {
		t.Errorf("another's children: %v", err)
	}

	end := func(id string, state store.JobState) {
		t.Helper()
		_, err := s.UpdateJob(id, nil, func(j *store.Job) error {
			j.State, j.Ended = state, j.Created
			return nil
		})
		mustNot(t, err)
	}
	end(children[0].ID, store.JobDone)
	end(children[2].ID, store.JobCancelled)
	parentIs(t, s, parent.ID, store.JobFailed, map[store.JobState]int{store.JobDone: 1, store.JobFailed: 1, store.JobCancelled: 1})
	if open, err := s.OpenJobs(); err != nil || !slices.Equal(ids(open), []string{other.ID}) {
		t.Errorf("open are %v: %v", ids(open), err)
	}

	same := func(*store.Job) error { return nil }
	queued, err := s.ReopenJobs(parent.ID, store.JobFailed, same, refuse) // the other is still at work on it
	if err != nil || len(queued) != 0 {
		t.Errorf("queued %v: %v", ids(queued), err)
	}
	end(other.ID, store.JobDone)
	queued, err = s.ReopenJobs(parent.ID, store.JobFailed, same, refuse)
	if err != nil || !slices.Equal(ids(queued), []string{children[1].ID}) {
		t.Errorf("queued %v: %v", ids(queued), err)
	}
	parentIs(t, s, parent.ID, store.JobRunning, map[store.JobState]int{store.JobDone: 1, store.JobQueued: 1, store.JobCancelled: 1})
	end(children[1].ID, store.JobDone)
	_, err = s.ReopenJob(children[2].ID, same)
	mustNot(t, err)
	end(children[2].ID, store.JobDone)
	parentIs(t, s, parent.ID, store.JobDone, map[store.JobState]int{store.JobDone: 3})
}
