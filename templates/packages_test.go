package templates_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"berth/store"
	"berth/templates"
)

func TestParsePackages(t *testing.T) {
	for about, c := range map[string]struct {
		manager, text string
		want          []store.Package
	}{
		"one a line":             {"apt", "curl\n\n  git  \n", []store.Package{{Manager: "apt", Name: "curl"}, {Manager: "apt", Name: "git"}}},
		"a version":              {"apt", "curl=8.14.1-2+deb13u1", []store.Package{{Manager: "apt", Name: "curl", Version: "8.14.1-2+deb13u1"}}},
		"comments":               {"apk", "# tools\ncurl # to fetch\n", []store.Package{{Manager: "apk", Name: "curl"}}},
		"line ends of Windows":   {"dnf", "curl\r\ngit\r\n", []store.Package{{Manager: "dnf", Name: "curl"}, {Manager: "dnf", Name: "git"}}},
		"a group of dnf":         {"dnf", "@development-tools", []store.Package{{Manager: "dnf", Name: "@development-tools"}}},
		"another architecture":   {"apt", "libc6:i386", []store.Package{{Manager: "apt", Name: "libc6:i386"}}},
		"npm's own sign":         {"npm", "serve@14.2.4", []store.Package{{Manager: "npm", Name: "serve", Version: "14.2.4"}}},
		"npm with an equals":     {"npm", "serve=14.2.4", []store.Package{{Manager: "npm", Name: "serve", Version: "14.2.4"}}},
		"a scope of npm":         {"npm", "@angular/cli\n@angular/cli@20", []store.Package{{Manager: "npm", Name: "@angular/cli"}, {Manager: "npm", Name: "@angular/cli", Version: "20"}}},
		"pip's own sign":         {"pip", "httpie==3.2.4", []store.Package{{Manager: "pip", Name: "httpie", Version: "3.2.4"}}},
		"pip with an equals":     {"pip", "httpie = 3.2.4", []store.Package{{Manager: "pip", Name: "httpie", Version: "3.2.4"}}},
		"extras of pip":          {"pip", "uvicorn[standard]==0.30.*", []store.Package{{Manager: "pip", Name: "uvicorn[standard]", Version: "0.30.*"}}},
		"the same one twice":     {"apt", "curl\ncurl\n", []store.Package{{Manager: "apt", Name: "curl"}}},
		"nothing but a comment":  {"apt", "# nothing yet", nil},
		"nothing":                {"pip", "", nil},
		"a last line unfinished": {"apk", "curl", []store.Package{{Manager: "apk", Name: "curl"}}},
	} {
		t.Run(about, func(t *testing.T) {
			got, err := templates.ParsePackages(c.manager, c.text)
			if err != nil || !slices.Equal(got, c.want) {
				t.Errorf("ParsePackages() = %v, %v; want %v", got, err, c.want)
			}
			again, err := templates.ParsePackages(c.manager, templates.FormatPackages(got, c.manager))
			if err != nil || !slices.Equal(again, got) {
				t.Errorf("written and read again it is %v, %v; want %v", again, err, got)
			}
		})
	}
}

func TestParsePackagesNamesTheLineThatIsWrong(t *testing.T) {
	for about, c := range map[string]struct{ manager, text string }{
		"an option":            {"apt", "curl\n--allow-unauthenticated\n"},
		"a command":            {"apk", "curl\ncurl; reboot"},
		"a substitution":       {"npm", "serve\n$(reboot)"},
		"two in one line":      {"apt", "curl\ngit vim"},
		"no version":           {"apt", "curl\ngit="},
		"a version of a shell": {"pip", "httpie\nhttpie==`id`"},
		"a path":               {"dnf", "curl\n../evil.rpm"},
		"an address":           {"pip", "httpie\ngit+https://example.org/x"},
		"upper case for apt":   {"apt", "curl\nGit"},
	} {
		t.Run(about, func(t *testing.T) {
			_, err := templates.ParsePackages(c.manager, c.text)
			var wrong *templates.FileError
			if !errors.As(err, &wrong) || wrong.Line != 2 {
				t.Errorf("error %v, want one about line 2", err)
			}
		})
	}
	if _, err := templates.ParsePackages("brew", "curl"); err == nil || !strings.Contains(err.Error(), "brew") {
		t.Errorf("error %v, want one that names the manager", err)
	}
}

func TestResolve(t *testing.T) {
	buckets := []store.PackageBucket{
		{ID: "p1", Name: "Base", Packages: []store.Package{{Manager: "apt", Name: "curl", Version: "1"}, {Manager: "apt", Name: "vim"}}},
		{ID: "p2", Name: "Web", Packages: []store.Package{{Manager: "apt", Name: "vim", Version: "2"}, {Manager: "npm", Name: "serve"}, {Manager: "apt", Name: "nginx"}}},
		{ID: "p3", Name: "Unused", Packages: []store.Package{{Manager: "apt", Name: "emacs"}}},
	}
	own := []store.Package{{Manager: "pip", Name: "httpie"}, {Manager: "apt", Name: "curl", Version: "8"}}
	got := templates.Resolve(store.Template{Packages: own, Buckets: []string{"p1", "web", "gone"}}, buckets)
	want := []store.Package{
		{Manager: "apt", Name: "curl", Version: "8"}, {Manager: "apt", Name: "vim", Version: "2"}, {Manager: "apt", Name: "nginx"},
		{Manager: "npm", Name: "serve"}, {Manager: "pip", Name: "httpie"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("Resolve() = %v, want %v", got, want)
	}
	if own[0].Name != "httpie" {
		t.Error("the template's own list was changed")
	}
}

func FuzzParsePackages(f *testing.F) {
	for _, text := range []string{"curl\ngit=1:2.3-4~bpo+1\n# x", "@scope/name@1.2.3", "a==1.*", "--x", "a=", "=", "@", "\x00", "a\r\nb"} {
		for i := range store.PackageManagers {
			f.Add(i, text)
		}
	}
	f.Fuzz(func(t *testing.T, i int, text string) {
		manager := store.PackageManagers[uint(i)%uint(len(store.PackageManagers))]
		list, err := templates.ParsePackages(manager, text)
		if err != nil {
			return
		}
		for _, p := range list {
			if strings.HasPrefix(p.Name, "-") || strings.ContainsAny(p.Name+p.Version, " \t\n\r;&|<>$`'\"\\(){}?#") {
				t.Errorf("%q is no package", p)
			}
		}
		again, err := templates.ParsePackages(manager, templates.FormatPackages(list, manager))
		if err != nil || !slices.Equal(again, list) {
			t.Errorf("written and read again it is %v, %v; want %v", again, err, list)
		}
	})
}
