package handlers

import (
	"net/http"
	"net/url"
	"testing"

	"berth/jobs"
	"berth/proxmox"
	"berth/store"
)

const typedSecret = "a-Password-typed-once"

// setUp begins the creation of a container with a script that asks for a secret value. It
// fails at the first step inside: SSH is not set up.
func (h harbour) setUp() store.Job {
	h.t.Helper()
	h.cluster.AddOSTemplate("pve1", "local", "debian-13-standard_13.1-2_amd64.tar.zst")
	j, err := h.app.Jobs.CreateProvisioned(h.user.ID, h.node.ID, "", jobs.CreateSpec{Params: proxmox.CreateParams{
		VMID: 120, Hostname: "samba", OSTemplate: "local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst", Storage: "local-lvm", Disk: 8, Cores: 1, Memory: 512, Bridge: "vmbr0", IP: "dhcp", Unprivileged: true,
	}}, store.Provision{
		Template: "Samba", Scripts: []store.Script{{Name: "share", Enabled: true, Content: "true\n"}}, Secrets: []string{"SHARE_PASSWORD"}, Labels: map[string]string{"SHARE_PASSWORD": "Password of the share"},
	}, map[string]string{"SHARE_PASSWORD": typedSecret})
	if err != nil {
		h.t.Fatal(err)
	}
	return h.ended(j.ID)
}

func TestProvisioningWithoutSSHLeadsToItsSettings(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira")
	j := h.setUp()
	a := h.get("/jobs/"+j.ID, http.StatusOK)
	a.says("needs SSH to pve1", "SSH to pve1", "Wait for the system to start", "Run the script share", "Check services", "Keep the container")
	a.has(`href="/settings/nodes/` + h.node.ID + `#ssh"`)
	a.lacks(typedSecret)
}

func TestSecretValuesAreTypedAgainForARetry(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira")
	j := h.setUp()
	at := "/jobs/" + j.ID
	a := h.get(at, http.StatusOK)
	a.has(`name="input_SHARE_PASSWORD"`, `type="password"`)
	a.says("Password of the share", "SHARE_PASSWORD")
	a = h.post(at+"/retry", url.Values{"input_SHARE_PASSWORD": {typedSecret + "\n"}}, http.StatusUnprocessableEntity)
	a.lacks(typedSecret)
	if got := a.fieldError("input_SHARE_PASSWORD"); got != "It contains a character that does not fit on one line" {
		t.Errorf("of a value of two lines it says %q", got)
	}
	isAWholePage(a)
	h.post(at+"/retry", nil, http.StatusUnprocessableEntity).says("Secret values are missing", "Enter them again")
	h.post(at+"/retry", url.Values{"input_SHARE_PASSWORD": {typedSecret}}, http.StatusSeeOther).leadsTo(at)
	h.ended(j.ID)
	for _, page := range []string{at, at + "/log", "/jobs"} {
		h.get(page, http.StatusOK).lacks(typedSecret)
	}
}

func TestAWaitingJobIsAnswered(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira")
	j := h.setUp()
	at := "/jobs/" + j.ID
	h.post(at+"/answer", url.Values{"answer": {jobs.AnswerSkip}}, http.StatusConflict).says("The job has already moved on")

	j, err := h.app.Store.ReopenJob(j.ID, func(j *store.Job) error {
		j.State = store.JobWaiting
		j.Problem = &store.JobProblem{Message: store.Message{Kind: jobs.ProblemUnsure, Args: store.Args{Script: "share"}}, Step: jobs.StepScript + "share"}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	a := h.get(at, http.StatusOK)
	a.says("It is not known whether the script share finished", "Run it again", "Skip it", "Stop here")
	a.has(`action="`+at+`/answer"`, `value="again"`, `value="skip"`, `value="stop"`)
	isAWholePage(a)
	h.get("/jobs", http.StatusOK).says("needs your answer")

	h.post(at+"/answer", url.Values{"answer": {"perhaps"}}, http.StatusUnprocessableEntity).says("not one of the answers")
	h.post(at+"/answer", url.Values{"answer": {jobs.AnswerStop}}, http.StatusSeeOther).leadsTo(at)
	if j := h.ended(j.ID); j.State != store.JobCancelled {
		t.Errorf("after the answer to stop, the job is %s", j.State)
	}
}
