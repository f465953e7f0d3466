package template

import (
	"reflect"
	"slices"

	"berth/forms"
	"berth/store"
	"berth/views/parts"
)

// DifferingParts names the parts of the form in which two templates differ.
func DifferingParts(a, b store.Template) []string {
	about := func(t store.Template) []any { return []any{t.Name, t.Description, t.OSTemplate, slices.Concat(t.Tags)} }
	resources := func(t store.Template) []any {
		return []any{t.Cores, t.Memory, t.Swap, t.Disk, t.Storage, t.Bridge, t.Unprivileged, t.Nesting}
	}
	packages := func(t store.Template) []any { return []any{slices.Concat(t.Packages), slices.Concat(t.Buckets)} }
	var parts []string
	for _, part := range []struct {
		name string
		a, b any
	}{
		{"About", about(a), about(b)}, {"Resources", resources(a), resources(b)}, {"Packages", packages(a), packages(b)}, {"Scripts", a.Scripts, b.Scripts},
		{"Files", a.Files, b.Files}, {"Inputs", a.Inputs, b.Inputs}, {"Services", a.Services, b.Services},
	} {
		if !reflect.DeepEqual(part.a, part.b) {
			parts = append(parts, part.name)
		}
	}
	return parts
}

// FormTitle is the heading of the form's page.
func FormTitle(f forms.Template) string {
	if f.Before.ID == "" {
		return "New template"
	}
	return "Edit " + f.Before.Name
}

// templateSaveURL returns the address that the form is sent to when it is saved. A GET of it shows what is saved now, so
// that Cancel leads there too.
func templateSaveURL(f forms.Template) string {
	if f.Before.ID == "" {
		return "/templates"
	}
	return parts.TemplateURL(f.Before.ID)
}

// templateFormURL returns the address of the form. A POST there saves nothing: it answers with rows added, moved or removed.
func templateFormURL(f forms.Template) string {
	if f.Before.ID == "" {
		return "/templates/new"
	}
	return parts.TemplateURL(f.Before.ID) + "/edit"
}
