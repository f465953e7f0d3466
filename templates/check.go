package templates

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"berth/store"
	"berth/views/human"
)

// What Proxmox bounds, as package proxmox has it from the API schema of
// POST /nodes/{node}/lxc …
const (
	maxCores       = 8192
	minMemory      = 16 // MiB
	minDisk        = 1  // GiB
	maxDescription = 8192
	maxOSTemplate  = 255
)

// … and bounds of our own, far above what a home needs: a template fits into one
// archive and into one record of the store.
const (
	maxMemory   = 16 << 20 // MiB
	maxDisk     = 1 << 20  // GiB
	maxName     = 100      // characters; also of labels and choices
	maxTags     = 50
	maxScripts  = 99 // their files begin with two digits
	maxFiles    = 200
	maxInputs   = 50
	maxChoices  = 100
	maxServices = 50
	maxBuckets  = 50
	maxPath     = 200       // bytes
	maxLine     = 500       // characters of a description or a default in one line
	maxScript   = 256 << 10 // bytes
	maxFile     = 1 << 20   // bytes
	maxContent  = 4 << 20   // bytes of all scripts and files
)

var (
	tagForm     = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_+.-]*$`)       // pve-tag
	storageForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]*[A-Za-z0-9]$`) // pve-storage-id
	bridgeForm  = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)                    // net0's bridge
	osNameForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]*$`)               // as in debian-12-standard
	volumeForm  = regexp.MustCompile(`^([^:]+):vztmpl/[^/\s]+$`)             // as in local:vztmpl/FILE
	scriptForm  = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)            // in a file's name
	inputForm   = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)               // a variable of the shell
	ownerForm   = regexp.MustCompile(`^([a-z_][a-z0-9_-]*|\d+)(:([a-z_][a-z0-9_-]*|\d+))?$`)
	serviceForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9@:._-]*$`) // a unit of systemd, a service of OpenRC
	webPathForm = regexp.MustCompile(`^/[^\s\\"<>]*$`)
	bucketForm  = regexp.MustCompile(`^[\p{L}\p{N}][\p{L}\p{N} ._+-]*$`) // in a file's name
)

// reservedInputs are variables that the shell, its programs or Berth give a meaning.
var reservedInputs = []string{
	"PATH", "HOME", "IFS", "ENV", "PWD", "OLDPWD", "SHELL", "USER", "LOGNAME", "LANG", "LANGUAGE", "TERM", "TMPDIR", "TZ",
	"PS1", "PS2", "PS4", "OPTIND", "OPTARG", "PPID", "UID", "EUID", "DEBIAN_FRONTEND", "MAIL", "HOSTNAME",
}

// Check judges a template and returns complaints, a sentence by field of its form. A field
// of a list has its number behind its name, from 0: "script_name.2".
func Check(t store.Template) map[string]string {
	c := checks{}
	c.add("name", checkName(t.Name, "a template"))
	c.add("description", checkDescription(t.Description))
	c.add("tags", checkTags(t.Tags))
	c.add("os_template", checkOSTemplate(t.OSTemplate))
	c.add("cores", checkOpenNumber(t.Cores, "cores are", 1, maxCores, ""))
	c.add("memory", checkOpenNumber(t.Memory, "memory is", minMemory, maxMemory, " MiB"))
	if t.Swap != -1 {
		c.add("swap", checkOpenNumber(t.Swap, "swap is", 0, maxMemory, " MiB"))
	}
	c.add("disk", checkOpenNumber(t.Disk, "a disk is", minDisk, maxDisk, " GiB"))
	c.add("storage", checkForm(t.Storage, storageForm, "cannot be the name of a storage; it is letters, digits and - _ . as in local-lvm"))
	c.add("bridge", checkForm(t.Bridge, bridgeForm, "cannot be the name of a bridge; it is letters, digits and - _ . as in vmbr0"))
	c.packages(t.Packages)
	c.buckets(t.Buckets)
	c.inputs(t.Inputs)
	c.scripts(t.Scripts)
	c.files(t.Files)
	c.services(t.Services)
	c.size(t)
	return c
}

// CheckBucket is Check for a package bucket.
func CheckBucket(b store.PackageBucket) map[string]string {
	c := checks{}
	switch {
	case checkName(b.Name, "a bucket") != "":
		c.add("name", checkName(b.Name, "a bucket"))
	case !bucketForm.MatchString(b.Name):
		c.add("name", human.Quoted(b.Name)+" cannot be a bucket's name; use letters, digits, spaces and - _ . +")
	case strings.EqualFold(b.Name, ownPackages):
		c.add("name", human.Quoted(b.Name)+" is reserved for a template's own packages in an archive; choose another name")
	}
	c.add("description", checkDescription(b.Description))
	c.packages(b.Packages)
	return c
}

// checks are the sentences by field; of a field's the first counts.
type checks map[string]string

func (c checks) add(field, sentence string) {
	if sentence != "" && c[field] == "" {
		c[field] = sentence
	}
}

func (c checks) addAt(field string, i int, sentence string) {
	c.add(field+"."+strconv.Itoa(i), sentence)
}

// many complains when a list has more than most entries.
func (c checks) many(field string, n, most int, what string) {
	if n > most {
		c.add(field, fmt.Sprintf("These are %d %s; a template has %d at most", n, what, most))
	}
}

func (c checks) packages(list []store.Package) {
	count := map[string]int{}
	for _, p := range list {
		field := "packages_" + p.Manager
		if _, known := packageForms[p.Manager]; !known {
			field = "packages_apt"
		}
		c.add(field, checkPackage(p))
		if count[p.Manager]++; count[p.Manager] > maxPackages {
			c.add(field, fmt.Sprintf("These are more than %d packages", maxPackages))
		}
	}
}

func (c checks) buckets(list []string) {
	c.many("buckets", len(list), maxBuckets, "buckets")
	for i, b := range list {
		if slices.Contains(list[:i], b) {
			c.add("buckets", "A bucket is selected twice")
		}
	}
}

func (c checks) inputs(list []store.Input) {
	c.many("input_name", len(list), maxInputs, "inputs")
	for i, in := range list {
		c.addAt("input_name", i, checkInputName(in.Name))
		if slices.ContainsFunc(list[:i], func(o store.Input) bool { return o.Name == in.Name }) {
			c.addAt("input_name", i, human.Quoted(in.Name)+" is asked for twice")
		}
		if in.Label == "" {
			c.addAt("input_label", i, "Enter a label for this input")
		}
		c.addAt("input_label", i, checkLine(in.Label, maxName))
		c.addAt("input_default", i, checkLine(in.Default, maxLine))
		c.inputKind(i, in)
	}
}

func (c checks) inputKind(i int, in store.Input) {
	switch in.Kind {
	case store.InputText:
	case store.InputSecret:
		if in.Default != "" {
			c.addAt("input_default", i, "A secret has no default: anyone could read it here")
		}
	case store.InputChoice:
		if len(in.Choices) == 0 {
			c.addAt("input_choices", i, "Enter the choices, one per line")
		}
		if in.Default != "" && !slices.Contains(in.Choices, in.Default) {
			c.addAt("input_default", i, human.Quoted(in.Default)+" is not one of the choices")
		}
	default:
		c.addAt("input_kind", i, human.Quoted(string(in.Kind))+" is not a kind of input; use text, secret or choice")
	}
	if in.Kind != store.InputChoice && len(in.Choices) > 0 {
		c.addAt("input_choices", i, "Only an input of the kind choice has choices")
	}
	if len(in.Choices) > maxChoices {
		c.addAt("input_choices", i, fmt.Sprintf("These are more than %d choices", maxChoices))
	}
	for n, choice := range in.Choices {
		switch {
		case strings.TrimSpace(choice) == "" || strings.TrimSpace(choice) != choice:
			c.addAt("input_choices", i, "A choice is empty, or has spaces around it")
		case slices.Contains(in.Choices[:n], choice):
			c.addAt("input_choices", i, human.Quoted(choice)+" is there twice")
		}
		c.addAt("input_choices", i, checkLine(choice, maxName))
	}
}

func checkInputName(name string) string {
	switch {
	case name == "":
		return "Enter the variable that passes the value to the scripts"
	case !inputForm.MatchString(name):
		return human.Quoted(name) + " cannot be an input's name; use upper-case letters, digits and _, as in ADMIN_NAME"
	case slices.Contains(reservedInputs, name) || strings.HasPrefix(name, "BERTH_") || strings.HasPrefix(name, "LC_") || strings.HasPrefix(name, "LD_"):
		return human.Quoted(name) + " has a meaning of its own in a script; choose another name"
	}
	return ""
}

func (c checks) scripts(list []store.Script) {
	c.many("script_name", len(list), maxScripts, "scripts")
	for i, s := range list {
		switch {
		case s.Name == "":
			c.addAt("script_name", i, "Enter a name for this script")
		case !scriptForm.MatchString(s.Name):
			c.addAt("script_name", i, human.Quoted(s.Name)+" cannot be a script's name; use lower-case letters, digits and hyphens, 64 at most")
		case slices.ContainsFunc(list[:i], func(o store.Script) bool { return o.Name == s.Name }):
			c.addAt("script_name", i, "There are two scripts named "+human.Quoted(s.Name))
		}
		c.addAt("script_description", i, checkLine(s.Description, maxLine))
		switch {
		case strings.TrimSpace(s.Content) == "":
			c.addAt("script_content", i, "This script is empty")
		case len(s.Content) > maxScript:
			c.addAt("script_content", i, fmt.Sprintf("This script has %d KiB; it has %d KiB at most", len(s.Content)>>10, maxScript>>10))
		case !utf8.ValidString(s.Content) || strings.ContainsRune(s.Content, 0):
			c.addAt("script_content", i, "It contains a character that no shell accepts")
		case strings.Contains(s.Content, "\r"):
			c.addAt("script_content", i, "It has Windows line endings, which no shell accepts; save it with Unix line endings")
		}
	}
}

func (c checks) files(list []store.File) {
	c.many("file_path", len(list), maxFiles, "files")
	for i, f := range list {
		c.addAt("file_path", i, checkPath(f.Path))
		for _, o := range list[:i] {
			switch {
			case o.Path == "" || f.Path == "":
			case o.Path == f.Path:
				c.addAt("file_path", i, human.Quoted(f.Path)+" is there twice")
			case strings.HasPrefix(o.Path, f.Path+"/"), strings.HasPrefix(f.Path, o.Path+"/"):
				c.addAt("file_path", i, human.Quoted(f.Path)+" and "+human.Quoted(o.Path)+": one of them would have to be a folder")
			}
		}
		if f.Owner != "" {
			c.addAt("file_owner", i, checkForm(f.Owner, ownerForm, "cannot be an owner; write it like root, or www-data:www-data"))
		}
		if f.Mode > 0o7777 {
			c.addAt("file_mode", i, fmt.Sprintf("%o is not a file mode; write it like 0644", f.Mode))
		}
		switch f.Policy {
		case store.FileReplace, store.FileDefault, store.FileBackup:
		default:
			c.addAt("file_policy", i, human.Quoted(f.Policy)+" is not a policy; use replace, default or backup")
		}
		if len(f.Content) > maxFile {
			c.addAt("file_content", i, fmt.Sprintf("This file has %d KiB; it has %d KiB at most", len(f.Content)>>10, maxFile>>10))
		}
	}
}

// checkPath judges the path of a file. Other programs would take a backslash in an archive for a folder.
func checkPath(p string) string {
	const example = "; write it like /etc/motd"
	switch {
	case p == "":
		return "Enter where this file goes" + strings.TrimPrefix(example, "; write it")
	case !strings.HasPrefix(p, "/"):
		return human.Quoted(p) + " does not begin with /" + example
	case p == "/" || path.Clean(p) != p:
		return human.Quoted(p) + " is not the plain path of a file" + example
	case strings.ContainsAny(p, `\`) || !printable(p, ""):
		return "It contains a character that is not allowed in a path here" + example
	case len(p) > maxPath:
		return fmt.Sprintf("This path has %d bytes; it has %d at most", len(p), maxPath)
	}
	for _, kernel := range []string{"/dev", "/proc", "/sys"} {
		if p == kernel || strings.HasPrefix(p, kernel+"/") {
			return human.Quoted(p) + " is the kernel's; nothing can be put there"
		}
	}
	return ""
}

func (c checks) services(list []store.Service) {
	c.many("service_name", len(list), maxServices, "services")
	for i, s := range list {
		if s.Name == "" {
			c.addAt("service_name", i, "Enter the service's name")
		}
		c.addAt("service_name", i, checkForm(s.Name, serviceForm, "cannot be a service's name; write it like nginx"))
		if len(s.Name) > maxName {
			c.addAt("service_name", i, fmt.Sprintf("This name has %d characters; it has %d at most", len(s.Name), maxName))
		}
		c.addAt("service_port", i, checkOpenNumber(s.Port, "a port is", 1, 65535, ""))
		if s.Path != "" {
			c.addAt("service_path", i, checkForm(s.Path, webPathForm, "is not the path of a page; write it like /admin"))
			c.addAt("service_path", i, checkLine(s.Path, maxLine))
			if s.Port == 0 {
				c.addAt("service_port", i, "Enter the port of the page")
			}
		}
		if s.Scheme != "" && s.Scheme != "http" && s.Scheme != "https" {
			c.addAt("service_path", i, human.Quoted(s.Scheme)+" is neither http nor https")
		}
	}
}

// size bounds all of a template's scripts and files together.
func (c checks) size(t store.Template) {
	size := 0
	for _, s := range t.Scripts {
		size += len(s.Content)
	}
	for _, f := range t.Files {
		size += len(f.Content)
	}
	if size <= maxContent {
		return
	}
	field := "file_content.0"
	if len(t.Files) == 0 {
		field = "script_content.0"
	}
	c.add(field, fmt.Sprintf("All scripts and files together have %d KiB; a template has %d KiB at most", size>>10, maxContent>>10))
}

func checkName(name, what string) string {
	switch n := utf8.RuneCountInString(name); {
	case name == "":
		return "Enter a name"
	case strings.TrimSpace(name) != name:
		return "The name begins or ends with a space"
	case n > maxName:
		return fmt.Sprintf("This name has %d characters; %s has %d at most", n, what, maxName)
	}
	return checkLine(name, maxName)
}

func checkDescription(s string) string {
	if n := utf8.RuneCountInString(s); n > maxDescription {
		return fmt.Sprintf("This has %d characters; a description has %d at most", n, maxDescription)
	}
	if !printable(s, "\n\t") {
		return "It contains a character that cannot be shown"
	}
	return ""
}

func checkTags(tags []string) string {
	if len(tags) > maxTags {
		return fmt.Sprintf("These are %d tags; a template has %d at most", len(tags), maxTags)
	}
	for i, tag := range tags {
		switch {
		case !tagForm.MatchString(tag) || len(tag) > maxName:
			return human.Quoted(tag) + " is not a valid tag; a tag begins with a letter, a digit or _ and continues with these or - + ."
		case slices.Contains(tags[:i], tag):
			return human.Quoted(tag) + " is there twice"
		}
	}
	return ""
}

func checkOSTemplate(s string) string {
	if s == "" || osNameForm.MatchString(s) && len(s) <= maxOSTemplate {
		return ""
	}
	if len(s) > maxOSTemplate {
		return fmt.Sprintf("This has %d characters; the name of an OS template has %d at most", len(s), maxOSTemplate)
	}
	if m := volumeForm.FindStringSubmatch(s); m != nil && storageForm.MatchString(m[1]) && printable(s, "") {
		return ""
	}
	return human.Quoted(s) + " is neither a name like debian-13-standard nor a volume like local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst"
}

// checkOpenNumber judges a number that is 0 where it was left open; subject begins its
// rule, as in "memory is", and unit ends it.
func checkOpenNumber(n int, subject string, least, most int, unit string) string {
	rule := fmt.Sprintf("%s %d to %d%s", subject, least, most, unit)
	switch {
	case n == 0:
		return ""
	case n < least:
		return fmt.Sprintf("%d is too low: %s", n, rule)
	case n > most:
		return fmt.Sprintf("%d is too high: %s", n, rule)
	}
	return ""
}

func checkForm(s string, form *regexp.Regexp, sentence string) string {
	if s == "" || form.MatchString(s) && len(s) <= maxLine {
		return ""
	}
	return human.Quoted(s) + " " + sentence
}

// checkLine judges words that stand in one line.
func checkLine(s string, most int) string {
	switch n := utf8.RuneCountInString(s); {
	case n > most:
		return fmt.Sprintf("This has %d characters; it has %d at most", n, most)
	case !printable(s, ""):
		return "It contains a character that does not fit on one line"
	}
	return ""
}

// printable tells whether all characters of s can be shown or are among others.
func printable(s, others string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsGraphic(r) && !strings.ContainsRune(others, r) && !unicode.Is(unicode.Cf, r)
	})
}
