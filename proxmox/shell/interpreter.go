package shell

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// Interpreter is the command that runs a script, from its first line.
type Interpreter struct {
	Env   []string // env with its options and variables, where the line has some
	Words []string // the program, as a path or a name, and its options; none: the container's /bin/sh
}

var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)

// InterpreterOf reads the first line of a script's text. It splits several options, which the kernel would take for one.
func InterpreterOf(text string) Interpreter {
	line, _, _ := strings.Cut(text, "\n")
	line, ok := strings.CutPrefix(line, "#!")
	words := strings.Fields(line)
	if !ok || len(words) == 0 {
		return Interpreter{}
	}
	if path.Base(words[0]) == "env" {
		return behindEnv(words[1:])
	}
	return Interpreter{Words: plainOptions(words)}
}

// behindEnv returns the interpreter that env would run with these arguments.
func behindEnv(args []string) Interpreter {
	env := []string{"env"}
	for len(args) > 0 {
		word := args[0]
		split, isSplit := splitString(word)
		switch {
		case isSplit && split != "":
			args = append([]string{split}, args[1:]...)
			continue
		case isSplit, word == "--":
		case word == "-u" || word == "--unset" || word == "-C" || word == "--chdir":
			env = append(env, args[:min(2, len(args))]...)
			args = args[1:]
		case strings.HasPrefix(word, "-"), assignment.MatchString(word):
			env = append(env, word)
		default:
			i := Interpreter{Words: plainOptions(args)}
			if len(env) > 1 {
				i.Env = env
			}
			return i
		}
		args = args[min(1, len(args)):]
	}
	return Interpreter{}
}

// splitString tells whether a word is env's option -S; rest is the string to split, where it
// is in the same word.
func splitString(word string) (rest string, ok bool) {
	for _, option := range []string{"--split-string=", "--split-string", "-vS", "-S"} {
		if rest, ok := strings.CutPrefix(word, option); ok {
			return rest, true
		}
	}
	return "", false
}

// plainOptions removes marks of the end of options: the script's own name follows anyway.
func plainOptions(words []string) []string {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "-" || w == "--" })
}

// Name returns the name of the program, as in "bash".
func (i Interpreter) Name() string {
	if len(i.Words) == 0 {
		return "sh"
	}
	return path.Base(i.Words[0])
}

// Shell tells whether the program is a POSIX shell, and so can use the functions of Berth's prelude.
func (i Interpreter) Shell() bool {
	switch i.Name() {
	case "sh", "ash", "dash", "bash", "ksh", "mksh", "oksh", "yash":
		return true
	case "busybox":
		return len(i.Words) > 1 && (i.Words[1] == "sh" || i.Words[1] == "ash")
	}
	return false
}

// Package returns the name, in most distributions, of the package that has the program; ""
// where that is unknown.
func (i Interpreter) Package() string {
	switch name := i.Name(); {
	case name == "node":
		return "nodejs"
	case name == "pwsh":
		return "powershell"
	case name == "python" || name == "python3" || strings.HasPrefix(name, "python3."):
		return "python3"
	case slices.Contains([]string{"awk", "gawk", "bash", "dash", "expect", "fish", "guile", "ksh", "lua", "mawk", "mksh", "oksh", "perl", "php", "ruby", "yash", "zsh"}, name):
		return name
	}
	return ""
}
