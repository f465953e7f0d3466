package forms

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"berth/store"
	"berth/views/human"
)

// Plan holds what will be provisioned in a draft's container.
type Plan struct {
	Draft    store.Draft
	Template store.Template  // the zero one when none was chosen
	Offered  []store.Package // the template's packages, with those of its buckets
	Packages []store.Package // that are installed: those ticked and the user's own
	Typed    map[string]bool // names of the secret inputs that a value was typed for
	Errors   map[string]string
}

// PlannedScript is a script of the template, and whether it runs.
type PlannedScript struct {
	store.Script
	On bool
}

// PackageKey names a package in a draft, as in "apt:curl".
func PackageKey(p store.Package) string { return p.Manager + ":" + p.Name }

// WantedPackages are those of the template's packages that are wanted.
func WantedPackages(d store.Draft, offered []store.Package) []store.Package {
	return slices.DeleteFunc(slices.Clone(offered), func(p store.Package) bool { return slices.Contains(d.Unticked, PackageKey(p)) })
}

// KeepPackages keeps what was posted by the step Packages: what is ticked, with a field
// "package" that is empty where nothing is, and the user's own.
func KeepPackages(d *store.Draft, offered []store.Package, posted url.Values) {
	if ticked, ok := posted["package"]; ok {
		d.Unticked = nil
		for _, p := range offered {
			key := PackageKey(p)
			if !slices.ContainsFunc(ticked, func(v string) bool { return v == key || strings.HasPrefix(v, key+"=") }) {
				d.Unticked = append(d.Unticked, key)
			}
		}
	}
	KeepOwnPackages(d, posted)
}

// KeepOwnPackages keeps the user's own packages, of the managers whose fields were posted.
func KeepOwnPackages(d *store.Draft, posted url.Values) {
	for _, manager := range store.PackageManagers {
		if name := "packages_" + manager; posted.Has(name) {
			keepTrimmed(d, name, posted.Get(name))
		}
	}
}

func keepTrimmed(d *store.Draft, name, v string) {
	if v = strings.ReplaceAll(v, "\r\n", "\n"); strings.TrimSpace(v) == "" {
		d.Values.Del(name)
	} else {
		d.Values.Set(name, v)
	}
}

// PlannedScripts are the template's scripts in the order in which they run.
func PlannedScripts(d store.Draft, t store.Template) []PlannedScript {
	var list []PlannedScript
	for _, s := range d.Scripts {
		if i := slices.IndexFunc(t.Scripts, func(o store.Script) bool { return o.Name == s.Name }); i >= 0 {
			list = append(list, PlannedScript{t.Scripts[i], s.On})
		}
	}
	for _, s := range t.Scripts { // those that the template has got since
		if !slices.ContainsFunc(list, func(o PlannedScript) bool { return o.Name == s.Name }) {
			list = append(list, PlannedScript{s, s.Enabled})
		}
	}
	return list
}

// KeepScripts keeps what was posted by the step Scripts: the names of those that run, in
// their order, with a field "script" that is empty where none does; and what moves, as in "up:NAME".
func KeepScripts(d *store.Draft, t store.Template, posted url.Values) {
	list := PlannedScripts(*d, t)
	if names, ok := posted["script"]; ok {
		list = ordered(list, names)
	}
	way, name, _ := strings.Cut(posted.Get("move"), ":")
	if i := slices.IndexFunc(list, func(s PlannedScript) bool { return s.Name == name }); i >= 0 {
		switch {
		case way == "up" && i > 0:
			list[i-1], list[i] = list[i], list[i-1]
		case way == "down" && i < len(list)-1:
			list[i], list[i+1] = list[i+1], list[i]
		}
	}
	d.Scripts = nil
	for _, s := range list {
		d.Scripts = append(d.Scripts, store.DraftScript{Name: s.Name, On: s.On})
	}
}

// ordered switches on the scripts that are named and no others, and lets them take the
// places they have among themselves in the order of the names.
func ordered(list []PlannedScript, names []string) []PlannedScript {
	var on []PlannedScript
	for _, name := range names {
		i := slices.IndexFunc(list, func(s PlannedScript) bool { return s.Name == name })
		if i >= 0 && !slices.ContainsFunc(on, func(s PlannedScript) bool { return s.Name == name }) {
			on = append(on, PlannedScript{list[i].Script, true})
		}
	}
	next := 0
	for i, s := range list {
		if slices.ContainsFunc(on, func(o PlannedScript) bool { return o.Name == s.Name }) {
			list[i] = on[next]
			next++
		} else {
			list[i].On = false
		}
	}
	return list
}

// InputField is the field of an input.
func InputField(name string) string { return "input_" + name }

// KeepInputs keeps what was typed for the inputs that are no secret. It returns what was
// typed for those that are, by their names: that is for the encrypted store.
func KeepInputs(d *store.Draft, t store.Template, posted url.Values) (secrets map[string]string) {
	secrets = map[string]string{}
	for _, in := range t.Inputs {
		field := InputField(in.Name)
		switch v := posted.Get(field); {
		case in.Kind == store.InputSecret:
			d.Values.Del(field) // it may have been no secret before the template was changed
			if v != "" {
				secrets[in.Name] = v
			}
		case posted.Has(field):
			d.Values.Set(field, v)
		}
	}
	return secrets
}

// InputValue returns the value that the scripts get for an input that is no secret.
func InputValue(d store.Draft, in store.Input) string {
	if d.Values.Has(InputField(in.Name)) {
		return d.Values.Get(InputField(in.Name))
	}
	return in.Default
}

// CheckInput says what is wrong with a value for an input, or "". It never repeats the value of a secret.
func CheckInput(in store.Input, v string) string {
	const most = 4096
	switch n := utf8.RuneCountInString(v); {
	case n > most:
		return fmt.Sprintf("This has %d characters; a value has %d at most", n, most)
	case !utf8.ValidString(v) || strings.ContainsFunc(v, unicode.IsControl):
		return "It contains a character that does not fit on one line"
	case in.Kind == store.InputChoice && v == "":
		return "Choose one"
	case in.Kind == store.InputChoice && !slices.Contains(in.Choices, v):
		return human.Quoted(v) + " is not one of the choices"
	}
	return ""
}

// CheckInputs adds what is wrong with the values of the inputs that are no secret, if a script gets them.
func (p Plan) CheckInputs() {
	if len(p.Provision().Scripts) == 0 {
		return
	}
	for _, in := range p.Template.Inputs {
		if s := CheckInput(in, InputValue(p.Draft, in)); in.Kind != store.InputSecret && s != "" {
			p.Errors[InputField(in.Name)] = s
		}
	}
}

// Provision returns the part of the plan that a job carries out inside the container.
func (p Plan) Provision() store.Provision {
	provision := store.Provision{
		TemplateID: p.Template.ID,
		Template:   p.Template.Name,
		Files:      p.Template.Files,
		Packages:   p.Packages,
		Services:   p.Template.Services,
	}
	for _, s := range PlannedScripts(p.Draft, p.Template) {
		if s.On {
			provision.Scripts = append(provision.Scripts, s.Script)
		}
	}
	if len(provision.Scripts) == 0 {
		return provision
	}
	provision.Inputs = map[string]string{}
	for _, in := range p.Template.Inputs {
		if in.Kind == store.InputSecret {
			provision.AddSecret(in)
		} else {
			provision.Inputs[in.Name] = InputValue(p.Draft, in)
		}
	}
	return provision
}

// Wrong lists what is wrong with the packages and the inputs, in their order.
func (p Plan) Wrong() []WrongField {
	var wrong []WrongField
	add := func(step, name, label string) {
		if s := p.Errors[name]; s != "" {
			wrong = append(wrong, WrongField{Step: step, Name: name, Label: label, Sentence: s})
		}
	}
	for _, manager := range store.PackageManagers {
		add("packages", "packages_"+manager, "Packages for "+manager)
	}
	for _, in := range p.Template.Inputs {
		add("scripts", InputField(in.Name), cmp.Or(in.Label, in.Name))
	}
	return wrong
}

// Selected tells whether a package of the template is wanted.
func (p Plan) Selected(o store.Package) bool {
	return !slices.Contains(p.Draft.Unticked, PackageKey(o))
}

// systemManagers are the managers of the systems, by the beginning of an OS template's name.
var systemManagers = []struct{ system, manager string }{
	{"debian", "apt"}, {"ubuntu", "apt"}, {"devuan", "apt"}, {"alpine", "apk"},
	{"fedora", "dnf"}, {"almalinux", "dnf"}, {"rockylinux", "dnf"}, {"centos", "dnf"}, {"openeuler", "dnf"},
}

// System is the name of the OS template that the container gets, as far as it is known.
func (p Plan) System() string {
	return OSTemplateName(cmp.Or(p.Draft.Values.Get("ostemplate"), p.Template.OSTemplate))
}

// Manager is that of the container's system; "" where it is not known.
func (p Plan) Manager() string {
	for _, s := range systemManagers {
		if strings.HasPrefix(p.System(), s.system) {
			return s.manager
		}
	}
	return ""
}

// Foreign tells whether a manager is one of another system's.
func (p Plan) Foreign(manager string) bool {
	return p.Manager() != "" && manager != p.Manager() && slices.Contains([]string{"apt", "apk", "dnf"}, manager)
}

// ReadSecrets are the values that were typed for secret inputs, by their names, and what is wrong with them, by field.
func ReadSecrets(asked []store.Input, posted url.Values) (secrets, wrong map[string]string) {
	secrets, wrong = map[string]string{}, map[string]string{}
	for _, in := range asked {
		field := InputField(in.Name)
		if !posted.Has(field) {
			continue
		}
		secrets[in.Name] = posted.Get(field)
		if s := CheckInput(in, secrets[in.Name]); s != "" {
			wrong[field] = s
		}
	}
	return secrets, wrong
}
