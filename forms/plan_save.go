package forms

import (
	"slices"
	"strings"

	"berth/store"
)

// SaveTemplate is the form that makes a template of a draft.
type SaveTemplate struct{ Name, Error string }

// AsTemplate is a new template of what was chosen, for containers like this one. What is
// wrong with a field leaves it as the template had it.
func (p Plan) AsTemplate(f Container, buckets []store.PackageBucket) store.Template {
	t := p.Template
	t.ID, t.UserID, t.Name, t.Origin, t.OriginSum = "", p.Draft.UserID, "", "", ""
	params := f.Params()
	number := func(field string, to *int, n int) {
		if f.Get(field) != "" && f.check(field) == "" {
			*to = n
		}
	}
	number("cores", &t.Cores, params.Cores)
	number("memory", &t.Memory, params.Memory)
	number("disk", &t.Disk, params.Disk)
	if params.Swap == 0 {
		params.Swap = -1
	}
	number("swap", &t.Swap, params.Swap)
	if f.check("tags") == "" {
		t.Tags = params.Tags
	}
	if t.Description == "" && f.check("description") == "" {
		t.Description = params.Description
	}
	t.Unprivileged, t.Nesting = params.Unprivileged, params.Nesting
	p.preferences(f, &t)
	p.contents(&t, buckets)
	return t
}

// preferences takes over what was chosen from the node's lists. What they merely offered stays open.
func (p Plan) preferences(f Container, t *store.Template) {
	chosen := func(field string) bool {
		return !prefilled(p.Draft, field) && f.Get(field) != "" && f.check(field) == ""
	}
	if chosen("storage") {
		t.Storage = f.Get("storage")
	}
	if chosen("bridge") {
		t.Bridge = f.Get("bridge")
	}
	volume := f.Get("ostemplate")
	if volume == "" || f.check("ostemplate") != "" || t.OSTemplate != "" && !chosen("ostemplate") {
		return
	}
	t.OSTemplate = volume
	if name := OSTemplateName(volume); osTemplateVersion(volume) != "" {
		t.OSTemplate = strings.ToLower(name) // the newest of it, also on other nodes
	}
}

// contents are the packages, scripts and inputs as they were chosen. A bucket of which a
// package is not wanted is taken apart.
func (p Plan) contents(t *store.Template, buckets []store.PackageBucket) {
	t.Packages, t.Scripts = slices.Clone(p.Packages), nil
	t.Buckets = slices.DeleteFunc(slices.Clone(t.Buckets), func(id string) bool {
		i := slices.IndexFunc(buckets, func(b store.PackageBucket) bool { return b.ID == id })
		if i < 0 || len(WantedPackages(p.Draft, buckets[i].Packages)) < len(buckets[i].Packages) {
			return true
		}
		t.Packages = slices.DeleteFunc(t.Packages, func(o store.Package) bool { return slices.Contains(buckets[i].Packages, o) })
		return false
	})
	for _, s := range PlannedScripts(p.Draft, p.Template) {
		s.Enabled = s.On
		t.Scripts = append(t.Scripts, s.Script)
	}
	t.Inputs = slices.Clone(t.Inputs)
	for i, in := range t.Inputs {
		if v := InputValue(p.Draft, in); in.Kind != store.InputSecret && CheckInput(in, v) == "" {
			t.Inputs[i].Default = v
		}
	}
}
