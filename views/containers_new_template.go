package views

import (
	"strings"

	"berth/forms"
	"berth/store"
	"berth/views/human"
)

// TemplateChoices are the templates that a container can be made from.
type TemplateChoices struct {
	Own, Starters []store.Template
	Query         string // what is searched for
	Chosen        string // its ID; "" and "none" are none
	Error         string // what is wrong with the choice
	URL           string // of the page, to search it
}

// isChosen tells whether a template is; "" is none.
func (c TemplateChoices) isChosen(id string) bool {
	return c.Chosen == id || id == "" && c.Chosen == "none"
}

// shown are those of a list that are searched for. The chosen one is among them in any
// case: out of sight it would still be sent.
func (c TemplateChoices) shown(list []store.Template) []store.Template {
	var shown []store.Template
	for _, t := range list {
		if c.isChosen(t.ID) || matchesTemplate(t, c.Query) {
			shown = append(shown, t)
		}
	}
	return shown
}

// matchesTemplate tells whether a template has every word of a query in its name, description or tags.
func matchesTemplate(t store.Template, query string) bool {
	text := strings.ToLower(t.Name + "\n" + t.Description + "\n" + strings.Join(t.Tags, "\n"))
	for word := range strings.FieldsSeq(strings.ToLower(query)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// templateFacts sums a template up: "debian-13-standard, 2 cores, 5 packages, 1 script".
func templateFacts(t store.Template) string {
	var words []string
	if t.OSTemplate != "" {
		words = append(words, forms.OSTemplateName(t.OSTemplate))
	}
	if t.Cores > 0 {
		words = append(words, human.Count(t.Cores, "core", "cores"))
	}
	if t.Memory > 0 {
		words = append(words, human.Bytes(uint64(t.Memory)<<20)+" memory")
	}
	if n := len(t.Buckets); n > 0 {
		words = append(words, human.Count(n, "package bucket", "package buckets"))
	}
	for _, part := range []struct {
		n         int
		one, many string
	}{{len(t.Packages), "package", "packages"}, {len(t.Scripts), "script", "scripts"}, {len(t.Files), "file", "files"}} {
		if part.n > 0 {
			words = append(words, human.Count(part.n, part.one, part.many))
		}
	}
	return strings.Join(words, ", ")
}

// NoTemplate is what is wrong with the choice of a template that is not there.
func NoTemplate(id string) string { return "There is no template " + human.Quoted(id) }

// firstSentence is what a description begins with.
func firstSentence(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n\n")
	s = strings.Join(strings.Fields(s), " ")
	if i := strings.Index(s, ". "); i > 0 {
		return s[:i+1]
	}
	return s
}
