package template

import (
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"berth/forms"
	"berth/store"
	"berth/views/human"
	"berth/views/parts"
)

// The fields of the form of a template, each with its words.

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

func templateField(f forms.Template, name, label, class, hint string) parts.Field {
	field := parts.Field{Name: name, Label: label, Class: class, Hint: hint, Value: f.Values.Get(name), Error: f.Errors[name]}
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

func templateFigure(f forms.Template, name, label, unit string) parts.Field {
	field := templateField(f, name, label, "quarter", "")
	field.Unit, field.InputMode, field.Note = unit, "numeric", "empty: left open"
	return field
}

func wantedOSTemplateField(f forms.Template) parts.Field {
	field := templateField(f, "os_template", "OS template", "half", "A name as in debian-13-standard, for the newest archive of it that the node has; or a volume.")
	field.Attrs["list"] = "os-templates"
	return field
}

func templatePackagesField(f forms.Template, manager string) parts.Field {
	field := PackagesField(manager, f.Values, f.Errors)
	field.Attrs = judgedBy("/templates/check", field.Name, f.Before.ID)
	return field
}

// templateRowField is a field of a row. What is right for it may depend on the others of its
// kind, by their names, and on those beside it.
func templateRowField(f forms.Template, name string, i int, label, class string) parts.Field {
	kind, _, _ := strings.Cut(name, "_")
	field := templateField(f, forms.RowField(name, i), label, class, "")
	field.Attrs["hx-include"] = "[name^='" + forms.RowFields[kind][0] + ".'], #" + forms.RowID(kind, i) + " [data-short]"
	field.Attrs["data-short"] = true
	return field
}

// rowNoteField is one that may stay empty; note says what that means.
func rowNoteField(f forms.Template, name string, i int, label, class, note string) parts.Field {
	field := templateRowField(f, name, i, label, class)
	field.Note = note
	return field
}

// rowUsualField is one that stands for what is usual while it is empty.
func rowUsualField(f forms.Template, name string, i int, label, usual string) parts.Field {
	field := templateRowField(f, name, i, label, "quarter")
	field.Placeholder, field.Mono = usual, true
	return field
}

func servicePortField(f forms.Template, i int) parts.Field {
	field := rowNoteField(f, "service_port", i, "Port", "quarter", "optional")
	field.InputMode = "numeric"
	return field
}

func inputChoicesField(f forms.Template, i int) parts.Field {
	field := templateRowField(f, "input_choices", i, "Choices", "half choices")
	field.Note = "one a line"
	return field
}

// fileContentField is a field for a text that is judged when it is sent: it may be long.
func fileContentField(f forms.Template, name string, i int, label string) parts.Field {
	field := templateRowField(f, name, i, label, "")
	field.Attrs, field.Mono = nil, true
	return field
}

func fileUploadField(f forms.Template, i int) parts.Field {
	return parts.Field{Name: forms.RowField("file_upload", i), Label: "Content from this computer", Note: "takes the place of what is here", Class: "half", Type: "file"}
}

// binaryFile says how much there is of a file that cannot be typed; "" for one that can.
func binaryFile(f forms.Template, i int) string {
	v := f.Values.Get(forms.RowField("file_binary", i))
	if !f.Values.Has(forms.RowField("file_binary", i)) {
		return ""
	}
	size := len(v)/4*3 - (len(v) - len(strings.TrimRight(v, "=")))
	return human.Bytes(uint64(max(size, 0))) + " that cannot be typed here"
}

func rowSwitchedOn(f forms.Template, name string, i int) bool {
	return forms.SwitchedOn(f.Values[forms.RowField(name, i)])
}

var (
	inputKinds    = []forms.Option{{Value: string(store.InputText), Text: "a line of text"}, {Value: string(store.InputSecret), Text: "a secret, as a password"}, {Value: string(store.InputChoice), Text: "one of a list"}}
	filePolicies  = []forms.Option{{Value: store.FileReplace, Text: "replace what is there"}, {Value: store.FileDefault, Text: "only where there is none"}, {Value: store.FileBackup, Text: "keep the old one beside it"}}
	serviceScheme = []forms.Option{{Value: "", Text: "find out"}, {Value: "http", Text: "http"}, {Value: "https", Text: "https"}}
)

// rowWords are the button that adds a row of a kind, and what such rows are for.
var rowWords = map[string]struct{ add, about string }{
	"script":  {"Add a script", "They run as root in the container, one after the other, after the packages. One that fails stops those after it."},
	"file":    {"Add a file", "They are put into the container before its packages are installed."},
	"input":   {"Add an input", "Values that the wizard asks for, and that the scripts find in variables."},
	"service": {"Add a service", "What a container offers: looked for when it is made, and linked to from its page."},
}
