package wizard

import (
	"cmp"
	"slices"
	"strings"

	"berth/forms"
	"berth/store"
	"berth/views/inputs"
	"berth/views/parts"
	"berth/views/template"
)

// packageGroup is the template's packages of one manager.
type packageGroup struct {
	Manager  string
	Packages []store.Package
}

func packageGroups(p forms.Plan) []packageGroup {
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

// ownPackageFields are the fields for the user's own packages: those that fit the system, and
// the others.
func ownPackageFields(p forms.Plan) (fitting, others []parts.Field) {
	for _, manager := range store.PackageManagers {
		f := template.PackagesField(manager, p.Draft.Values, p.Errors)
		if p.Foreign(manager) && f.Value == "" {
			others = append(others, f)
		} else {
			fitting = append(fitting, f)
		}
	}
	return fitting, others
}

// ownPackagesTyped are the fields for the user's own packages in which something was typed.
func ownPackagesTyped(p forms.Plan) []parts.Field {
	fitting, _ := ownPackageFields(p)
	return slices.DeleteFunc(fitting, func(f parts.Field) bool { return f.Value == "" })
}

// planInputField is the field of an input. What was typed into a secret one never comes back.
func planInputField(p forms.Plan, in store.Input) parts.Field {
	f := inputs.OfTemplate(in, p.Errors)
	if in.Kind != store.InputSecret {
		f.Value = forms.InputValue(p.Draft, in)
		return f
	}
	f.Hint = "Kept encrypted until the scripts have run, and shown nowhere."
	if p.Typed[in.Name] {
		f.Hint = "One was typed, and is kept encrypted. Leave this empty to keep it."
	}
	return f
}

func choiceOptions(in store.Input, value string) []forms.Option {
	var options []forms.Option
	if value == "" {
		options = append(options, forms.Option{Text: "Choose one"})
	}
	for _, choice := range in.Choices {
		options = append(options, forms.Option{Value: choice, Text: choice})
	}
	return options
}

// planFacts list the packages, files, scripts, inputs and services of a plan, for the review.
func planFacts(p forms.Plan) []parts.Fact {
	facts := insideFacts(p)
	if len(p.Provision().Scripts) == 0 {
		return facts
	}
	for _, in := range p.Template.Inputs {
		facts = append(facts, inputFact(p, in))
	}
	return facts
}

// insideFacts are those without the inputs.
func insideFacts(p forms.Plan) []parts.Fact {
	provision := p.Provision()
	facts := template.PackageFacts(provision.Packages)
	var scripts, files, services []string
	for _, s := range provision.Scripts {
		scripts = append(scripts, s.Name)
	}
	for _, f := range provision.Files {
		files = append(files, f.Path)
	}
	for _, s := range provision.Services {
		services = append(services, s.Name)
	}
	facts = append(facts, parts.Fact{What: "Files", Value: strings.Join(files, ", "), None: "none"}, parts.Fact{What: "Scripts", Value: strings.Join(scripts, ", then "), None: "none"})
	if len(services) > 0 {
		facts = append(facts, parts.Fact{What: "Services to look for", Value: strings.Join(services, ", ")})
	}
	return facts
}

func inputFact(p forms.Plan, in store.Input) parts.Fact {
	f := parts.Fact{What: cmp.Or(in.Label, in.Name), Value: forms.InputValue(p.Draft, in), None: "empty"}
	if in.Kind == store.InputSecret {
		f.Value, f.None = "", "not typed: the scripts get an empty value"
		if p.Typed[in.Name] {
			f.Value = "typed, kept encrypted"
		}
	}
	return f
}
