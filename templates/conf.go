package templates

import (
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"berth/store"
	"berth/views/human"
)

// The older layout keeps these in the folder container-configs.
const (
	confScripts  = "container-configs/scripts"
	confPackages = "container-configs/packages"
	confFiles    = "container-configs/files"
)

// fromConf reads the older layout.
func (t tree) fromConf(text string) (Bundle, error) {
	vars, err := parseConf(text)
	if err != nil {
		return Bundle{}, err
	}
	template, err := confTemplate(vars)
	if err != nil {
		return Bundle{}, err
	}
	if template.Scripts, err = t.scripts(confScripts); err != nil {
		return Bundle{}, err
	}
	for i, s := range template.Scripts {
		template.Scripts[i].Name = FolderName(s.Name)
	}
	if template.Files, err = t.confFiles(); err != nil {
		return Bundle{}, err
	}
	if template.Packages, err = t.confPackages(); err != nil {
		return Bundle{}, err
	}
	b := Bundle{Template: template}
	return b, b.check(confFile)
}

// confTemplate makes a template of the variables.
func confTemplate(vars map[string]string) (store.Template, error) {
	t := store.Template{
		Name:        vars["TEMPLATE_APP"],
		Description: vars["DESCRIPTION"],
		OSTemplate:  confOS(vars["OS"], vars["VERSION"]),
	}
	if t.Name == "" {
		return t, &FileError{File: confFile, Sentence: "there is no TEMPLATE_APP in it, which names the template"}
	}
	for tag := range strings.SplitSeq(vars["TAGS"], ";") {
		if tag = confTag(tag); tag != "" && !slices.Contains(t.Tags, tag) {
			t.Tags = append(t.Tags, tag)
		}
	}
	for _, f := range []struct {
		name string
		into *int
		giga int // how many of the field's unit a G is
	}{{"CPU", &t.Cores, 0}, {"RAM", &t.Memory, 1024}, {"DISK", &t.Disk, 1}} {
		n, err := confNumber(vars[f.name], f.giga)
		if err != nil {
			return t, &FileError{File: confFile, Sentence: f.name + ": " + err.Error()}
		}
		*f.into = n
	}
	for _, f := range []struct {
		name string
		into *bool
	}{{"UNPRIVILEGED", &t.Unprivileged}, {"NESTING", &t.Nesting}} {
		switch strings.ToLower(vars[f.name]) {
		case "", "1", "true", "yes", "on":
			*f.into = true
		case "0", "false", "no", "off":
		default:
			return t, &FileError{File: confFile, Sentence: f.name + ": " + human.Quoted(vars[f.name]) + " is neither 1 nor 0"}
		}
	}
	return t, nil
}

// confTag makes a tag of words that were one there.
func confTag(s string) string {
	s = strings.Map(func(r rune) rune {
		if tagForm.MatchString("_" + string(r)) {
			return r
		}
		return '-'
	}, strings.TrimSpace(s))
	return strings.TrimLeft(s, "-+.")
}

// confNumber reads a figure, also with its unit behind it.
func confNumber(s string, giga int) (int, error) {
	digits := strings.TrimRight(strings.ToUpper(s), "IB")
	factor := 1
	if rest, ok := strings.CutSuffix(digits, "G"); ok && giga > 0 {
		digits, factor = rest, giga
	} else if rest, ok := strings.CutSuffix(digits, "M"); ok && giga > 1 {
		digits = rest
	}
	if s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(strings.TrimSpace(digits))
	if err != nil || n < 0 || n > maxMemory {
		return 0, fmt.Errorf("%s is not a number that it can be", human.Quoted(s))
	}
	return n * factor, nil
}

// confOS returns Proxmox's name for the OS template of a distribution's release; "" when the
// release is open.
func confOS(system, version string) string {
	system = strings.ToLower(system)
	if version == "" || strings.ContainsAny(system, ":-") {
		if strings.ContainsAny(system, ":-") {
			return system
		}
		return ""
	}
	major, rest, _ := strings.Cut(version, ".")
	minor, _, _ := strings.Cut(rest, ".")
	switch system {
	case "debian":
		return "debian-" + major + "-standard"
	case "ubuntu", "devuan":
		return system + "-" + version + "-standard"
	case "alpine":
		return "alpine-" + major + "." + minor + "-default"
	}
	return system + "-" + version + "-default"
}

// confPackages are the lists of the older layout, which may have many on a line.
func (t tree) confPackages() ([]store.Package, error) {
	var list []store.Package
	for _, name := range t.below(confPackages) {
		file := confPackages + "/" + name
		var text strings.Builder
		for line := range strings.Lines(string(t[file])) {
			line, _, _ = strings.Cut(line, "#")
			text.WriteString(strings.Join(strings.Fields(line), "\n") + "\n")
		}
		more, err := parsePackageFile(file, strings.TrimPrefix(path.Ext(name), "."), text.String())
		if err != nil {
			if wrong, ok := errors.AsType[*FileError](err); ok {
				wrong.Line = 0 // that of the text, not of the file
			}
			return nil, err
		}
		for _, p := range more {
			if !slices.Contains(list, p) {
				list = append(list, p)
			}
		}
	}
	byManager(list)
	return list, nil
}

// confFiles are the files NAME of the older layout, put into the folder that NAME.path
// names, by the policy in NAME.policy.
func (t tree) confFiles() ([]store.File, error) {
	var list []store.File
	for _, name := range t.below(confFiles) {
		if of, ok := cutSuffixes(name, ".path", ".policy"); ok && t[confFiles+"/"+of] != nil {
			continue
		}
		file := confFiles + "/" + name
		dir := strings.TrimSpace(string(t[file+".path"]))
		if dir == "" {
			return nil, &FileError{File: file, Sentence: "there is no " + path.Base(name) + ".path beside it, which says in what folder it goes"}
		}
		f := store.File{Path: path.Join(dir, path.Base(name)), Policy: store.FileReplace, Content: t[file]}
		if p := strings.ToLower(strings.TrimSpace(string(t[file+".policy"]))); p != "" {
			f.Policy = p
		}
		list = append(list, f)
	}
	return list, nil
}

func cutSuffixes(s string, suffixes ...string) (string, bool) {
	for _, suffix := range suffixes {
		if before, ok := strings.CutSuffix(s, suffix); ok {
			return before, true
		}
	}
	return s, false
}

// Bounds of a .conf.
const (
	maxConf      = 64 << 10 // bytes, also of all values together
	maxConfDepth = 16       // of ${A:-${B:-…}}
)

// parseConf reads lines KEY=VALUE as a shell would, with its quotes and ${NAME:-default};
// a NAME that was set above has its value, any other is unset. Nothing is run: whatever
// would be is an error with its line.
func parseConf(text string) (map[string]string, error) {
	p := &confParser{text: strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n"), line: 1, vars: map[string]string{}}
	if len(text) > maxConf {
		return nil, p.wrong("it is larger than %d KiB", maxConf>>10)
	}
	for p.skipBlank(); p.text != ""; p.skipBlank() {
		if err := p.assignment(); err != nil {
			return nil, err
		}
	}
	return maps.Clone(p.vars), nil
}

// confParser is at the beginning of text, which is in that line.
type confParser struct {
	text string
	line int
	vars map[string]string
	size int // of all values so far
}

func (p *confParser) wrong(format string, args ...any) error {
	return &FileError{File: confFile, Line: p.line, Sentence: fmt.Sprintf(format, args...)}
}

func (p *confParser) runs(what string) error {
	return p.wrong("%s would run something; Berth reads KEY=VALUE alone and runs nothing", human.Quoted(what))
}

// next takes a byte, 0 at the end.
func (p *confParser) next() byte {
	if p.text == "" {
		return 0
	}
	c := p.text[0]
	p.text = p.text[1:]
	if c == '\n' {
		p.line++
	}
	return c
}

func (p *confParser) peek() byte {
	if p.text == "" {
		return 0
	}
	return p.text[0]
}

// skipBlank goes to the next assignment.
func (p *confParser) skipBlank() {
	for p.text != "" {
		switch p.peek() {
		case ' ', '\t', '\n', ';':
			p.next()
		case '#':
			p.skipLine()
		default:
			return
		}
	}
}

func (p *confParser) skipLine() {
	for p.text != "" && p.peek() != '\n' {
		p.next()
	}
}

// name takes the name of a variable; "" when there is none.
func (p *confParser) name() string {
	n := 0
	for n < len(p.text) && (isLetter(p.text[n]) || n > 0 && '0' <= p.text[n] && p.text[n] <= '9') {
		n++
	}
	name := p.text[:n]
	p.text = p.text[n:]
	return name
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' }

func (p *confParser) assignment() error {
	start, line := p.text, p.line
	name := p.name()
	if rest, ok := strings.CutPrefix(p.text, " "); ok && name == "export" {
		p.text = strings.TrimLeft(rest, " \t")
		name = p.name()
	}
	if name == "" || p.peek() != '=' || strings.HasPrefix(p.text, "=(") {
		first, _, _ := strings.Cut(start, "\n")
		return p.runs(strings.TrimSpace(first))
	}
	p.next()
	value, err := p.word("")
	if err != nil {
		return err
	}
	for p.peek() == ' ' || p.peek() == '\t' {
		p.next()
	}
	switch p.peek() {
	case 0, '\n', ';', '#':
	default:
		p.line = line
		rest, _, _ := strings.Cut(start, "\n")
		return p.runs(rest)
	}
	p.vars[name] = value
	if p.size += len(value); p.size > maxConf {
		return p.wrong("its values are larger than %d KiB", maxConf>>10)
	}
	return nil
}

// word takes a word to its end, or to the byte that ends it inside of something: " or }.
// The context is those that are open, the innermost last.
func (p *confParser) word(context string) (string, error) {
	if len(context) > maxConfDepth {
		return "", p.wrong("there is too much inside of one another")
	}
	inQuotes := strings.Contains(context, `"`)
	var b strings.Builder
	for {
		if b.Len() > maxConf {
			return "", p.wrong("this value is larger than %d KiB", maxConf>>10)
		}
		c := p.peek()
		switch {
		case context != "" && c == context[len(context)-1]:
			p.next()
			return b.String(), nil
		case p.text == "" && context != "":
			return "", p.wrong("%s is missing at the end", human.Quoted(context[len(context)-1:]))
		case p.text == "", context == "" && strings.IndexByte(" \t\n;", c) >= 0:
			return b.String(), nil
		case c == '`', context == "" && strings.IndexByte("()<>|&", c) >= 0:
			return "", p.runs(string(c))
		}
		p.next()
		switch {
		case c == '\'' && !inQuotes:
			end := strings.IndexByte(p.text, '\'')
			if end < 0 {
				return "", p.wrong("%s is missing at the end", human.Quoted("'"))
			}
			b.WriteString(p.text[:end])
			p.line += strings.Count(p.text[:end], "\n")
			p.text = p.text[end+1:]
		case c == '"':
			part, err := p.word(context + `"`)
			if err != nil {
				return "", err
			}
			b.WriteString(part)
		case c == '\\':
			b.WriteString(p.escaped(inQuotes))
		case c == '$':
			part, err := p.expansion(context)
			if err != nil {
				return "", err
			}
			b.WriteString(part)
		default:
			b.WriteByte(c)
		}
	}
}

// escaped reads a backslash and the byte behind it.
func (p *confParser) escaped(inQuotes bool) string {
	if p.text == "" {
		return `\`
	}
	switch c := p.next(); {
	case c == '\n':
		return ""
	case inQuotes && strings.IndexByte("$`\"\\}", c) < 0:
		return `\` + string([]byte{c})
	default:
		return string([]byte{c})
	}
}

// expansion reads what follows a $.
func (p *confParser) expansion(context string) (string, error) {
	switch p.peek() {
	case '(':
		return "", p.runs("$(")
	case '{':
		p.next()
	default:
		name := p.name()
		if name == "" {
			return "$", nil
		}
		return p.vars[name], nil
	}
	name := p.name()
	if name == "" {
		return "", p.wrong("here is the name of a variable expected, as in ${NAME:-default}")
	}
	value, set := p.vars[name]
	if p.peek() == '}' {
		p.next()
		return value, nil
	}
	if p.peek() == ':' {
		p.next()
		set = value != ""
	}
	if c := p.next(); c != '-' && c != '=' {
		return "", p.wrong("only ${NAME} and ${NAME:-default} are read")
	}
	other, err := p.word(context + "}")
	if err != nil || set {
		return value, err
	}
	return other, nil
}
