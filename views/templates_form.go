package views

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"berth/store"
	"berth/views/human"
)

// TemplateForm is what was typed into the form of a template.
type TemplateForm struct {
	Before  store.Template        // as it is saved; the zero one while there is none yet
	Buckets []store.PackageBucket // that can be ticked
	Systems []string              // names of OS templates to offer
	Values  url.Values
	Errors  map[string]string // a sentence by field, named as templates.Check does
	Refused bool              // it was not saved, for its Errors
	Changed bool              // it was saved elsewhere since the form was opened
	Deleted bool              // it was deleted elsewhere since the form was opened
	Differs []string          // the parts in which what is saved now differs from what was typed
	Focus   string            // the element that a change of the rows leads to
}

// NewTemplateForm holds what a template has; packages are its own ones by manager, one a line.
func NewTemplateForm(t store.Template, packages map[string]string) TemplateForm {
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(max(n, 0))
	}
	f := TemplateForm{Before: t, Errors: map[string]string{}, Values: url.Values{
		"revision": {strconv.Itoa(t.Revision)},
		"name":     {t.Name}, "tags": {strings.Join(t.Tags, " ")}, "description": {t.Description}, "os_template": {t.OSTemplate},
		"storage": {t.Storage}, "bridge": {t.Bridge}, "cores": {number(t.Cores)}, "memory": {number(t.Memory)}, "disk": {number(t.Disk)},
		"swap": {number(t.Swap)}, "unprivileged": {switchValue(t.Unprivileged)}, "nesting": {switchValue(t.Nesting)}, "bucket": t.Buckets,
	}}
	for manager, list := range packages {
		f.Values.Set("packages_"+manager, list)
	}
	for i, s := range t.Scripts {
		f.putRow(i, url.Values{
			"script_name": {s.Name}, "script_description": {s.Description}, "script_enabled": {switchValue(s.Enabled)}, "script_content": {s.Content},
		})
	}
	for i, o := range t.Files {
		row := url.Values{"file_path": {o.Path}, "file_owner": {o.Owner}, "file_policy": {o.Policy}}
		if o.Mode != 0 {
			row.Set("file_mode", fmt.Sprintf("%04o", o.Mode))
		}
		putContent(row, "", o.Content)
		f.putRow(i, row)
	}
	for i, in := range t.Inputs {
		f.putRow(i, url.Values{
			"input_name": {in.Name}, "input_label": {in.Label}, "input_kind": {in.Kind},
			"input_default": {in.Default}, "input_choices": {strings.Join(in.Choices, "\n")},
		})
	}
	for i, s := range t.Services {
		f.putRow(i, url.Values{"service_name": {s.Name}, "service_port": {number(s.Port)}, "service_path": {s.Path}, "service_scheme": {s.Scheme}})
	}
	return f
}

// putContent puts a file's content into the fields with that number behind their names:
// where it can be typed it stands in file_content, and else in file_binary in base64.
func putContent(v url.Values, number string, content []byte) {
	v.Del("file_content" + number)
	v.Del("file_binary" + number)
	if canBeTyped(content) {
		v.Set("file_content"+number, string(content))
	} else {
		v.Set("file_binary"+number, base64.StdEncoding.EncodeToString(content))
	}
}

// canBeTyped tells whether a text area gives back just what was put into it: browsers
// know one kind of line end, and no control characters.
func canBeTyped(content []byte) bool {
	return utf8.Valid(content) && !strings.ContainsFunc(string(content), func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\t'
	})
}

// IsUpload tells whether a field of that name takes a file from the reader's computer.
func IsUpload(field string) bool { return strings.HasPrefix(field, "file_upload.") }

// PutUpload takes the content of a file that was chosen in such a field over into its
// row, in place of what is there.
func PutUpload(v url.Values, field string, content []byte) {
	if number, found := strings.CutPrefix(field, "file_upload"); found {
		putContent(v, number, content)
	}
}

// Template is what was typed, over what the template had. A figure that is none is said
// at its field; packages are for the handler to read.
func (f TemplateForm) Template() store.Template {
	t, get := f.Before, func(name string) string { return strings.TrimSpace(f.Values.Get(name)) }
	t.Revision, _ = strconv.Atoi(get("revision"))
	t.Name, t.Tags, t.OSTemplate, t.Storage, t.Bridge = get("name"), tagList(get("tags")), get("os_template"), get("storage"), get("bridge")
	t.Description = unixLines(f.Values.Get("description"))
	t.Unprivileged, t.Nesting = switchedOn(f.Values["unprivileged"]), switchedOn(f.Values["nesting"])
	t.Cores, t.Memory, t.Swap, t.Disk = f.whole("cores"), f.whole("memory"), f.whole("swap"), f.whole("disk")
	if t.Swap == 0 && get("swap") != "" {
		t.Swap = -1
	}
	t.Buckets = slices.Clone(f.Values["bucket"])
	t.Scripts, t.Files, t.Inputs, t.Services = f.scripts(), f.files(), f.inputs(), f.services()
	return t
}

// whole reads a whole number; 0 where the field is empty, or holds none.
func (f TemplateForm) whole(name string) int {
	v := strings.TrimSpace(f.Values.Get(name))
	if v == "" {
		return 0
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		f.Errors[name] = human.Quoted(v) + " is not a whole number"
		return 0
	}
	return n
}

func (f TemplateForm) scripts() []store.Script {
	var list []store.Script
	for _, row := range f.rows("script") {
		list = append(list, store.Script{
			Name: strings.TrimSpace(row.Get("script_name")), Description: strings.TrimSpace(row.Get("script_description")),
			Enabled: switchedOn(row["script_enabled"]), Content: unixLines(row.Get("script_content")),
		})
	}
	return list
}

func (f TemplateForm) files() []store.File {
	var list []store.File
	for i, row := range f.rows("file") {
		o := store.File{Path: strings.TrimSpace(row.Get("file_path")), Owner: strings.TrimSpace(row.Get("file_owner")), Policy: row.Get("file_policy")}
		if mode := strings.TrimSpace(row.Get("file_mode")); mode != "" {
			n, err := strconv.ParseUint(strings.TrimPrefix(mode, "0o"), 8, 32)
			if err != nil || n == 0 { // 0 would be taken for the usual mode
				f.Errors[rowField("file_mode", i)] = human.Quoted(mode) + " is no mode; write it like 0644"
			}
			o.Mode = uint32(n)
		}
		if row.Has("file_binary") {
			content, err := base64.StdEncoding.DecodeString(row.Get("file_binary"))
			if err != nil {
				f.Errors[rowField("file_content", i)] = "What was kept of this file arrived damaged; choose it anew"
			}
			o.Content = content
		} else {
			o.Content = []byte(unixLines(row.Get("file_content")))
		}
		list = append(list, o)
	}
	return list
}

func (f TemplateForm) inputs() []store.Input {
	var list []store.Input
	for _, row := range f.rows("input") {
		in := store.Input{
			Name: strings.TrimSpace(row.Get("input_name")), Label: strings.TrimSpace(row.Get("input_label")),
			Kind: row.Get("input_kind"), Default: row.Get("input_default"),
		}
		for choice := range strings.Lines(unixLines(row.Get("input_choices"))) {
			if choice = strings.TrimSpace(choice); choice != "" && in.Kind == "choice" {
				in.Choices = append(in.Choices, choice)
			}
		}
		list = append(list, in)
	}
	return list
}

func (f TemplateForm) services() []store.Service {
	var list []store.Service
	for i, row := range f.rows("service") {
		list = append(list, store.Service{
			Name: strings.TrimSpace(row.Get("service_name")), Port: f.whole(rowField("service_port", i)),
			Path: strings.TrimSpace(row.Get("service_path")), Scheme: row.Get("service_scheme"),
		})
	}
	return list
}

// WasDeleted makes it the form of a new template: the one that it was opened for is gone.
func (f *TemplateForm) WasDeleted() {
	f.Before, f.Deleted = store.Template{UserID: f.Before.UserID}, true
	f.Values.Set("revision", "0")
}

// ForgiveEmpty forgets what is wrong with fields in which nothing was typed yet.
func (f TemplateForm) ForgiveEmpty() {
	maps.DeleteFunc(f.Errors, func(field, _ string) bool { return strings.TrimSpace(f.Values.Get(field)) == "" })
}

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

// unixLines is what was typed with the line ends of Unix; browsers send those of Windows.
func unixLines(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// switchedOn reads what a Check sends: the last value counts.
func switchedOn(v []string) bool {
	if len(v) == 0 {
		return false
	}
	on, _ := parseSwitch(v[len(v)-1])
	return on
}

// offered are the buckets to tick: those that are ticked first, in their order.
func (f TemplateForm) offered() []store.PackageBucket {
	var list []store.PackageBucket
	for _, id := range f.Values["bucket"] {
		if i := slices.IndexFunc(f.Buckets, func(b store.PackageBucket) bool { return b.ID == id }); i >= 0 {
			list = append(list, f.Buckets[i])
		}
	}
	for _, b := range f.Buckets {
		if !f.ticked(b) {
			list = append(list, b)
		}
	}
	return list
}

func (f TemplateForm) ticked(b store.PackageBucket) bool {
	return slices.Contains(f.Values["bucket"], b.ID)
}

// Title is the heading of the form's page.
func (f TemplateForm) Title() string {
	if f.Before.ID == "" {
		return "New template"
	}
	return "Edit " + f.Before.Name
}

// saveURL is where the form is saved, and the page to go on with when nothing is to be
// saved; formURL is where the form is answered with other rows.
func (f TemplateForm) saveURL() string {
	if f.Before.ID == "" {
		return "/templates"
	}
	return TemplateURL(f.Before.ID)
}

func (f TemplateForm) formURL() string {
	if f.Before.ID == "" {
		return "/templates/new"
	}
	return TemplateURL(f.Before.ID) + "/edit"
}
