package views

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"berth/store"
	"berth/views/human"
)

// The fields of the form of a template, each with its words.

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
		return offers(singleFields, name) || isPackagesField(name)
	}
	kind, _, _ := strings.Cut(name, "_")
	_, err := strconv.Atoi(number)
	return err == nil && slices.Contains(rowFields[kind], name)
}

func isPackagesField(name string) bool {
	manager, found := strings.CutPrefix(name, "packages_")
	return found && slices.Contains(store.PackageManagers[:], manager)
}

// OSTemplatesOf are the names of the OS templates that templates are made for, to be offered again.
func OSTemplatesOf(list []store.Template) []string {
	var names []string
	for _, t := range list {
		if t.OSTemplate != "" && !strings.Contains(t.OSTemplate, ":") { // a volume is one node's
			names = append(names, t.OSTemplate)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func (f TemplateForm) field(name, label, class, hint string) Field {
	field := Field{Name: name, Label: label, Class: class, Hint: hint, Value: f.Values.Get(name), Error: f.Errors[name]}
	field.Attrs = judgedBy("/templates/check", name, f.Before.ID)
	if name == f.Focus {
		field.Attrs["autofocus"] = true
	}
	return field
}

// judgedBy lets an address judge a field while it is typed; id is that of the record
// that the form changes, "" for a new one.
func judgedBy(address, name, id string) templ.Attributes {
	return templ.Attributes{
		"hx-get":     address + "?" + url.Values{"field": {name}, "id": {id}}.Encode(),
		"hx-trigger": "input changed delay:250ms, change",
		"hx-target":  "next output",
		"hx-sync":    "this:replace",
	}
}

func (f TemplateForm) figure(name, label, unit string) Field {
	field := f.field(name, label, "quarter", "")
	field.Unit, field.InputMode, field.Note = unit, "numeric", "empty: left open"
	return field
}

func (f TemplateForm) osTemplate() Field {
	field := f.field("os_template", "OS template", "half", "A name as in debian-13-standard, for the newest archive of it that the node has; or a volume.")
	field.Attrs["list"] = "os-templates"
	return field
}

func (f TemplateForm) packages(manager string) Field {
	field := packagesField(manager, f.Values, f.Errors)
	field.Attrs = judgedBy("/templates/check", field.Name, f.Before.ID)
	return field
}

// rowField is a field of a row. What is right for it may depend on the others of its
// kind, by their names, and on those beside it.
func (f TemplateForm) rowField(name string, i int, label, class string) Field {
	kind, _, _ := strings.Cut(name, "_")
	field := f.field(rowField(name, i), label, class, "")
	field.Attrs["hx-include"] = "[name^='" + rowFields[kind][0] + ".'], #" + rowID(kind, i) + " [data-short]"
	field.Attrs["data-short"] = true
	return field
}

// noteField is one that may stay empty; note says what that means.
func (f TemplateForm) noteField(name string, i int, label, class, note string) Field {
	field := f.rowField(name, i, label, class)
	field.Note = note
	return field
}

// usualField is one that stands for what is usual while it is empty.
func (f TemplateForm) usualField(name string, i int, label, usual string) Field {
	field := f.rowField(name, i, label, "quarter")
	field.Placeholder, field.Mono = usual, true
	return field
}

func (f TemplateForm) portField(i int) Field {
	field := f.noteField("service_port", i, "Port", "quarter", "optional")
	field.InputMode = "numeric"
	return field
}

func (f TemplateForm) choicesField(i int) Field {
	field := f.rowField("input_choices", i, "Choices", "half choices")
	field.Note = "one a line"
	return field
}

// content is a field for a text that is judged when it is sent: it may be long.
func (f TemplateForm) content(name string, i int, label string) Field {
	field := f.rowField(name, i, label, "")
	field.Attrs, field.Mono = nil, true
	return field
}

func (f TemplateForm) upload(i int) Field {
	return Field{Name: rowField("file_upload", i), Label: "Content from this computer", Note: "takes the place of what is here", Class: "half", Type: "file"}
}

// binary says how much there is of a file that cannot be typed; "" for one that can.
func (f TemplateForm) binary(i int) string {
	v := f.Values.Get(rowField("file_binary", i))
	if !f.Values.Has(rowField("file_binary", i)) {
		return ""
	}
	size := len(v)/4*3 - (len(v) - len(strings.TrimRight(v, "=")))
	return human.Bytes(uint64(max(size, 0))) + " that cannot be typed here"
}

func (f TemplateForm) rowSwitchedOn(name string, i int) bool {
	return switchedOn(f.Values[rowField(name, i)])
}

var (
	inputKinds    = []Option{{"text", "a line of text"}, {"secret", "a secret, as a password"}, {"choice", "one of a list"}}
	filePolicies  = []Option{{store.FileReplace, "replace what is there"}, {store.FileDefault, "only where there is none"}, {store.FileBackup, "keep the old one beside it"}}
	serviceScheme = []Option{{"", "find out"}, {"http", "http"}, {"https", "https"}}
)

// rowWords name a kind of row: one of them, all of them, the button that adds one, and
// what they are for.
type rowWords struct{ one, all, add, about string }

var rowTitles = map[string]rowWords{
	"script":  {"Script", "Scripts", "Add a script", "They run as root in the container, one after the other, after the packages. One that fails stops those after it."},
	"file":    {"File", "Files", "Add a file", "They are put into the container before its packages are installed."},
	"input":   {"Input", "Inputs", "Add an input", "Values that the wizard asks for, and that the scripts find in variables."},
	"service": {"Service", "Services", "Add a service", "What a container offers: looked for when it is made, and linked to from its page."},
}

// rowTitle is the heading of a row, as in "Script 2: install".
func (f TemplateForm) rowTitle(kind string, i int) string {
	title := rowTitles[kind].one + " " + strconv.Itoa(i+1)
	if name := f.Values.Get(rowField(rowFields[kind][0], i)); name != "" {
		title += ": " + name
	}
	return title
}

// wrong lists the fields that something is wrong with, in their order on the page.
func (f TemplateForm) wrong() []WrongField {
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
		if s := f.Errors[rowFields[kind][0]]; s != "" { // there are too many
			list = append(list, WrongField{Name: rowsID(kind), Label: rowTitles[kind].all, Sentence: s})
		}
		for i := range f.rows(kind) {
			for _, name := range rowFields[kind] {
				add(rowField(name, i), f.rowTitle(kind, i))
			}
		}
	}
	return list
}
