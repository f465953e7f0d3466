package sim

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed recorded.txt
var recordedText string

// recorded maps names to texts of recorded.txt: output of real tools, and for the sum of a starter's script the commands
// that stand for it.
var recorded = sync.OnceValue(func() map[string]string {
	all := make(map[string]string)
	for _, part := range strings.Split(recordedText, "\n## ")[1:] {
		title, text, _ := strings.Cut(part, "\n")
		all[title[strings.LastIndexByte(title, ' ')+1:]] = strings.TrimSpace(text)
	}
	return all
})

// The commands of jobs/prelude.sh and jobs/steps.sh, as far as their effects can be seen. The scripts themselves are
// tested beside them, in real shells.

// ownSteps is the state that the commands of one of Berth's own steps share.
type ownSteps struct {
	fits, unfit bool     // packages for this system, and for others, were asked for
	seen        []string // a line for each service that berth_look was called for
}

// ownCalls returns the calls that follow the functions of steps.sh in a script of one of Berth's own steps; false for any
// other script.
func ownCalls(script string) (calls string, own bool) {
	end := strings.LastIndex(script, "\n}\n")
	if !strings.Contains(script, "\nberth_wait_init() {") || end < 0 {
		return "", false
	}
	return script[end+3:], true
}

// helpers are the commands of jobs/prelude.sh, for scripts of templates, and of jobs/steps.sh, for Berth's own steps.
func helpers() map[string]command {
	start := func(u *unit) { u.active = true }
	enable := func(u *unit) { u.active, u.enabled = true, true }
	return map[string]command{
		"say":              (*shell).echo,
		"warn":             func(s *shell, _ simple, args []string) int { return s.warn(strings.Join(args, " ")) },
		"die":              func(s *shell, _ simple, args []string) int { return s.die("%s", strings.Join(args, " ")) },
		"have":             (*shell).have,
		"install_packages": (*shell).installPackages,
		"service_enable":   func(s *shell, c simple, args []string) int { return s.steer(args[0], enable) },
		"service_restart":  func(s *shell, c simple, args []string) int { return s.steer(args[0], start) },
		"save_credential":  (*shell).saveCredential,
		"wait_for_port":    (*shell).waitForPort,
		"berth_wait_init":  func(s *shell, _ simple, _ []string) int { return s.say("%s is up", s.os.pretty) },
		"berth_put":        (*shell).putFile,
		"berth_give":       func(*shell, simple, []string) int { return 0 },
		"berth_add":        (*shell).addOf,
		"berth_npm":        (*shell).addAny,
		"berth_pip":        (*shell).addAny,
		"berth_added":      (*shell).added,
		"berth_look":       (*shell).lookAt,
		"berth_looked":     (*shell).looked,
	}
}

// password makes up one of 24 letters and digits.
func password() string { return rand.Text()[:24] }

func (s *shell) warn(text string) int {
	fmt.Fprintln(s.err, "Warning: "+text)
	return 0
}

func (s *shell) die(format string, args ...any) int {
	fmt.Fprintf(s.err, format+"\n", args...)
	s.exited = true
	return 1
}

func (s *shell) have(_ simple, args []string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return map[bool]int{false: 1}[args[0] == s.os.manager() || s.installed[args[0]]]
}

// steer calls do with a service's unit, and fails as systemctl does where there is none.
func (s *shell) steer(name string, do func(*unit)) int {
	if s.service(name, do) {
		return 0
	}
	fmt.Fprintf(s.err, "Failed to start %[1]s.service: Unit %[1]s.service not found.\n", name)
	return 5
}

func (s *shell) saveCredential(_ simple, args []string) int {
	if len(args) != 3 {
		return s.die("save_credential needs a file, a key and a value")
	}
	file := "/etc/berth/credentials/" + args[0]
	before, _ := s.stat(file)
	lines := slices.DeleteFunc(before.lines(), func(l string) bool { return strings.HasPrefix(l, args[1]+"=") })
	s.write(file, strings.Join(append(lines, args[1]+"="+args[2]), "\n")+"\n", false)
	return 0
}

func (s *shell) waitForPort(_ simple, args []string) int {
	port, _ := strconv.Atoi(args[0])
	seconds, _ := strconv.Atoi(append(args, "60")[1])
	ctx, cancel := context.WithTimeout(s.ctx, time.Duration(seconds)*time.Second/time.Duration(s.hurry))
	defer cancel()
	if !s.await(ctx, func() bool { return s.listening(port) }) {
		return s.warn("Nothing listens on port "+args[0]) + 1
	}
	return 0
}

// putFile is berth_put PATH OWNER MODE POLICY WHEN. Files have no owner and no mode here.
func (s *shell) putFile(c simple, args []string) int {
	name, policy := args[0], args[3]
	content, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(c.input), ""))
	old, there := s.stat(name)
	switch {
	case err != nil:
		return s.die("base64: invalid input")
	case old.isDir:
		return s.die("%s is a folder, so no file can be put there", name)
	case there && policy == "default":
		return s.say("%s is there already and stays as it is", name)
	case there && policy == "backup" && old.text != string(content):
		kept := name + "." + time.Now().UTC().Format("2006-01-02T150405Z")
		s.write(kept, old.text, false)
		s.say("%s is kept as %s", name, kept)
	}
	s.write(name, string(content), false)
	return s.say("%s", name)
}

// addOf is berth_add MANAGER COMMAND NAME….
func (s *shell) addOf(c simple, args []string) int {
	if args[1] != s.os.manager() {
		s.own.unfit = true
		return s.say("Left out, because %s has no %s: %s", s.os.id, args[0], strings.Join(args[2:], " "))
	}
	s.own.fits = true
	return s.installPackages(c, args[2:])
}

func (s *shell) added(simple, []string) int {
	if s.own.unfit && !s.own.fits {
		return s.die("None of the packages is for this system (%s)", s.os.id)
	}
	return 0
}

// addAny installs packages of npm or pip.
func (s *shell) addAny(_ simple, args []string) int {
	return s.say("added %d packages: %s", len(args), strings.Join(args, " "))
}

// lookAt is berth_look NAME PORT.
func (s *shell) lookAt(_ simple, args []string) int {
	how := args[0] + " does not run"
	s.service(args[0], func(u *unit) {
		if u.active {
			how = args[0] + " runs"
		}
	})
	port, _ := strconv.Atoi(args[1])
	switch {
	case port == 0:
	case slices.Contains(s.ports(), port):
		how += ", port " + args[1] + " is open"
	default:
		how += ", nothing listens on port " + args[1]
	}
	s.own.seen = append(s.own.seen, how)
	return 0
}

func (s *shell) looked(simple, []string) int {
	ports := strings.Trim(fmt.Sprint(s.ports()), "[]")
	switch {
	case len(s.own.seen) > 0:
		return s.say("%s", strings.Join(s.own.seen, "; "))
	case ports == "":
		return s.say("Nothing listens on a TCP port")
	}
	return s.say("Something listens on TCP port %s", ports)
}
