package views

import (
	"net/url"
	"strconv"
	"strings"

	"berth/store"
)

// TemplateForm is what was typed into the form of a template.
type TemplateForm struct {
	Before store.Template
	Values url.Values
	Errors map[string]string
}

// NewTemplateForm holds what a template has; packages are its own ones by manager, one a line.
func NewTemplateForm(t store.Template, packages map[string]string) TemplateForm {
	number := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(max(n, 0))
	}
	v := url.Values{
		"name": {t.Name}, "tags": {strings.Join(t.Tags, " ")}, "description": {t.Description}, "os_template": {t.OSTemplate},
		"storage": {t.Storage}, "bridge": {t.Bridge}, "cores": {number(t.Cores)}, "memory": {number(t.Memory)}, "disk": {number(t.Disk)},
		"swap": {number(t.Swap)}, "unprivileged": {switchValue(t.Unprivileged)}, "nesting": {switchValue(t.Nesting)},
	}
	for manager, list := range packages {
		v.Set("packages_"+manager, list)
	}
	return TemplateForm{Before: t, Values: v, Errors: map[string]string{}}
}

// Template is what was typed, over what the template had. A figure that is none is said
// at its field; packages are for the handler to read.
func (f TemplateForm) Template() store.Template {
	t, get := f.Before, func(name string) string { return strings.TrimSpace(f.Values.Get(name)) }
	t.Name, t.Tags, t.OSTemplate, t.Storage, t.Bridge = get("name"), tagList(get("tags")), get("os_template"), get("storage"), get("bridge")
	t.Description = strings.ReplaceAll(get("description"), "\r\n", "\n")
	t.Unprivileged, t.Nesting = f.on("unprivileged"), f.on("nesting")
	for name, to := range map[string]*int{"cores": &t.Cores, "memory": &t.Memory, "swap": &t.Swap, "disk": &t.Disk} {
		*to = 0
		if get(name) == "" {
			continue
		}
		n, err := strconv.Atoi(get(name))
		if err != nil || n < 0 {
			f.Errors[name] = quoted(get(name)) + " is not a whole number"
		}
		if *to = n; name == "swap" && n == 0 {
			*to = -1
		}
	}
	return t
}

func (f TemplateForm) on(name string) bool {
	v := f.Values[name]
	if len(v) == 0 {
		return false
	}
	on, _ := parseSwitch(v[len(v)-1])
	return on
}

func (f TemplateForm) field(name, label, class, hint string) Field {
	return Field{Name: name, Label: label, Class: class, Hint: hint, Value: f.Values.Get(name), Error: f.Errors[name]}
}

func (f TemplateForm) figure(name, label, unit string) Field {
	field := f.field(name, label, "quarter", "")
	field.Unit, field.InputMode, field.Note = unit, "numeric", "empty: left open"
	return field
}

func (f TemplateForm) packages(manager string) Field {
	field := f.field("packages_"+manager, manager, "third", "One a line.")
	field.Mono = true
	return field
}
