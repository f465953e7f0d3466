package templates

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"berth/store"
	"berth/views/human"
)

// maxPackages bounds a list of packages; maxPackageWord a name or a version, in bytes.
const (
	maxPackages    = 1000
	maxPackageWord = 200
)

// ownPackages names the files of a template's own packages in an archive;
// no bucket may have that name.
const ownPackages = "own"

// packageForm holds a manager's patterns for a name and a version, and how the two are
// written together. No name begins with a hyphen, so none can be an option.
type packageForm struct {
	name, version *regexp.Regexp
	sign          string // between name and version
	example       string
}

// The names are those of Debian Policy 5.6.1 (with an architecture behind a colon),
// apk-package(5), RPM's and DNF's (with @ in front for a group), npm's
// validate-npm-package-name, and PEP 508 with extras.
var packageForms = map[string]packageForm{
	"apt": {regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+(:[a-z0-9]+)?$`), regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+:~*-]*$`), "=", "curl or curl=8.14.1-2"},
	"apk": {regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9+._-]*$`), regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`), "=", "curl or curl=8.14.1-r1"},
	"dnf": {regexp.MustCompile(`^@?[A-Za-z0-9_][A-Za-z0-9+._-]*$`), regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+:~^_*-]*$`), "=", "curl or curl=8.9.1"},
	"npm": {regexp.MustCompile(`^(@[A-Za-z0-9_~][A-Za-z0-9._~-]*/)?[A-Za-z0-9_~][A-Za-z0-9._~-]*$`), regexp.MustCompile(`^[A-Za-z0-9^~][A-Za-z0-9.+^~-]*$`), "@", "serve or serve@14.2.4"},
	"pip": {regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(\[[A-Za-z0-9._,-]+\])?$`), regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.!+*_-]*$`), "==", "httpie or httpie==3.2.4"},
}

// ParsePackages reads a list of packages: one a line, with its version behind = (pip
// also ==, npm @), and with comments behind #. A package that is there twice is taken
// once. The error is a *FileError with the line.
func ParsePackages(manager, text string) ([]store.Package, error) {
	form, ok := packageForms[manager]
	if !ok {
		return nil, &FileError{Sentence: "there is no package manager " + human.Quoted(manager)}
	}
	var list []store.Package
	number := 0
	for line := range strings.Lines(text) {
		number++
		line, _, _ = strings.Cut(line, "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		p := form.parse(line)
		p.Manager = manager
		if s := checkPackage(p); s != "" {
			return nil, &FileError{File: "packages", Line: number, Sentence: s}
		}
		if !slices.Contains(list, p) {
			list = append(list, p)
		}
		if len(list) > maxPackages {
			return nil, &FileError{File: "packages", Line: number, Sentence: fmt.Sprintf("more than %d packages in one list", maxPackages)}
		}
	}
	return list, nil
}

// parse splits a line into name and version; checkPackage judges them.
func (f packageForm) parse(line string) store.Package {
	name, version, found := strings.Cut(line, "=")
	version = strings.TrimPrefix(version, "=")
	if f.sign == "@" && !found {
		if at := strings.LastIndexByte(line, '@'); at > 0 {
			name, version, found = line[:at], line[at+1:], true
		}
	}
	p := store.Package{Name: strings.TrimSpace(name), Version: strings.TrimSpace(version)}
	if found && p.Version == "" {
		p.Name = line // to be refused as a whole
	}
	return p
}

// checkPackage returns the reason that a manager would refuse a package, or "".
func checkPackage(p store.Package) string {
	form, ok := packageForms[p.Manager]
	switch {
	case !ok:
		return "There is no package manager " + human.Quoted(p.Manager)
	case len(p.Name) > maxPackageWord || !form.name.MatchString(p.Name):
		return human.Quoted(p.Name) + " is not the name of a package for " + p.Manager + "; write it like " + form.example + ", one a line"
	case p.Version != "" && (len(p.Version) > maxPackageWord || !form.version.MatchString(p.Version)):
		return human.Quoted(p.Version) + " is not a version of " + p.Name + "; write it like " + form.example
	}
	return ""
}

// FormatPackages writes those of the list that are of the manager as ParsePackages reads them.
func FormatPackages(list []store.Package, manager string) string {
	var b strings.Builder
	for _, p := range list {
		if p.Manager != manager {
			continue
		}
		b.WriteString(p.Name)
		if p.Version != "" {
			b.WriteString(packageForms[manager].sign + p.Version)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// Resolve lists what a container made from t gets: t's own packages and those of its
// buckets, by manager in the order in which these run. A package that is there more than
// once comes once, in the version of the first that names one, t's own before the buckets'.
func Resolve(t store.Template, buckets []store.PackageBucket) []store.Package {
	all := slices.Clone(t.Packages)
	for _, ref := range t.Buckets {
		if b, ok := bucket(buckets, ref); ok {
			all = append(all, b.Packages...)
		}
	}
	type key struct{ manager, name string }
	at := map[key]int{}
	var list []store.Package
	for _, p := range all {
		k := key{p.Manager, p.Name}
		i, known := at[k]
		switch {
		case !known:
			at[k] = len(list)
			list = append(list, p)
		case list[i].Version == "":
			list[i].Version = p.Version
		}
	}
	byManager(list)
	return list
}

// byManager sorts packages into the order in which their managers run, and leaves them
// in their order otherwise.
func byManager(list []store.Package) {
	slices.SortStableFunc(list, func(a, b store.Package) int {
		return slices.Index(store.PackageManagers[:], a.Manager) - slices.Index(store.PackageManagers[:], b.Manager)
	})
}
