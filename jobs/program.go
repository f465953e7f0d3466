package jobs

import (
	_ "embed"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"berth/proxmox/shell"
	"berth/store"
)

var (
	//go:embed prelude.sh
	prelude string // functions for scripts of templates: see docs/templates.md
	//go:embed steps.sh
	stepsOwn string // functions for Berth's own programs, beside the prelude
)

// rootUser is the owner and group of a file for which a template names none.
const rootUser = "root:root"

// defaultMode is the mode of a file for which a template names none.
const defaultMode = 0o644

// initProgram waits until the container's system is up. Its last line names the system, for the step's detail.
func initProgram() string { return ownProgram("berth_wait_init") }

// filesProgram writes the files, with their owners and modes. Owners that come with a package are set by packagesProgram.
func filesProgram(provision store.Provision) string {
	when := "now"
	if len(provision.Packages) > 0 {
		when = "later"
	}
	var lines []string
	for _, f := range provision.Files {
		lines = append(lines,
			command("berth_put", f.Path, owner(f), mode(f), policy(f), when)+" <<'BERTH_FILE'",
			wrapped(base64.StdEncoding.EncodeToString(f.Content))+"BERTH_FILE")
	}
	return ownProgram(lines...)
}

// packagesProgram installs the packages, then sets the owners of files again, as packages may have brought the users.
func packagesProgram(provision store.Provision) string {
	var lines []string
	for _, manager := range store.PackageManagers {
		words := managerWords(manager)
		n := len(words)
		for _, p := range provision.Packages {
			if p.Manager == manager {
				words = append(words, packageWord(p))
			}
		}
		if len(words) > n {
			lines = append(lines, command(words...))
		}
	}
	lines = append(lines, "berth_added")
	for _, f := range provision.Files {
		if o := owner(f); o != rootUser {
			lines = append(lines, command("berth_give", f.Path, o, mode(f)))
		}
	}
	return ownProgram(lines...)
}

// managerWords returns the first words of the command that installs packages of a manager; the packages follow.
func managerWords(manager string) []string {
	switch manager {
	case "apt":
		return []string{"berth_add", "apt", "apt-get"}
	case "npm", "pip":
		return []string{"berth_" + manager}
	}
	return []string{"berth_add", manager, manager}
}

// packageWord writes a package, with its version if one is wanted, as its manager expects it.
func packageWord(p store.Package) string {
	if p.Version == "" {
		return p.Name
	}
	switch p.Manager {
	case "dnf":
		return p.Name + "-" + p.Version
	case "npm":
		return p.Name + "@" + p.Version
	case "pip":
		return p.Name + "==" + p.Version
	}
	return p.Name + "=" + p.Version
}

// scriptProgram makes the program of a template's script, run by the interpreter in its first line,
// with the prelude where that is a shell.
func scriptProgram(s store.Script) program {
	p := program{text: s.Text(), name: s.Name, runBy: shell.InterpreterOf(s.Text()), once: true}
	if p.runBy.Shell() {
		p.prelude = prelude
	}
	return p
}

// missing makes the cause of a program that did not begin because its interpreter is not in the container.
func (p program) missing() store.Message {
	return store.Message{Kind: CauseMissing, Args: store.Args{Name: p.runBy.Name(), Package: p.runBy.Package()}}
}

// lookProgram checks the services. Its last line sums up, for the step's detail.
func lookProgram(provision store.Provision) string {
	var lines []string
	for _, s := range provision.Services {
		lines = append(lines, command("berth_look", s.Name, strconv.Itoa(max(s.Port, 0))))
	}
	return ownProgram(append(lines, "berth_looked")...)
}

func ownProgram(lines ...string) string {
	return prelude + "\n" + stepsOwn + "\n" + strings.Join(lines, "\n") + "\n"
}

// command joins words to a line of shell, each quoted where needed.
func command(words ...string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = shell.Quote(w)
	}
	return strings.Join(quoted, " ")
}

func owner(f store.File) string {
	if f.Owner == "" {
		return rootUser
	}
	return f.Owner
}

func mode(f store.File) string {
	if f.Mode == 0 {
		return fmt.Sprintf("%04o", defaultMode)
	}
	return fmt.Sprintf("%04o", f.Mode&0o7777)
}

func policy(f store.File) string {
	if f.Policy == "" {
		return store.FileReplace
	}
	return f.Policy
}

// wrapped breaks text into lines of 76 characters, each with its newline: not every
// shell likes lines of megabytes.
func wrapped(text string) string {
	var b strings.Builder
	for len(text) > 0 {
		n := min(len(text), 76)
		b.WriteString(text[:n])
		b.WriteByte('\n')
		text = text[n:]
	}
	return b.String()
}
