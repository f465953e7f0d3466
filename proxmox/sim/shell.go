package sim

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"regexp"
	"strings"
	"time"
)

// shell is a small interpreter for users' scripts. It runs commands joined by newlines, ; && and ||, with quotes,
// variables, output to files, and quoted here-documents (<<'END'). It refuses all other syntax by name, and makes
// nothing up: scripts whose meaning matters are tested in real shells.
type shell struct {
	*box
	ctx      context.Context
	name     string // with which its messages begin
	out, err io.Writer
	vars     map[string]string
	dir      string
	commands map[string]command
	tty      *tty // of pct enter; else nil
	strict   bool // set -eu
	noNames  bool // nothing resolves names

	rest   string // of the script, not run yet
	line   int
	status int
	exited bool
	own    ownSteps // of Berth's own steps
}

// simple is a command of a script, with its variables expanded.
type simple struct {
	words   []string
	assigns bool   // the first word is NAME=value
	to      string // the file that its output goes to; "": the shell's output
	behind  bool   // append to the file
	input   string
	line    int
}

// command carries out a command of the shell, and returns the exit status.
type command func(s *shell, c simple, args []string) int

// run runs a script, and returns the exit status of its last command.
func (s *shell) run(script string) int {
	s.rest, s.line = script, 1
	for skip := false; !s.exited && s.rest != ""; {
		c, joint, err := s.next()
		switch {
		case err != nil:
			s.exited = s.tty == nil
			s.fail(c, "%v", err)
			return 2
		case s.ctx.Err() != nil:
			return statusEnded
		case !skip && len(c.words) > 0:
			s.status = s.do(c)
			s.exited = s.exited || joint == "" && s.strict && s.status != 0
		}
		skip = joint == "&&" && s.status != 0 || joint == "||" && s.status == 0
	}
	return s.status
}

const (
	singleQuoted = `'[^']*'`
	doubleQuoted = `"(?:[^"\\]|\\.)*"`
	aVariable    = `\$(?:\?|\w+|\{\w+(?::-[^}]*)?\}|.)?`
)

var (
	operators = regexp.MustCompile(`^(?:&&|\|\||\n|;|>>?|<<'\w+'|#[^\n]*|\\\n)`)
	wordForm  = regexp.MustCompile(`(?s)^(?:` + singleQuoted + `|` + doubleQuoted + `|\\.|\$\{\w+:-[^}]*\}|[^\s;<>&|'"\\])+`)
	inWord    = regexp.MustCompile(`(?s)` + singleQuoted + `|` + doubleQuoted + `|\\.|` + aVariable + "|[()*?`]")
	inQuotes  = regexp.MustCompile(`(?s)\\["\\$` + "`]|" + aVariable + "|`")
	assigned  = regexp.MustCompile(`^[A-Za-z_]\w*=`)
	keywords  = regexp.MustCompile(`^(?:if|then|else|elif|fi|for|while|until|do|done|case|esac|\{|\}|!|\[\[|function)$`)
)

// syntaxError is an error in a script, in dash's words.
type syntaxError string

func (e syntaxError) Error() string { return "Syntax error: " + string(e) }

func beyond(what string) error { return fmt.Errorf("this simulated shell takes no %s", what) }

// next takes the next command from the script. joint joins it to the one after it: "&&", "||", or "" for ; and a newline.
func (s *shell) next() (c simple, joint string, err error) {
	for c.line = s.line; s.rest != "" && err == nil; {
		s.rest = strings.TrimLeft(s.rest, " \t\r")
		operator := operators.FindString(s.rest)
		s.rest, s.line = s.rest[len(operator):], s.line+strings.Count(operator, "\n")
		switch {
		case operator == "&&", operator == "||":
			return c, operator, nil
		case operator == "\n", operator == ";":
			return c, "", nil
		case operator == ">", operator == ">>":
			s.rest, c.behind = strings.TrimLeft(s.rest, " "), operator == ">>"
			_, c.to, err = s.word()
			c.to = s.at(c.to)
		case strings.HasPrefix(operator, "<<"):
			err = s.text(&c, strings.Trim(operator, "<'"))
		case operator == "" && s.rest != "":
			err = s.addWord(&c)
		} // else a comment, or a line that is continued
	}
	return c, "", err
}

// addWord adds the next word to a command.
func (s *shell) addWord(c *simple) error {
	raw, word, err := s.word()
	switch {
	case err != nil:
		return err
	case len(c.words) == 0 && keywords.MatchString(raw):
		return beyond(raw)
	case c.assigns:
		return beyond("variables of one command")
	}
	c.assigns = len(c.words) == 0 && assigned.MatchString(raw)
	if word != "" || strings.ContainsAny(raw, `'"`) {
		c.words = append(c.words, word)
	}
	return nil
}

// word takes the next word from the script: raw as it is written, word with quotes removed and variables expanded.
func (s *shell) word() (raw, word string, err error) {
	raw = wordForm.FindString(s.rest)
	s.rest, s.line = s.rest[len(raw):], s.line+strings.Count(raw, "\n")
	switch next := (s.rest + "\n")[:1]; {
	case strings.Contains(`'"\`, next):
		return "", "", syntaxError("Unterminated quoted string")
	case strings.Contains("<&|", next) && !operators.MatchString(s.rest), next == ">" && (raw == "1" || raw == "2"):
		return "", "", beyond(raw + next)
	}
	word, err = s.expand(raw, false)
	return raw, word, err
}

// expand removes quotes and replaces variables; quoted is for text between double quotes.
func (s *shell) expand(raw string, quoted bool) (text string, err error) {
	form := map[bool]*regexp.Regexp{false: inWord, true: inQuotes}[quoted]
	text = form.ReplaceAllStringFunc(raw, func(piece string) string {
		var failed error
		switch piece[0] {
		case '\\':
			piece = piece[1:]
		case '\'':
			piece = piece[1 : len(piece)-1]
		case '"':
			piece, failed = s.expand(piece[1:len(piece)-1], true)
		case '$':
			piece, failed = s.value(piece[1:])
		default:
			failed = beyond(piece)
		}
		err = cmp.Or(err, failed)
		return piece
	})
	return text, err
}

// value expands a variable, NAME or {NAME:-WORD}: to WORD where it is empty. An unset one is an error with set -u.
func (s *shell) value(name string) (string, error) {
	name, instead, has := strings.Cut(strings.Trim(name, "{}"), ":-")
	value, set := s.vars[name]
	switch {
	case name == "?":
		return fmt.Sprint(s.status), nil
	case !assigned.MatchString(name + "="):
		return "", beyond("$" + name)
	case has && value == "":
		return s.expand(instead, true)
	case !set && !has && s.strict:
		return "", fmt.Errorf("%s: parameter not set", name)
	}
	return value, nil
}

// text takes a here-document, from the line after the command's up to end, as the command's input. As end is quoted in
// the script, nothing in it is expanded.
func (s *shell) text(c *simple, end string) error {
	line, after, _ := strings.Cut(s.rest, "\n")
	text, rest, closed := strings.Cut("\n"+after, "\n"+end+"\n")
	if !closed {
		return syntaxError("end of file unexpected")
	}
	c.input = strings.TrimPrefix(text+"\n", "\n")
	s.rest = line + "\n" + rest
	return nil
}

// at returns a name's absolute path.
func (s *shell) at(name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(s.dir, name)
}

// do runs a command.
func (s *shell) do(c simple) int {
	if c.assigns {
		name, value, _ := strings.Cut(c.words[0], "=")
		s.vars[name] = value
		return 0
	}
	out := s.out
	defer func() { s.out = out }()
	switch {
	case c.to == "/dev/null":
		s.out = io.Discard
	case c.to != "":
		if !s.write(c.to, "", c.behind) {
			return s.fail(c, "cannot create %s", c.to)
		}
		s.out = fileWriter{s.box, c.to}
	}
	if do := s.commands[c.words[0]]; do != nil {
		return do(s, c, c.words[1:])
	}
	s.fail(c, "%s: %snot found", c.words[0], map[bool]string{true: "command "}[s.tty != nil && s.os.id != "alpine"])
	return statusNotFound
}

// fileWriter appends to a file.
type fileWriter struct {
	b    *box
	name string
}

func (f fileWriter) Write(p []byte) (int, error) {
	if !f.b.write(f.name, string(p), true) {
		return 0, errors.New("no space left on device")
	}
	return len(p), nil
}

// say prints a line; the result is the exit status of a command that does no more.
func (s *shell) say(format string, args ...any) int {
	if _, err := fmt.Fprintf(s.out, format+"\n", args...); err != nil {
		return 1
	}
	return 0
}

// fail prints an error in the shell's form to standard error, and returns the exit status 1.
func (s *shell) fail(c simple, format string, args ...any) int {
	at := s.name + ": "
	if s.tty == nil {
		at += fmt.Sprintf("%d: ", c.line)
	}
	fmt.Fprintf(s.err, at+format+"\n", args...)
	return 1
}

// pause waits for d divided by Config.Hurry, for commands that take time; false when the shell was ended meanwhile.
func (s *shell) pause(d time.Duration) bool {
	select {
	case <-time.After(d / time.Duration(s.hurry)):
		return true
	case <-s.ctx.Done():
		return false
	}
}

// script answers the script of one of Berth's programs: from the box if it is one of pct/inside, else by the shell.
func (b *box) script(ctx context.Context, p sent, stdout, stderr io.Writer, noNames bool) int {
	s := &shell{box: b, ctx: ctx, name: p.name, out: stdout, err: stderr, vars: p.env, dir: "/", noNames: noNames, commands: commands()}
	if answer := questions()[known[sumOf(p.script)]]; answer != nil {
		return answer(s)
	}
	script := p.script
	if recorded := recorded()[sumOf(script)]; recorded != "" {
		script = recorded
		s.vars["MADE_UP"], s.vars["NOW"] = password(), time.Now().UTC().Format("2006-01-02 15:04 MST")
	}
	calls, own := ownCalls(script)
	if own {
		script = calls
	}
	if own || p.prelude != "" {
		maps.Copy(s.commands, helpers())
		s.strict, s.vars["BERTH_OS"], s.vars["BERTH_OS_VERSION"] = true, b.os.id, b.os.version
	}
	return s.run(script)
}
