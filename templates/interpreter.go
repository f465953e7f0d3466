package templates

import (
	"fmt"
	"slices"
	"strings"

	"berth/proxmox/shell"
	"berth/store"
)

// inAll lists the interpreters that every OS template has; inMost those that
// all but Alpine's have.
var (
	inAll  = []string{"sh", "awk", "sed"}
	inMost = []string{"bash"}
	inSome = map[string][]string{ // by the beginning of the OS template's name
		"alpine": {"ash", "busybox"},
		"debian": {"dash", "perl"},
		"devuan": {"dash", "perl"},
		"ubuntu": {"dash", "perl", "python3"},
		"fedora": {"python3"},
	}
)

// Doubt returns a sentence for a script whose first line asks for an interpreter that the
// container may lack, with the template's packages installed; "" when it surely has it.
func Doubt(s store.Script, osTemplate string, packages []store.Package) string {
	by := shell.InterpreterOf(s.Text())
	name := by.Name()
	if slices.Contains(inAll, name) || brought(by, packages) {
		return ""
	}
	_, file, isVolume := strings.Cut(osTemplate, ":vztmpl/")
	if !isVolume {
		file = osTemplate
	}
	system, _, _ := strings.Cut(strings.ToLower(file), "-")
	if system != "" && system != "alpine" && slices.Contains(inMost, name) || slices.Contains(inSome[system], name) {
		return ""
	}
	add := by.Package()
	if add == "" {
		add = "that brings it"
	}
	if system == "" {
		return fmt.Sprintf("Its first line asks for %s, which not every OS template has. Where it is missing the script fails: add the package %s", name, add)
	}
	return fmt.Sprintf("Its first line asks for %s, which %s may not have, and none of the packages is known to bring it. Add the package %s", name, file, add)
}

// brought tells whether one of the packages brings an interpreter.
func brought(by shell.Interpreter, packages []store.Package) bool {
	return slices.ContainsFunc(packages, func(p store.Package) bool {
		switch by.Package() {
		case "":
			return p.Name == by.Name()
		case "python3":
			return p.Manager == "pip" || p.Name == "python3" || strings.HasPrefix(p.Name, "python3-") || strings.HasPrefix(p.Name, "py3-")
		case "nodejs":
			return p.Manager == "npm" || p.Name == "nodejs" || p.Name == "npm"
		}
		return p.Name == by.Package() || strings.HasPrefix(p.Name, by.Package()+"-")
	})
}
