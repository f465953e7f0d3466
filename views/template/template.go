package template

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/a-h/templ"

	"berth/store"
	"berth/views/human"
	"berth/views/parts"
)

// ListPage is the browser of the templates.
type ListPage struct {
	Own, Starters []store.Template
	Query, Tag    string
	Folder        bool // there is a folder of templates to compare with
}

// tags are those of all templates, sorted.
func (p ListPage) tags() []string {
	var tags []string
	for _, t := range slices.Concat(p.Own, p.Starters) {
		tags = append(tags, t.Tags...)
	}
	slices.Sort(tags)
	return slices.Compact(tags)
}

func (p ListPage) tagURL(tag string) templ.SafeURL {
	q := url.Values{}
	if p.Query != "" {
		q.Set("q", p.Query)
	}
	if tag != "" {
		q.Set("tag", tag)
	}
	if len(q) == 0 {
		return "/templates"
	}
	return templ.SafeURL("/templates?" + q.Encode())
}

func (p ListPage) shown(list []store.Template) []store.Template {
	var shown []store.Template
	for _, t := range list {
		if MatchesTemplate(t, p.Query) && (p.Tag == "" || slices.Contains(t.Tags, p.Tag)) {
			shown = append(shown, t)
		}
	}
	return shown
}

// Page is one template.
type Page struct {
	Template store.Template
	Packages []store.Package       // its own and its buckets'
	Buckets  []store.PackageBucket // that it uses
	Doubts   map[string]string     // by a script's name: what it may lack to be run by
	NoNodes  bool
}

func (p Page) facts() []parts.Fact {
	t := p.Template
	number := func(n int, unit string) string {
		if n <= 0 {
			return ""
		}
		return strconv.Itoa(n) + unit
	}
	swap := number(t.Swap, " MiB")
	if t.Swap < 0 {
		swap = "none"
	}
	const open = "left open"
	facts := []parts.Fact{
		{What: "OS template", Value: t.OSTemplate, None: open}, {What: "Cores", Value: number(t.Cores, ""), None: open}, {What: "Memory", Value: number(t.Memory, " MiB"), None: open},
		{What: "Swap", Value: swap, None: open}, {What: "Disk", Value: number(t.Disk, " GiB"), None: open}, {What: "Storage", Value: t.Storage, None: "the node's first that fits"},
		{What: "Bridge", Value: t.Bridge, None: "the node's first"}, {What: "Unprivileged", Value: parts.YesNo(t.Unprivileged), None: ""}, {What: "Nesting", Value: parts.YesNo(t.Nesting), None: ""},
	}
	if len(p.Buckets) > 0 {
		names := make([]string, len(p.Buckets))
		for i, b := range p.Buckets {
			names[i] = b.Name
		}
		facts = append(facts, parts.Fact{What: "Package buckets", Value: strings.Join(names, ", ")})
	}
	return append(facts, PackageFacts(p.Packages)...)
}

// PackageFacts lists packages by their managers.
func PackageFacts(list []store.Package) []parts.Fact {
	var facts []parts.Fact
	for _, manager := range store.PackageManagers {
		var names []string
		for _, o := range list {
			if o.Manager == manager {
				names = append(names, strings.TrimPrefix(PackageValue(o), manager+":"))
			}
		}
		if len(names) > 0 {
			facts = append(facts, parts.Fact{What: "Packages, " + manager, Value: strings.Join(names, ", ")})
		}
	}
	if len(facts) == 0 {
		facts = append(facts, parts.Fact{What: "Packages", None: "none"})
	}
	return facts
}

// fileWords say whose a file is, and what becomes of one that is there already.
func fileWords(f store.File) string {
	mode := f.Mode
	if mode == 0 {
		mode = 0o644
	}
	policy := map[string]string{
		store.FileReplace: "replaces what is there",
		store.FileDefault: "only where there is none",
		store.FileBackup:  "keeps the old one beside it",
	}[f.Policy]
	return fmt.Sprintf("%s, %04o, %s", cmp.Or(f.Owner, "root:root"), mode, policy)
}

// serviceWords say where a service is found.
func serviceWords(s store.Service) string {
	if s.Port == 0 {
		return "no port"
	}
	words := "port " + strconv.Itoa(s.Port)
	if s.Path != "" {
		words += ", its page at " + s.Path
	}
	if s.Scheme != "" {
		words += ", over " + s.Scheme
	}
	return words
}

func fileText(f store.File) string {
	if !utf8.Valid(f.Content) {
		return human.Bytes(uint64(len(f.Content))) + " that are no text"
	}
	return string(f.Content)
}

func inputWords(in store.Input) string {
	words := cmp.Or(in.Label, in.Name)
	switch {
	case in.Kind == store.InputSecret:
		words += ": typed in the wizard, and kept nowhere else"
	case len(in.Choices) > 0:
		words += ": " + strings.Join(in.Choices, ", ")
	}
	if in.Default != "" {
		words += "; " + in.Default + " unless changed"
	}
	return words
}
