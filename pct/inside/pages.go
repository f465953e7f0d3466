package inside

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"berth/proxmox"
	"berth/store"
)

// A Page is a web page in a container that others can open.
type Page struct {
	Service string // that listens, or else the process; "" where neither is known
	Scheme  string // http or https
	Port    int
	Path    string // that a template knows; "" is "/"
	Planned bool   // a template names it
}

// rank orders pages: those that a template names, then those over TLS.
func (p Page) rank() int {
	switch {
	case p.Planned:
		return 2
	case p.Scheme == "https":
		return 1
	}
	return 0
}

// Pages are the web pages of all services and of what listens besides, the likeliest app first, one a port. planned are the
// services that a template names.
func (s Seen) Pages(planned []store.Service) []Page {
	var all []Page
	add := func(service string, listeners []Listener) {
		for _, l := range listeners {
			p, ok := s.pageAt(service, l, planned)
			if ok && !slices.ContainsFunc(all, func(o Page) bool { return o.Port == p.Port }) {
				all = append(all, p)
			}
		}
	}
	for _, service := range s.Services {
		add(service.Name, service.Listeners)
	}
	for _, l := range s.Others {
		add(l.Process, []Listener{l})
	}
	slices.SortStableFunc(all, func(a, b Page) int {
		return cmp.Or(cmp.Compare(b.rank(), a.rank()), cmp.Compare(a.Port, b.Port))
	})
	return all
}

// settles is how long after its start a container may still be opening its ports.
const settles = 2 * time.Minute

// Open lists the TCP ports that others can reach; all is false where there may be more, as in a container that was just
// started, or where no tool could list them.
func (s Seen) Open() (ports []int, all bool) {
	note := func(listeners []Listener) {
		for _, l := range listeners {
			if l.Proto == "tcp" && reached(l, s.Addresses) {
				ports = append(ports, int(l.Port))
			}
		}
	}
	for _, service := range s.Services {
		note(service.Listeners)
	}
	note(s.Others)
	_, addressed := proxmox.MainAddress(s.Addresses)
	return ports, addressed && s.Whole && s.Listened && (s.Uptime == 0 || s.Uptime >= settles)
}

// PageOf finds the web page of a service among its listeners, the likeliest one; false when it has none. service is its name,
// by which a template may know a path.
func (s Seen) PageOf(service string, listeners []Listener, planned []store.Service) (best Page, found bool) {
	for _, l := range listeners {
		if p, ok := s.pageAt(service, l, planned); ok && (!found || p.rank() > best.rank()) {
			best, found = p, true
		}
	}
	return best, found
}

// pageAt is the web page at a listener.
func (s Seen) pageAt(service string, l Listener, planned []store.Service) (Page, bool) {
	p := Page{Service: service, Scheme: s.Schemes[l.Port], Port: int(l.Port)}
	for _, of := range planned {
		if of.Port == p.Port || of.Port == 0 && sameService(of.Name, service) {
			p.Scheme, p.Path, p.Planned = cmp.Or(p.Scheme, of.Scheme), of.Path, true
			break
		}
	}
	return p, l.Proto == "tcp" && reached(l, s.Addresses) && (p.Scheme == "http" || p.Scheme == "https")
}

// sameService tells whether a template's name of a service is the init's.
func sameService(planned, name string) bool {
	return strings.TrimSuffix(planned, ".service") == strings.TrimSuffix(name, ".service")
}
