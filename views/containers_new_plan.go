package views

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

// Plan is what a draft's container gets inside.
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

// PackageKey is what a package is known by in a draft, as in "apt:curl".
func PackageKey(p store.Package) string { return p.Manager + ":" + p.Name }

// packageValue is what its checkbox sends, as in "apt:curl=1.2".
func packageValue(p store.Package) string {
	if p.Version == "" {
		return PackageKey(p)
	}
	return PackageKey(p) + "=" + p.Version
}

// Ticked are those of the template's packages that are wanted.
func Ticked(d store.Draft, offered []store.Package) []store.Package {
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

// inputField is the field of an input.
func inputField(name string) string { return "input_" + name }

// KeepInputs keeps what was typed for the inputs that are no secret. It returns what was
// typed for those that are, by their names: that is for the encrypted store.
func KeepInputs(d *store.Draft, t store.Template, posted url.Values) (secrets map[string]string) {
	secrets = map[string]string{}
	for _, in := range t.Inputs {
		field := inputField(in.Name)
		switch v := posted.Get(field); {
		case in.Kind == "secret":
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

// InputValue is what the scripts get for an input that is no secret.
func InputValue(d store.Draft, in store.Input) string {
	if d.Values.Has(inputField(in.Name)) {
		return d.Values.Get(inputField(in.Name))
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
		return "There is a character in it that cannot stand in one line"
	case in.Kind == "choice" && v == "":
		return "Choose one"
	case in.Kind == "choice" && !slices.Contains(in.Choices, v):
		return human.Quoted(v) + " is none of the choices"
	}
	return ""
}

// CheckInputs adds what is wrong with the values of the inputs that are no secret, if a script gets them.
func (p Plan) CheckInputs() {
	if len(p.Setup().Scripts) == 0 {
		return
	}
	for _, in := range p.Template.Inputs {
		if s := CheckInput(in, InputValue(p.Draft, in)); in.Kind != "secret" && s != "" {
			p.Errors[inputField(in.Name)] = s
		}
	}
}

// Setup is what a job does inside the container.
func (p Plan) Setup() store.Setup {
	setup := store.Setup{
		TemplateID: p.Template.ID,
		Template:   p.Template.Name,
		Files:      p.Template.Files,
		Packages:   p.Packages,
		Services:   p.Template.Services,
	}
	for _, s := range PlannedScripts(p.Draft, p.Template) {
		if s.On {
			setup.Scripts = append(setup.Scripts, s.Script)
		}
	}
	if len(setup.Scripts) == 0 {
		return setup
	}
	setup.Inputs = map[string]string{}
	for _, in := range p.Template.Inputs {
		if in.Kind == "secret" {
			setup.AddSecret(in)
		} else {
			setup.Inputs[in.Name] = InputValue(p.Draft, in)
		}
	}
	return setup
}

// Wrong lists what is wrong with the steps Packages and Scripts, in their order.
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
		add("scripts", inputField(in.Name), cmp.Or(in.Label, in.Name))
	}
	return wrong
}

// packageGroup is the template's packages of one manager.
type packageGroup struct {
	Manager  string
	Packages []store.Package
}

func (p Plan) groups() []packageGroup {
	var groups []packageGroup
	for _, manager := range store.PackageManagers {
		g := packageGroup{Manager: manager}
		for _, o := range p.Offered {
			if o.Manager == manager {
				g.Packages = append(g.Packages, o)
			}
		}
		if len(g.Packages) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}

func (p Plan) ticked(o store.Package) bool { return !slices.Contains(p.Draft.Unticked, PackageKey(o)) }

// systemManagers are the managers of the systems, by the beginning of an OS template's name.
var systemManagers = []struct{ system, manager string }{
	{"debian", "apt"}, {"ubuntu", "apt"}, {"devuan", "apt"}, {"alpine", "apk"},
	{"fedora", "dnf"}, {"almalinux", "dnf"}, {"rockylinux", "dnf"}, {"centos", "dnf"}, {"openeuler", "dnf"},
}

// system is the name of the OS template that the container gets, as far as it is known.
func (p Plan) system() string {
	return osTemplateName(cmp.Or(p.Draft.Values.Get("ostemplate"), p.Template.OSTemplate))
}

// manager is that of the container's system; "" where it is not known.
func (p Plan) manager() string {
	for _, s := range systemManagers {
		if strings.HasPrefix(p.system(), s.system) {
			return s.manager
		}
	}
	return ""
}

// foreign tells whether a manager is one of another system's.
func (p Plan) foreign(manager string) bool {
	return p.manager() != "" && manager != p.manager() && slices.Contains([]string{"apt", "apk", "dnf"}, manager)
}

// packageExamples show how each manager's packages are written.
var packageExamples = map[string]string{
	"apt": "curl, or curl=8.14.1-2", "apk": "curl, or curl=8.14.1-r1", "dnf": "curl, or curl=8.9.1",
	"npm": "serve, or serve@14.2.4", "pip": "httpie, or httpie==3.2.4",
}

// packagesField is the field for packages of a manager, one a line.
func packagesField(manager string, v url.Values, wrong map[string]string) Field {
	name := "packages_" + manager
	return Field{
		Name: name, Label: manager, Hint: "One a line: " + packageExamples[manager] + ".", Class: "third", Mono: true,
		Value: v.Get(name), Error: wrong[name],
	}
}

// ownFields are the fields for the user's own packages: those that fit the system, and
// the others.
func (p Plan) ownFields() (fitting, others []Field) {
	for _, manager := range store.PackageManagers {
		f := packagesField(manager, p.Draft.Values, p.Errors)
		if p.foreign(manager) && f.Value == "" {
			others = append(others, f)
		} else {
			fitting = append(fitting, f)
		}
	}
	return fitting, others
}

// fieldOfInput is the empty field of an input, with what is wrong with it.
func fieldOfInput(in store.Input, wrong map[string]string) Field {
	f := Field{Name: inputField(in.Name), Label: in.Label, Note: in.Name, Class: "half", Error: wrong[inputField(in.Name)]}
	if in.Label == "" {
		f.Label, f.Note = in.Name, ""
	}
	if in.Kind == "secret" {
		f.Type, f.Autocomplete = "password", "new-password"
	}
	return f
}

// inputFieldOf is the field of an input. What was typed into a secret one never comes back.
func (p Plan) inputFieldOf(in store.Input) Field {
	f := fieldOfInput(in, p.Errors)
	if in.Kind != "secret" {
		f.Value = InputValue(p.Draft, in)
		return f
	}
	f.Hint = "Kept encrypted until the scripts have run, and shown nowhere."
	if p.Typed[in.Name] {
		f.Hint = "One was typed, and is kept encrypted. Leave this empty to keep it."
	}
	return f
}

func choiceOptions(in store.Input, value string) []Option {
	var options []Option
	if value == "" {
		options = append(options, Option{Text: "Choose one"})
	}
	for _, choice := range in.Choices {
		options = append(options, Option{choice, choice})
	}
	return options
}

// facts are what is done inside the container, for the review.
func (p Plan) facts() []fact {
	setup := p.Setup()
	facts := packageFacts(setup.Packages)
	var scripts, files, services []string
	for _, s := range setup.Scripts {
		scripts = append(scripts, s.Name)
	}
	for _, f := range setup.Files {
		files = append(files, f.Path)
	}
	for _, s := range setup.Services {
		services = append(services, s.Name)
	}
	facts = append(facts, fact{"Files", strings.Join(files, ", "), "none"}, fact{"Scripts", strings.Join(scripts, ", then "), "none"})
	if len(scripts) > 0 {
		for _, in := range p.Template.Inputs {
			facts = append(facts, p.inputFact(in))
		}
	}
	if len(services) > 0 {
		facts = append(facts, fact{What: "Services to look for", Value: strings.Join(services, ", ")})
	}
	return facts
}

func (p Plan) inputFact(in store.Input) fact {
	f := fact{What: cmp.Or(in.Label, in.Name), Value: InputValue(p.Draft, in), None: "empty"}
	if in.Kind == "secret" {
		f.Value, f.None = "", "not typed: the scripts get an empty value"
		if p.Typed[in.Name] {
			f.Value = "typed, kept encrypted"
		}
	}
	return f
}
