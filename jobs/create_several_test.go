package jobs_test

import (
	"net/url"
	"testing"

	"berth/jobs"
	"berth/store"
)

// specs are the parameters of containers alike.
func specs(vmids ...int) []jobs.CreateSpec {
	var list []jobs.CreateSpec
	for _, vmid := range vmids {
		list = append(list, spec(vmid))
	}
	return list
}

func TestSeveralAreCreatedTwoAtATime(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	draft, err := h.store.NewDraft("ada", url.Values{"vmid": {"120"}})
	mustNot(t, err)
	h.clock.Stop()
	parent, err := h.runner.CreateSeveral("ada", h.node.ID, draft.ID, specs(120, 121, 122, 123), store.Provision{}, nil)
	mustNot(t, err)
	if parent.Kind != store.JobBulk || parent.Does != store.JobCreate || parent.NodeName != "tower" || len(parent.Children) != 4 {
		t.Errorf("CreateSeveral() = %+v", parent)
	}
	h.clock.Await(t, 2)
	now, err := h.store.Job("ada", parent.ID)
	mustNot(t, err)
	if now.Tally[store.JobRunning] != 2 || now.Tally[store.JobQueued] != 2 {
		t.Errorf("at work are %v", now.Tally)
	}
	_, err = h.store.Draft("ada", draft.ID)
	mustNot(t, err)
	h.clock.Hurry()
	h.await(parent)
	h.wantChildren(parent, "done: 120 done, 121 done, 122 done, 123 done")
	for _, j := range h.children(parent) {
		h.want(j, store.JobDone, madeAndRuns)
	}
	_, err = h.store.Draft("ada", draft.ID)
	wantErr(t, err, store.ErrNotFound)
}

func TestOneOfSeveralThatIsTakenFailsAloneAndKeepsTheDraft(t *testing.T) {
	t.Parallel()
	h := newHouse(t, container(121, "running"))
	draft, err := h.store.NewDraft("ada", url.Values{"vmid": {" 0120"}})
	mustNot(t, err)
	parent, err := h.runner.CreateSeveral("ada", h.node.ID, draft.ID, specs(120, 121), store.Provision{}, nil)
	mustNot(t, err)
	h.await(parent)
	h.wantChildren(parent, "failed: 120 done, 121 failed")
	draft, err = h.store.Draft("ada", draft.ID)
	mustNot(t, err)
	if len(draft.Refused) != 0 {
		t.Errorf("the first is said to be refused: %v", draft.Refused)
	}
	h.cluster.Remove(121)
	_, err = h.runner.Retry("ada", parent.ID, nil)
	mustNot(t, err)
	h.await(parent)
	h.wantChildren(parent, "done: 120 done, 121 done")
	_, err = h.store.Draft("ada", draft.ID)
	wantErr(t, err, store.ErrNotFound)
}

func TestSecretsOfSeveralAreTypedOnceForAnotherTry(t *testing.T) {
	t.Parallel()
	h := newHouse(t) // without SSH: all fail where they are set up
	provision := store.Provision{Scripts: []store.Script{{Name: "share", Enabled: true, Content: "true\n"}}, Secrets: []string{"PASSWORD"}}
	parent, err := h.runner.CreateSeveral("ada", h.node.ID, "", specs(120, 121), provision, map[string]string{"PASSWORD": "tide"})
	mustNot(t, err)
	parent = h.await(parent)
	h.wantChildren(parent, "failed: 120 failed, 121 failed")
	asked, err := h.runner.SecretsToType(parent)
	mustNot(t, err)
	if len(asked) != 1 || asked[0].Name != "PASSWORD" {
		t.Errorf("asked for are %v", asked)
	}
	_, err = h.runner.Retry("ada", parent.ID, nil)
	wantErr(t, err, jobs.ErrSecrets)

	parent, err = h.runner.Retry("ada", parent.ID, map[string]string{"PASSWORD": "tide"})
	mustNot(t, err)
	if parent.State.Final() {
		t.Errorf("it is %s after a retry", parent.State)
	}
	h.await(parent)
	for _, j := range h.children(parent) {
		if _, err := h.store.JobSecrets(j.ID); err == nil {
			t.Errorf("job %s keeps its secrets after its end", j.Label())
		}
	}
}
