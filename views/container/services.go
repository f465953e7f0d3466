package container

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"berth/pct/inside"
	"berth/proxmox"
	"berth/store"
	"berth/views/cards"
	"berth/views/human"
	"berth/views/layout"
	"berth/views/parts"
)

// ServicesPage shows the services of a container, newer versions of its packages, and credentials that scripts left
// there. A part stays nil until it is asked for: each runs a program in the container.
type ServicesPage struct {
	Page
	Look        *InsideLook
	Updates     *InsideUpdates
	Credentials *InsideCredentials
}

// InsideLook is a look into the container: what was seen, or the problem that prevented it.
type InsideLook struct {
	Problem *layout.Problem
	Seen    inside.Seen
	Planned []store.Service // of the template that the container came from
}

// InsideUpdates are the packages with newer versions, or why they are not known.
type InsideUpdates struct {
	Problem *layout.Problem
	inside.Updates
}

// InsideCredentials are the files of credentials that scripts left in the container, or the problem that prevented
// reading them.
type InsideCredentials struct {
	Problem *layout.Problem
	Files   []inside.CredentialFile
}

func (p ServicesPage) url() string            { return p.Card.TabURL(cards.TabServices) }
func (p ServicesPage) lookURL() string        { return p.url() + "?look=1" }
func (p ServicesPage) updatesURL() string     { return p.url() + "/updates" }
func (p ServicesPage) credentialsURL() string { return credentialsURL(p.Card) }

// credentialsURL is where what scripts left in a container is read.
func credentialsURL(c cards.Card) string { return c.TabURL(cards.TabServices) + "/credentials" }

// serviceURL is the address of a service's log.
func serviceURL(nodeID string, vmid int, service string) string {
	return parts.ContainerURL(nodeID, vmid) + "/" + cards.TabServices + "/" + url.PathEscape(service) + "/log"
}

// quiet are the services that nobody has to look after: those that did their work and
// ended, and those that do not run.
func (l InsideLook) quiet() []inside.Service {
	return slices.DeleteFunc(slices.Clone(l.Seen.Services), loud)
}

// loud are the others, and whatever listens.
func (l InsideLook) loud() []inside.Service {
	return slices.DeleteFunc(slices.Clone(l.Seen.Services), func(s inside.Service) bool { return !loud(s) })
}

func loud(s inside.Service) bool {
	return s.State != inside.StateExited && s.State != inside.StateStopped || len(s.Listeners) > 0
}

// serviceBadge returns the status of a service's badge.
func serviceBadge(s inside.Service) parts.Status {
	switch s.State {
	case inside.StateFailed:
		return parts.StatusFailed
	case inside.StateRunning:
		return parts.StatusRunning
	case inside.StateStarting:
		return parts.StatusActive
	case inside.StateExited:
		return parts.StatusDone
	}
	return parts.StatusStopped
}

func serviceState(s inside.Service) string {
	switch s.State {
	case inside.StateFailed:
		return "Failed"
	case inside.StateRunning:
		return "Running"
	case inside.StateStarting:
		return "Starting or stopping"
	case inside.StateExited:
		return "Done"
	}
	if len(s.Listeners) > 0 {
		return "Starts when asked"
	}
	return "Stopped"
}

// failureWords say why a service failed, and when.
func failureWords(s inside.Service, now time.Time) string {
	f := s.Failure
	words := ""
	switch {
	case f.Result == "oom-kill":
		words = "ran out of memory"
	case f.Result == "timeout":
		words = "took too long to start or to stop"
	case f.Result == "watchdog":
		words = "did not give its sign of life"
	case f.Result == "start-limit-hit", f.Result == "failed": // OpenRC's word for it
		words = "started too often in a short time"
	case f.Result == "crashed":
		words = "its process is gone"
	case f.Result == "unsupervised":
		words = "what started it again is gone"
	case f.Signal:
		words = fmt.Sprintf("ended by signal %d", f.Status)
	case f.Status > 0:
		words = fmt.Sprintf("exit status %d", f.Status)
	default:
		words = cmp.Or(f.Result, "the reason is not told")
	}
	if !s.Since.IsZero() {
		words += ", " + human.When(s.Since, now)
	}
	if f.Restarts > 0 {
		words += "; started again " + human.Count(f.Restarts, "time", "times") + " before"
	}
	return words
}

// ports of a service in words: a number each, with the protocol where it is not TCP, and
// with the address where only the container itself reaches it.
func ports(all []inside.Listener) []string {
	var words []string
	for _, l := range all {
		text := strconv.Itoa(int(l.Port))
		if l.Local() {
			text = net.JoinHostPort(l.Addr.String(), text)
		}
		if l.Proto != "tcp" {
			text += "/" + l.Proto
		}
		if !slices.Contains(words, text) {
			words = append(words, text)
		}
	}
	return words
}

// openURL is the web page of a service among its listeners, for the button Open; "" when it has none. name is the service's, by
// which the template may know a path.
func (l InsideLook) openURL(name string, all []inside.Listener) string {
	address, _ := proxmox.MainAddress(l.Seen.Addresses)
	p, ok := l.Seen.PageOf(name, all, l.Planned)
	if !ok {
		return ""
	}
	return store.Link{Scheme: p.Scheme, Port: p.Port, Path: p.Path}.At(address)
}

// stranger is a process that listens on a port and belongs to no service. It has a row of its own below the services.
type stranger struct {
	process   string
	listeners []inside.Listener
}

// strangers are gathered by process and port.
func (l InsideLook) strangers() []stranger {
	var all []stranger
	for _, at := range l.Seen.Others {
		i := slices.IndexFunc(all, func(s stranger) bool {
			return s.process == at.Process && s.listeners[0].Port == at.Port && s.listeners[0].Proto == at.Proto && s.listeners[0].Local() == at.Local()
		})
		if i < 0 {
			all = append(all, stranger{process: at.Process})
			i = len(all) - 1
		}
		all[i].listeners = append(all[i].listeners, at)
	}
	return all
}

func loadWords(load []float64) string {
	words := make([]string, len(load))
	for i, n := range load {
		words[i] = strconv.FormatFloat(n, 'f', 2, 64)
	}
	return strings.Join(words, ", ") + " over 1, 5 and 15 minutes"
}

func (l InsideLook) addresses() []string {
	var all []string
	for _, p := range l.Seen.Addresses {
		if a := p.Addr(); proxmox.Reachable(a) {
			all = append(all, a.String())
		}
	}
	return all
}

// noServices tells why none is listed.
func (l InsideLook) noServices() string {
	if l.Seen.Init == inside.InitUnknown {
		return "It has neither systemd nor OpenRC, so nobody there can say which services it has."
	}
	return "No service runs, and none has failed."
}

// words sum up which packages have newer versions.
func (u InsideUpdates) words() string {
	switch {
	case u.Manager == "":
		return "It has none of apt, apk and dnf to ask."
	case u.Failed != "":
		return u.Manager + " could not tell: " + u.Failed
	case len(u.Packages) == 0:
		return "All packages are as new as its lists say."
	}
	words := human.Count(len(u.Packages), "package has a newer version", "packages have newer versions")
	if n := u.Security(); n > 0 {
		words += ", " + human.Count(n, "of them mends a security flaw", "of them mend security flaws")
	}
	return words + "."
}

// indexWords tell how old the lists are that the answer is from.
func (u InsideUpdates) indexWords(now time.Time) string {
	switch {
	case u.Manager == "":
		return ""
	case u.Index.IsZero():
		return "Its package lists were never fetched, or are gone. Berth only reads them: fetch them in its console."
	}
	ago := "just now"
	if age := now.Sub(u.Index).Truncate(time.Minute); age > 0 {
		ago = human.Duration(age) + " ago"
	}
	return fmt.Sprintf("Its package lists were fetched %s, %s. Berth only reads them and fetches nothing.", human.When(u.Index, now), ago)
}

// credentialNote says why a file of credentials shows no values, or not all of its lines; "" where it shows all.
func credentialNote(f inside.CredentialFile) string {
	switch {
	case f.TooBig:
		return "It is longer than files of credentials are, so it is not read."
	case len(f.Values) == 0:
		return "It holds no line KEY=VALUE."
	case f.Others > 0:
		return human.Count(f.Others, "further line is", "further lines are") + " not KEY=VALUE and left out."
	}
	return ""
}

// insideKind returns the kind of the banner for a problem: one that only comes from the container's state is no failure.
func insideKind(p *layout.Problem) string {
	if p.Status == http.StatusConflict {
		return "info"
	}
	return "bad"
}
