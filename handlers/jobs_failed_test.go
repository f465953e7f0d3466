package handlers

import (
	"net/http"
	"net/url"
	"testing"

	"berth/proxmox/sim"
	"berth/store"
)

func TestACreateThatFailedTellsWhatIsDoneAndWhatIsNot(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira")
	j := h.setUp()
	h.cluster.ResetCalls()
	a := h.get("/jobs/"+j.ID, http.StatusOK)
	a.says("Container: done", "Start: done", "System: failed", "See the log", "Script share: not begun", "Services: not begun")
	a.says("Try again", "Create another like it", "Keep the container", "Console", "Destroy…")
	page := "/containers/" + h.node.ID + "/120"
	a.has(`action="`+page+`/another"`, `href="`+page+`/console"`, `href="`+page+`/delete?made=`+j.ID+`"`)
	if n := len(h.cluster.Calls()); n != 0 {
		t.Errorf("the page asked the host %d times", n)
	}
}

func TestACreateThatFailedLeadsBackToItsDraft(t *testing.T) {
	t.Parallel()
	c, cluster, _ := miraAtHome(t)
	at := "/containers/new/" + c.draft()
	fields := c.filled(at)
	fields.Set("start", "1")
	cluster.Inject(sim.Fault{Method: "POST", Path: "/nodes/{node}/lxc/{vmid}/status/start", Times: 1, Task: "bridge 'vmbr9' does not exist"})
	j := c.ended(c.begun(c.post(at+"/review", fields, http.StatusSeeOther)).ID)
	if j.State != store.JobFailed {
		t.Fatalf("the job is %s", j.State)
	}
	a := c.get("/jobs/"+j.ID, http.StatusOK)
	a.says("Container: done", "Start: failed", "Network: not begun", "Create another like it")
	a.has(`href="` + at + `/configure"`)
	a.lacks("/another", "Console")
}

func TestWhatAFailedCreateLeftIsDestroyedWhenItsNameIsTyped(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira", sim.Guest{VMID: 101, Name: "pihole", Status: "stopped"})
	j := h.setUp()
	page := "/containers/" + h.node.ID + "/120/delete"
	typed := url.Values{"made": {j.ID}}
	h.get(page+"?made="+j.ID, http.StatusOK).has(`name="made" value="` + j.ID + `"`)
	h.post(page, typed, http.StatusUnprocessableEntity).has(`name="made" value="` + j.ID + `"`)
	typed.Set("confirm", "pihole")
	h.post("/containers/"+h.node.ID+"/101/delete", typed, http.StatusNotFound) // which that job did not make

	typed.Set("confirm", "samba")
	h.post(page, url.Values{"made": {"no-job"}, "confirm": {"samba"}}, http.StatusNotFound)
	gone := h.ended(h.begun(h.post(page, typed, http.StatusSeeOther)).ID)
	if gone.State != store.JobDone || gone.Kind != store.JobDelete || gone.VMID != 120 {
		t.Fatalf("the job is %+v", gone)
	}
	a := h.get("/jobs/"+j.ID, http.StatusOK)
	a.says("Container 120 was deleted by job " + gone.Label())
	a.lacks("Destroy…", "Keep the container", "Create another like it")
	for _, g := range h.cluster.Guests() {
		if g.VMID == 120 {
			t.Error("it is still there")
		}
	}
}

func TestWhatAFailedCreateLeftIsDestroyedByItsJob(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira")
	j := h.setUp()
	gone := h.ended(h.begun(h.post("/jobs/"+j.ID+"/destroy", nil, http.StatusSeeOther)).ID)
	if gone.State != store.JobDone || gone.Kind != store.JobDelete || gone.VMID != 120 {
		t.Fatalf("the job is %+v", gone)
	}
}
