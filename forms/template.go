package forms

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"berth/store"
	"berth/views/human"
)

// Template holds the form of a template.
type Template struct {
	Before  store.Template        // as it is saved; the zero one while there is none yet
	Buckets []store.PackageBucket // that can be selected
	Systems []string              // names of OS templates to offer
	Values  url.Values
	Errors  map[string]string // a sentence by field, named as templates.Check does
	Refused bool              // it was not saved, for its Errors
	Changed bool              // it was saved elsewhere since the form was opened
	Deleted bool              // it was deleted elsewhere since the form was opened
	Differs []string          // the parts in which what is saved now differs from what was typed
	Focus   string            // the element that a change of the rows leads to
}

// NewTemplate holds what a template has; packages are its own ones by manager, one a line.
func NewTemplate(t store.Template, packages map[string]string) Template {
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(max(n, 0))
	}
	f := Template{Before: t, Errors: map[string]string{}, Values: url.Values{
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
			"input_name": {in.Name}, "input_label": {in.Label}, "input_kind": {string(in.Kind)},
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

// Template returns the template with the fields of the form in place. What is not a number is reported
// at its field; the handler reads the packages.
func (f Template) Template() store.Template {
	t, get := f.Before, func(name string) string { return strings.TrimSpace(f.Values.Get(name)) }
	t.Revision, _ = strconv.Atoi(get("revision"))
	t.Name, t.Tags, t.OSTemplate, t.Storage, t.Bridge = get("name"), TagList(get("tags")), get("os_template"), get("storage"), get("bridge")
	t.Description = unixLines(f.Values.Get("description"))
	t.Unprivileged, t.Nesting = SwitchedOn(f.Values["unprivileged"]), SwitchedOn(f.Values["nesting"])
	t.Cores, t.Memory, t.Swap, t.Disk = f.whole("cores"), f.whole("memory"), f.whole("swap"), f.whole("disk")
	if t.Swap == 0 && get("swap") != "" {
		t.Swap = -1
	}
	t.Buckets = slices.Clone(f.Values["bucket"])
	t.Scripts, t.Files, t.Inputs, t.Services = f.scripts(), f.files(), f.inputs(), f.services()
	return t
}

// whole reads a whole number; 0 where the field is empty, or holds none.
func (f Template) whole(name string) int {
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

func (f Template) scripts() []store.Script {
	var list []store.Script
	for _, row := range f.Rows("script") {
		list = append(list, store.Script{
			Name: strings.TrimSpace(row.Get("script_name")), Description: strings.TrimSpace(row.Get("script_description")),
			Enabled: SwitchedOn(row["script_enabled"]), Content: unixLines(row.Get("script_content")),
		})
	}
	return list
}

func (f Template) files() []store.File {
	var list []store.File
	for i, row := range f.Rows("file") {
		o := store.File{Path: strings.TrimSpace(row.Get("file_path")), Owner: strings.TrimSpace(row.Get("file_owner")), Policy: row.Get("file_policy")}
		if mode := strings.TrimSpace(row.Get("file_mode")); mode != "" {
			n, err := strconv.ParseUint(strings.TrimPrefix(mode, "0o"), 8, 32)
			if err != nil || n == 0 { // 0 would be taken for the usual mode
				f.Errors[RowField("file_mode", i)] = human.Quoted(mode) + " is not a file mode; write it like 0644"
			}
			o.Mode = uint32(n)
		}
		if row.Has("file_binary") {
			content, err := base64.StdEncoding.DecodeString(row.Get("file_binary"))
			if err != nil {
				f.Errors[RowField("file_content", i)] = "The content of this file arrived damaged; choose it again"
			}
			o.Content = content
		} else {
			o.Content = []byte(unixLines(row.Get("file_content")))
		}
		list = append(list, o)
	}
	return list
}

func (f Template) inputs() []store.Input {
	var list []store.Input
	for _, row := range f.Rows("input") {
		in := store.Input{
			Name: strings.TrimSpace(row.Get("input_name")), Label: strings.TrimSpace(row.Get("input_label")),
			Kind: store.InputKind(row.Get("input_kind")), Default: row.Get("input_default"),
		}
		for choice := range strings.Lines(unixLines(row.Get("input_choices"))) {
			if choice = strings.TrimSpace(choice); choice != "" && in.Kind == store.InputChoice {
				in.Choices = append(in.Choices, choice)
			}
		}
		list = append(list, in)
	}
	return list
}

func (f Template) services() []store.Service {
	var list []store.Service
	for i, row := range f.Rows("service") {
		list = append(list, store.Service{
			Name: strings.TrimSpace(row.Get("service_name")), Port: f.whole(RowField("service_port", i)),
			Path: strings.TrimSpace(row.Get("service_path")), Scheme: row.Get("service_scheme"),
		})
	}
	return list
}

// WasDeleted makes it the form of a new template: the one that it was opened for is gone.
func (f *Template) WasDeleted() {
	f.Before, f.Deleted = store.Template{UserID: f.Before.UserID}, true
	f.Values.Set("revision", "0")
}

// ForgiveEmpty forgets what is wrong with fields in which nothing was typed yet.
func (f Template) ForgiveEmpty() {
	maps.DeleteFunc(f.Errors, func(field, _ string) bool { return strings.TrimSpace(f.Values.Get(field)) == "" })
}

// unixLines gives text the line ends of Unix; browsers send those of Windows.
func unixLines(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}

// SwitchedOn reads what a Check sends: the last value counts.
func SwitchedOn(v []string) bool {
	if len(v) == 0 {
		return false
	}
	on, _ := parseSwitch(v[len(v)-1])
	return on
}

// Offered returns the buckets to select from: those that are selected first, in their order.
func (f Template) Offered() []store.PackageBucket {
	var list []store.PackageBucket
	for _, id := range f.Values["bucket"] {
		if i := slices.IndexFunc(f.Buckets, func(b store.PackageBucket) bool { return b.ID == id }); i >= 0 {
			list = append(list, f.Buckets[i])
		}
	}
	for _, b := range f.Buckets {
		if !f.Selected(b) {
			list = append(list, b)
		}
	}
	return list
}

// Selected tells whether the template takes the packages of a bucket.
func (f Template) Selected(b store.PackageBucket) bool {
	return slices.Contains(f.Values["bucket"], b.ID)
}

// singleFields are those that a template has once, in their order on the page, without
// its packages; with what they are called.
var singleFields = []Option{
	{"name", "Name"}, {"os_template", "OS template"}, {"tags", "Tags"}, {"description", "Description"}, {"cores", "Cores"}, {"memory", "Memory"},
	{"swap", "Swap"}, {"disk", "Disk"}, {"storage", "Storage"}, {"bridge", "Bridge"}, {"buckets", "Package buckets"},
}

// IsTemplateField tells whether a template's form has a field of that name.
func IsTemplateField(field string) bool {
	name, number, isRow := strings.Cut(field, ".")
	if !isRow {
		return Offers(singleFields, name) || isPackagesField(name)
	}
	kind, _, _ := strings.Cut(name, "_")
	_, err := strconv.Atoi(number)
	return err == nil && slices.Contains(RowFields[kind], name)
}

func isPackagesField(name string) bool {
	manager, found := strings.CutPrefix(name, "packages_")
	return found && slices.Contains(store.PackageManagers[:], manager)
}

// Wrong lists the fields that something is wrong with, in their order on the page.
func (f Template) Wrong() []WrongField {
	var list []WrongField
	add := func(name, label string) {
		if s := f.Errors[name]; s != "" {
			list = append(list, WrongField{Name: name, Label: label, Sentence: s})
		}
	}
	for _, o := range singleFields {
		add(o.Value, o.Text)
	}
	for _, manager := range store.PackageManagers {
		add("packages_"+manager, "Packages, "+manager)
	}
	for _, kind := range []string{"script", "file", "input", "service"} {
		if s := f.Errors[RowFields[kind][0]]; s != "" { // there are too many
			list = append(list, WrongField{Name: RowsID(kind), Label: RowLabels[kind].All, Sentence: s})
		}
		for i := range f.Rows(kind) {
			for _, name := range RowFields[kind] {
				add(RowField(name, i), f.RowTitle(kind, i))
			}
		}
	}
	return list
}
