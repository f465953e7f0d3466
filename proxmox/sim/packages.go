package sim

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

//go:embed packages.txt
var packagesText string

// software describes the service that a package brings; the zero value for a package without one.
type software struct {
	service, openrc string // the latter where OpenRC has another name for it
	template        string // a unit of systemd whose instances are named TEMPLATE@NAME, with its @
	port            int
	description     string
}

// offered lists the packages of the simulated servers, by name.
var offered = sync.OnceValue(func() map[string]software {
	all := make(map[string]software)
	for line := range strings.Lines(packagesText) {
		line, description, _ := strings.Cut(strings.TrimSpace(line), " # ")
		words := strings.Fields(line)
		switch {
		case len(words) < 2 || words[0] == "#":
		case words[0] == "+":
			for _, name := range words[1:] {
				all[name] = software{}
			}
		default:
			s := software{description: description}
			s.port, _ = strconv.Atoi(append(words, "")[2]) // 0 where there is none
			s.service, s.openrc, _ = strings.Cut(words[1], "/")
			s.service, s.template, _ = strings.Cut(s.service, ",")
			all[words[0]] = s
		}
	}
	return all
})

// versionOf makes up a version from a text, always the same.
func versionOf(name string) string {
	return fmt.Sprintf("%d.%d.%d", 1+number(name, 9), number(name+"b", 20), number(name+"c", 12))
}

// install notes a package as installed, and adds its service.
func (b *box) install(name string) {
	s := offered()[name]
	b.mu.Lock()
	defer b.mu.Unlock()
	b.installed[name] = true
	service := s.service
	if !b.os.systemd() && s.openrc != "" {
		service = s.openrc
	}
	if service != "" && b.units[service] == nil {
		runs := b.os.systemd() // Debian and Ubuntu start what they install
		b.units[service] = &unit{name: service, port: s.port, active: runs, enabled: runs, description: s.description}
	}
	b.notify()
}

// installPackages is install_packages of the prelude: it prints as the system's package manager does, and tries once
// more after an error of the network.
func (s *shell) installPackages(c simple, names []string) int {
	if s.noNames {
		s.complain("broken", "")
		s.warn("That looks like a network error; trying once more in 10 seconds")
		s.pause(10 * time.Second)
		return s.complain("broken", "")
	}
	status := s.manager("update")
	var fresh []string
	for _, name := range names {
		name, _, _ = strings.Cut(name, "=")
		if _, ok := offered()[name]; !ok {
			return s.complain("none", name)
		}
		if s.have(c, []string{name}) != 0 {
			fresh = append(fresh, name)
		}
	}
	all := []string{"$C", strconv.Itoa(len(fresh)), "$A", strings.Join(fresh, " ")}
	status |= s.manager("before", all...)
	for _, part := range []string{"fetch", "set"} {
		for i, name := range fresh {
			if status |= s.manager(part, append(all, "$N", name, "$V", versionOf(name), "$K", fmt.Sprint(40+number(name+"k", 4000)), "$I", strconv.Itoa(i+1))...); status != 0 {
				return status
			}
			if part == "set" {
				s.install(name)
			}
		}
	}
	return status | s.manager("after", all...)
}

// manager prints the recorded output for a part of the package manager's work, line by line, with values in it.
func (s *shell) manager(part string, values ...string) int {
	text := strings.NewReplacer(append(values, "$S", s.os.codename)...).Replace(recorded()[s.os.manager()+"."+part])
	for line := range strings.Lines(text) {
		if !s.pause(s.pace) {
			return statusEnded
		}
		s.say("%s", strings.TrimSuffix(line, "\n"))
	}
	return 0
}

// complain prints to standard error the recorded output of a failure, and returns the package manager's exit status.
func (s *shell) complain(part, name string) int {
	fmt.Fprintln(s.err, strings.ReplaceAll(recorded()[s.os.manager()+"."+part], "$N", name))
	if s.os.manager() == "apt-get" {
		return 100
	}
	return 1
}
