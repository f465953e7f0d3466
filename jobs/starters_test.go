package jobs_test

import (
	"strings"
	"testing"

	"berth/jobs"
	"berth/store"
	"berth/templates"
)

// TestEveryStarterComesToDone makes a container from each of the templates that come with
// Berth, as somebody does who changes nothing of it.
func TestEveryStarterComesToDone(t *testing.T) {
	t.Parallel()
	h, server := newSimHouse(t)
	made := map[string]store.Job{}
	for i, template := range templates.Starters() {
		made[template.ID] = h.begin(template, 200+i)
	}
	if len(made) != 10 {
		t.Errorf("%d starters, want 10", len(made))
	}
	for _, template := range templates.Starters() {
		t.Run(template.Name, func(t *testing.T) {
			j := h.await(made[template.ID])
			if j.State != store.JobDone {
				t.Fatalf("it is %s: %+v\n%s", j.State, j.Problem, h.log(j))
			}
			for _, s := range j.Steps {
				if s.State != store.StepDone {
					t.Errorf("step %s is %s", s.Name, s.State)
				}
			}
			for _, s := range template.Services {
				if s.Port > 0 && !strings.Contains(j.Steps[len(j.Steps)-1].Detail.Said, "is open") {
					t.Errorf("after it, %s", j.Steps[len(j.Steps)-1].Detail.Said)
				}
			}
			log := h.log(j)
			for _, wrong := range []string{"not found", "syntax", "cannot", "No such file"} {
				if strings.Contains(log, wrong) {
					t.Errorf("the log says %q\n%s", wrong, log)
				}
			}
			if last := j.Steps[len(j.Steps)-1].Name; last != jobs.StepLook {
				t.Errorf("the last step is %s", last)
			}
		})
	}
	if n := server.Connections(); n != 1 {
		t.Errorf("%d connections were made, want one for all", n)
	}
}

// begin begins to make a container from a starter.
func (h *house) begin(template store.Template, vmid int) store.Job {
	h.t.Helper()
	file := map[string]string{
		"debian-13-standard":  strings.TrimPrefix(osTemplate, "local:vztmpl/"),
		"debian-12-standard":  "debian-12-standard_12.12-1_amd64.tar.zst",
		"alpine-3.22-default": "alpine-3.22-default_20250617_amd64.tar.xz",
	}[template.OSTemplate]
	h.cluster.AddOSTemplate(testMember, "local", file)
	s := spec(vmid)
	s.Params.OSTemplate = "local:vztmpl/" + file
	s.Params.Unprivileged, s.Params.Nesting = template.Unprivileged, template.Nesting
	provision, secrets := untouched(template)
	j, err := h.runner.CreateProvisioned("ada", h.node.ID, "", s, provision, secrets)
	mustNot(h.t, err)
	return j
}

// untouched makes the provision of a template without changes and without the values of its secrets.
func untouched(t store.Template) (provision store.Provision, secrets map[string]string) {
	provision = store.Provision{TemplateID: t.ID, Template: t.Name, Packages: templates.Resolve(t, nil), Files: t.Files, Scripts: t.Scripts, Services: t.Services, Inputs: map[string]string{}}
	secrets = map[string]string{}
	for _, in := range t.Inputs {
		if in.Kind == store.InputSecret {
			provision.AddSecret(in)
			secrets[in.Name] = ""
		} else {
			provision.Inputs[in.Name] = in.Default
		}
	}
	return provision, secrets
}
