package template

import (
	"net/url"
	"strings"

	"berth/forms"
	"berth/store"
	"berth/views/human"
	"berth/views/parts"
)

// MatchesTemplate tells whether a template has every word of a query in its name, description or tags.
func MatchesTemplate(t store.Template, query string) bool {
	text := strings.ToLower(t.Name + "\n" + t.Description + "\n" + strings.Join(t.Tags, "\n"))
	for word := range strings.FieldsSeq(strings.ToLower(query)) {
		if !strings.Contains(text, word) {
			return false
		}
	}
	return true
}

// FactsOf sums a template up: "debian-13-standard, 2 cores, 5 packages, 1 script".
func FactsOf(t store.Template) string {
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

// NoTemplate is the error beside the wizard's list of templates where the chosen one does not exist.
func NoTemplate(id string) string { return "There is no template " + human.Quoted(id) }

// FirstSentence shortens a description for a card or a list: to its first sentence, at most its first paragraph.
func FirstSentence(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n\n")
	s = strings.Join(strings.Fields(s), " ")
	if i := strings.Index(s, ". "); i > 0 {
		return s[:i+1]
	}
	return s
}

// PackageValue returns the value that a package's checkbox sends, as in "apt:curl=1.2".
func PackageValue(p store.Package) string {
	if p.Version == "" {
		return forms.PackageKey(p)
	}
	return forms.PackageKey(p) + "=" + p.Version
}

// packageExamples show how each manager's packages are written.
var packageExamples = map[string]string{
	"apt": "curl, or curl=8.14.1-2", "apk": "curl, or curl=8.14.1-r1", "dnf": "curl, or curl=8.9.1",
	"npm": "serve, or serve@14.2.4", "pip": "httpie, or httpie==3.2.4",
}

// PackagesField is the field for packages of a manager, one a line.
func PackagesField(manager string, v url.Values, wrong map[string]string) parts.Field {
	name := "packages_" + manager
	return parts.Field{
		Name: name, Label: manager, Hint: "One a line: " + packageExamples[manager] + ".", Class: "third", Mono: true,
		Value: v.Get(name), Error: wrong[name],
	}
}
