package jobs_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"berth/jobs"
	"berth/proxmox/sim"
	"berth/store"
)

const configPath = "/nodes/{node}/lxc/{vmid}/config"

// tagged is a container with tags.
func tagged(vmid int, tags ...string) sim.Guest {
	g := container(vmid, "running")
	g.Tags = tags
	return g
}

func (h *house) tag(vmid int, add, remove string) store.Job {
	h.t.Helper()
	a := jobs.Action{Kind: store.JobTag, Name: "web", Add: strings.Fields(add), Remove: strings.Fields(remove)}
	j, err := h.runner.Act("ada", h.node.Ref(vmid), a)
	mustNot(h.t, err)
	return h.await(j)
}

func (h *house) wantTags(vmid int, want ...string) {
	h.t.Helper()
	got := slices.Sorted(slices.Values(h.guest(vmid).Tags))
	if !slices.Equal(got, want) {
		h.t.Errorf("%d has the tags %v, want %v", vmid, got, want)
	}
}

// puts counts the changes of a configuration that reached the host.
func (h *house) puts(vmid int) int {
	return h.calls("PUT", fmt.Sprintf("/nodes/%s/lxc/%d/config", testMember, vmid))
}

func TestTags(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ has, add, remove, want string }{
		"added":                  {"dns", "web app", "", "app dns web"},
		"removed":                {"app dns web", "", "dns app", "web"},
		"the last removed":       {"dns", "", "dns", ""},
		"both":                   {"dns", "web", "dns", "web"},
		"in both lists":          {"dns", "dns", "dns", "dns"},
		"there already":          {"dns web", "dns", "", "dns web"},
		"not there":              {"dns", "", "web", "dns"},
		"without regard to case": {"dns web", "DNS", "Web", "dns"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, tagged(120, strings.Fields(c.has)...))
			j := h.tag(120, c.add, c.remove)
			h.want(j, store.JobDone, "tag done")
			h.wantTags(120, strings.Fields(c.want)...)
			want := 1
			if c.has == c.want {
				want = 0
			}
			if n := h.puts(120); n != want {
				t.Errorf("the configuration was changed %d times, want %d", n, want)
			}
			if c.want == "" {
				h.wantLog(j, "Change its tags", "It has no tags")
			} else {
				h.wantLog(j, "Its tags are "+strings.ReplaceAll(c.want, " ", ", "))
			}
		})
	}
}

func TestTagsOverwriteNothing(t *testing.T) {
	t.Parallel()
	h := newHouse(t, tagged(120, "dns"))
	h.cluster.Inject(sim.Fault{Method: "PUT", Path: configPath, Times: 1, Then: func() { h.cluster.Add(tagged(120, "dns", "theirs")) }})
	h.want(h.tag(120, "ours", ""), store.JobDone, "tag done")
	h.wantTags(120, "dns", "ours", "theirs")

	h.cluster.Inject(sim.Fault{Method: "PUT", Path: configPath, Status: 500, Message: "detected modified configuration - file changed by other user? Try again."})
	h.wantProblem(h.tag(120, "never", ""), jobs.ProblemModified, "tag", "was changed by someone else at the same time")
}

func TestATagWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]sim.Fault{"before": {Drop: true}, "after": {DropAfter: true}} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, tagged(120))
			fault.Method, fault.Path, fault.Times = "PUT", configPath, 1
			h.cluster.Inject(fault)
			h.want(h.tag(120, "web", ""), store.JobDone, "tag done")
			h.wantTags(120, "web")
		})
	}
}

func TestTagsThatAreRefused(t *testing.T) {
	t.Parallel()
	h := newHouse(t, tagged(120), tagged(121))
	h.cluster.SetLock(120, "backup")
	h.wantProblem(h.tag(120, "web", ""), jobs.ProblemLocked, "tag", "backup")
	h.wantProblem(h.tag(130, "web", ""), jobs.ProblemGone, "tag", "no longer on tower")
	rights := sim.LeastRights()
	rights["/vms/121"] = []string{"VM.Audit", "VM.Config.CPU"}
	h.cluster.SetRights(testToken, rights)
	h.wantProblem(h.tag(121, "web", ""), jobs.ProblemForbidden, "tag", "VM.Config.Options")
}

func TestATagSurvivesAKillAtEveryStep(t *testing.T) {
	t.Parallel()
	h := newHouse(t)
	killedEverywhere(t, h, func(r *jobs.Runner, vmid int) store.Job {
		h.cluster.Add(tagged(vmid, "dns"))
		j, err := r.Act("ada", h.node.Ref(vmid), jobs.Action{Kind: store.JobTag, Add: []string{"web"}})
		mustNot(t, err)
		return j
	}, func(_ *testing.T, j store.Job) {
		h.want(j, store.JobDone, "tag done")
		h.wantTags(j.VMID, "dns", "web")
	})
}
