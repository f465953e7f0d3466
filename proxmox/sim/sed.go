package sim

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// sedCommand is one command of a program of sed: s, d or p.
type sedCommand struct {
	verb   byte
	at     *regexp.Regexp // which lines; nil: all
	re     *regexp.Regexp // of s
	by     string         // of s, as regexp.Expand takes it
	global bool           // of s
}

var errSed = errors.New("unknown command")

// parseSed reads the commands of a program, which ; or line ends separate.
func parseSed(program string, extended bool) ([]sedCommand, error) {
	compile := func(pattern string) (*regexp.Regexp, error) {
		if !extended {
			pattern = basic(pattern)
		}
		return regexp.Compile(pattern)
	}
	var list []sedCommand
	for rest := program; ; {
		if rest = strings.TrimLeft(rest, " \t\n;"); rest == "" {
			return list, nil
		}
		var c sedCommand
		var err error
		if rest[0] == '/' {
			var pattern string
			pattern, rest = untilDelimiter(rest[1:], '/')
			if c.at, err = compile(pattern); err != nil {
				return nil, err
			}
		}
		if rest == "" {
			return nil, errSed
		}
		c.verb, rest = rest[0], rest[1:]
		switch {
		case c.verb == 'd' || c.verb == 'p':
		case c.verb == 's' && rest != "":
			delimiter := rest[0]
			var pattern, by string
			pattern, rest = untilDelimiter(rest[1:], delimiter)
			by, rest = untilDelimiter(rest, delimiter)
			flags := rest[:len(rest)-len(strings.TrimLeft(rest, "gI"))]
			rest = rest[len(flags):]
			if strings.Contains(flags, "I") {
				pattern = "(?i)" + pattern
			}
			if c.re, err = compile(pattern); err != nil {
				return nil, err
			}
			c.by, c.global = replacement(by), strings.Contains(flags, "g")
		default:
			return nil, errSed
		}
		list = append(list, c)
	}
}

// untilDelimiter splits a text at the first delimiter that is not escaped.
func untilDelimiter(text string, delimiter byte) (before, after string) {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\' && i+1 < len(text):
			if i++; text[i] != delimiter {
				b.WriteByte('\\')
			}
		case text[i] == delimiter:
			return b.String(), text[i+1:]
		}
		b.WriteByte(text[i])
	}
	return b.String(), ""
}

// replacement writes what sed puts in the place of a match as regexp.Expand takes it.
func replacement(by string) string {
	var b strings.Builder
	for i := 0; i < len(by); i++ {
		switch at := by[i]; {
		case at == '&':
			b.WriteString("${0}")
		case at == '$':
			b.WriteString("$$")
		case at == '\\' && i+1 < len(by):
			if i++; by[i] >= '1' && by[i] <= '9' {
				fmt.Fprintf(&b, "${%c}", by[i])
			} else {
				b.WriteByte(by[i])
			}
		default:
			b.WriteByte(at)
		}
	}
	return b.String()
}

// edit is what a program makes of a text. quiet keeps back what p does not print.
func edit(program []sedCommand, text []byte, quiet bool) string {
	var b strings.Builder
	for _, l := range lines(text) {
		keep := true
		for _, c := range program {
			if !keep || c.at != nil && !c.at.MatchString(l) {
				continue
			}
			switch c.verb {
			case 'd':
				keep = false
			case 'p':
				b.WriteString(l + "\n")
			case 's':
				l = c.substitute(l)
			}
		}
		if keep && !quiet {
			b.WriteString(l + "\n")
		}
	}
	return b.String()
}

func (c sedCommand) substitute(l string) string {
	if c.global {
		return c.re.ReplaceAllString(l, c.by)
	}
	m := c.re.FindStringSubmatchIndex(l)
	if m == nil {
		return l
	}
	return l[:m[0]] + string(c.re.ExpandString(nil, c.by, l, m)) + l[m[1]:]
}

// sed knows s, d and p, for all lines or those of a pattern, in files too.
func (c *invocation) sed() int {
	letters, values, words := c.options("e")
	text := values['e']
	if !strings.Contains(letters, "e") {
		if len(words) == 0 {
			return 1
		}
		text, words = words[0], words[1:]
	}
	program, err := parseSed(text, strings.ContainsAny(letters, "Er"))
	if err != nil {
		fmt.Fprintf(c.err, "sed: -e expression #1: %v\n", err)
		return 1
	}
	quiet := strings.Contains(letters, "n")
	if !strings.Contains(letters, "i") {
		text, ok := c.input(words)
		return c.write([]byte(edit(program, text, quiet))) | status(ok)
	}
	code := 0
	for _, name := range words {
		f := c.fs.get(absolute(c.ctx, name))
		if f == nil {
			c.noFile(name)
			code = 2
			continue
		}
		text, _ := c.fs.read(absolute(c.ctx, name))
		c.fs.put(absolute(c.ctx, name), &file{data: []byte(edit(program, text, quiet)), mode: f.mode, owner: f.owner})
	}
	return code
}
