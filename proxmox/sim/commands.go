package sim

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

// commands are those that every container has. Any other is "not found".
func commands() map[string]command {
	ends := func(status int) command { return func(*shell, simple, []string) int { return status } }
	says := func(what func(*shell) string) command {
		return func(s *shell, _ simple, _ []string) int { return s.say("%s", what(s)) }
	}
	return map[string]command{
		":":        ends(0),
		"true":     ends(0),
		"false":    ends(1),
		"[":        (*shell).test,
		"cat":      (*shell).cat,
		"cd":       (*shell).cd,
		"echo":     (*shell).echo,
		"exit":     (*shell).exit,
		"hostname": says(func(s *shell) string { return s.hostname }),
		"ls":       (*shell).ls,
		"mkdir":    onFiles(func(s *shell, name string) { s.mkdir(name) }),
		"ps":       (*shell).ps,
		"pwd":      says(func(s *shell) string { return s.dir }),
		"rm":       onFiles(func(s *shell, name string) { s.remove(name) }),
		"set": func(s *shell, _ simple, args []string) int {
			s.strict = s.strict || slices.Contains([]string{"-e", "-eu"}, strings.Join(args, ""))
			return 0
		},
		"sleep":  (*shell).sleep,
		"stty":   (*shell).stty,
		"touch":  onFiles(func(s *shell, name string) { s.write(name, "", true) }),
		"uname":  says(func(s *shell) string { return "Linux " + s.hostname + " 6.14.8-2-pve x86_64 GNU/Linux" }),
		"whoami": says(func(*shell) string { return "root" }),
		"help": says(func(*shell) string {
			return "This container is simulated. It knows: " + strings.Join(slices.Sorted(maps.Keys(commands())), " ")
		}),
	}
}

// operands returns the arguments that do not begin with "-", or the default none when there are none.
func operands(args []string, none ...string) []string {
	args = slices.DeleteFunc(slices.Clone(args), func(a string) bool { return strings.HasPrefix(a, "-") })
	if len(args) == 0 {
		return none
	}
	return args
}

// onFiles makes a command that calls do with the path of each operand.
func onFiles(do func(s *shell, name string)) command {
	return func(s *shell, _ simple, args []string) int {
		for _, name := range operands(args) {
			do(s, s.at(name))
		}
		return 0
	}
}

func (s *shell) print(text string) int {
	if _, err := fmt.Fprint(s.out, text); err != nil {
		return 1
	}
	return 0
}

func (s *shell) echo(_ simple, args []string) int {
	if len(args) > 0 && args[0] == "-n" {
		return s.print(strings.Join(args[1:], " "))
	}
	return s.say("%s", strings.Join(args, " "))
}

func (s *shell) exit(c simple, args []string) int {
	n, err := strconv.Atoi(append(args, strconv.Itoa(s.status))[0])
	if err != nil {
		return s.fail(c, "exit: %s is no number", args[0])
	}
	s.exited = true
	return n & 0xff
}

func (s *shell) sleep(c simple, args []string) int {
	seconds, err := strconv.ParseFloat(strings.Join(args, ""), 64)
	switch {
	case err != nil:
		return s.fail(c, "sleep: no number of seconds")
	case !s.pause(time.Duration(seconds * float64(time.Second))):
		return statusEnded
	}
	return 0
}

// test is [ -n WORD ], [ -z WORD ], [ -e FILE ] or [ WORD = WORD ].
func (s *shell) test(c simple, args []string) int {
	so := false
	switch n := len(args); {
	case n == 3 && args[0] == "-e":
		_, so = s.stat(s.at(args[1]))
	case n == 3 && (args[0] == "-n" || args[0] == "-z"):
		so = (args[1] == "") == (args[0] == "-z")
	case n == 4 && args[1] == "=":
		so = args[0] == args[2]
	default:
		return s.fail(c, "%v", beyond("[ "+strings.Join(args, " "))) + 1
	}
	return map[bool]int{false: 1}[so]
}

func (s *shell) cat(_ simple, args []string) int {
	status := 0
	for _, name := range operands(args) {
		f, ok := s.stat(s.at(name))
		if !ok {
			status = s.missing("cat: ", name)
		}
		for line := range strings.Lines(f.text) {
			if s.ctx.Err() != nil || s.print(line) != 0 {
				return 1
			}
		}
	}
	return status
}

func (s *shell) missing(before, name string) int {
	fmt.Fprintf(s.err, "%s%s: No such file or directory\n", before, name)
	return 1
}

func (s *shell) cd(_ simple, args []string) int {
	name := operands(args, "/root")[0]
	if f, _ := s.stat(s.at(name)); !f.isDir {
		return s.missing(s.name+": cd: ", name)
	}
	s.dir = s.at(name)
	return 0
}

func (s *shell) ls(_ simple, args []string) int {
	status := 0
	for _, name := range operands(args, ".") {
		f, ok := s.stat(s.at(name))
		switch {
		case !ok:
			status = s.missing("ls: cannot access ", name)
		case !f.isDir:
			s.say("%s", name)
		}
		for _, entry := range s.list(s.at(name)) {
			s.say("%s", entry)
		}
	}
	return status
}

// ps lists the services that run, and the shell.
func (s *shell) ps(simple, []string) int {
	s.say("    PID TTY          TIME CMD\n      1 ?        00:00:01 init")
	for _, l := range s.services() {
		if l.active {
			s.say("%7d ?        00:00:00 %s", l.pid(), l.program())
		}
	}
	return s.say("%7d pts/1    00:00:00 %s", 417, path.Base(strings.TrimPrefix(s.name, "-")))
}

// stty is as in `stty size`.
func (s *shell) stty(c simple, _ []string) int {
	if s.tty == nil {
		return s.fail(c, "stty: standard input: Not a tty")
	}
	columns, rows := s.tty.size()
	return s.say("%d %d", rows, columns)
}
