package proxmox

import (
	"path"
	"strings"
)

// Permissions are a token's rights: path to privilege. The value of a privilege
// tells whether Proxmox propagates it to what lies below its path.
type Permissions map[string]map[string]bool

// Has tells whether the privilege holds on at, by itself or by a propagated right above it.
//
// As in Proxmox, what is granted on a path takes the place of all that would be
// inherited from above. So the nearest path that the host names decides. The
// top-level paths it names whenever the token may do anything there
// (get_effective_permissions in pve-access-control): one that is missing has
// nothing to inherit.
func (p Permissions) Has(at, privilege string) bool {
	for here := at; ; here = path.Dir(here) {
		if privileges, ok := p[here]; ok {
			propagated, has := privileges[privilege]
			return has && (propagated || here == at)
		}
		if here == "/" || here == "." || alwaysNamed(here) {
			return false
		}
	}
}

func alwaysNamed(path string) bool {
	switch path {
	case "/access", "/nodes", "/pool", "/sdn", "/storage", "/vms":
		return true
	}
	return false
}

// holdsBelow tells whether the privilege holds on whatever lies below at and
// has no grants of its own. That is what Proxmox asks for: a right on /vms that
// is not propagated is of no use with any container.
func (p Permissions) holdsBelow(at, privilege string) bool {
	return p.Has(at+"/any", privilege)
}

// holdsSomewhere tells whether the privilege holds on anything below at.
func (p Permissions) holdsSomewhere(at, privilege string) bool {
	if p.holdsBelow(at, privilege) {
		return true
	}
	for path, privileges := range p {
		if _, has := privileges[privilege]; has && strings.HasPrefix(path, at+"/") {
			return true
		}
	}
	return false
}

// Ability is one line of the rights table: what a token can do and what stands in the way.
type Ability struct {
	Name    string // "see", "create", "power", "delete", "snapshot", "clone", "backup", "fetch", "host"
	OK      bool
	Missing []Right // empty when OK
	Needs   []Right // all that it takes
}

// Right is a privilege on a path.
type Right struct{ Privilege, Path string }

// The paths on which the least-rights recipe grants.
const (
	pathGuests  = "/vms"
	pathStorage = "/storage"
	pathNetwork = "/sdn/zones/localnetwork"
	pathHosts   = "/nodes"
)

// abilities are all that Berth does, in the order in which they are shown, with
// the least rights that each takes.
func abilities() []Ability {
	return []Ability{
		{Name: "see", Needs: []Right{{"VM.Audit", pathGuests}}},
		{Name: "create", Needs: []Right{
			{"VM.Allocate", pathGuests},
			{"VM.Config.CPU", pathGuests},
			{"VM.Config.Memory", pathGuests},
			{"VM.Config.Disk", pathGuests},
			{"VM.Config.Network", pathGuests},
			{"VM.Config.Options", pathGuests},
			{"Datastore.AllocateSpace", pathStorage},
			{"SDN.Use", pathNetwork},
		}},
		{Name: "power", Needs: []Right{{"VM.PowerMgmt", pathGuests}}},
		{Name: "delete", Needs: []Right{{"VM.Allocate", pathGuests}}},
		{Name: "snapshot", Needs: []Right{{"VM.Snapshot", pathGuests}}},
		{Name: "clone", Needs: []Right{
			{"VM.Clone", pathGuests},
			{"VM.Allocate", pathGuests},
			{"Datastore.AllocateSpace", pathStorage},
			{"SDN.Use", pathNetwork},
		}},
		{Name: "backup", Needs: []Right{{"VM.Backup", pathGuests}, {"Datastore.AllocateSpace", pathStorage}}},
		{Name: "fetch", Needs: []Right{{"Datastore.AllocateTemplate", pathStorage}}},
		{Name: "host", Needs: []Right{{"Sys.Audit", pathHosts}, {"Datastore.Audit", pathStorage}}},
	}
}

// Abilities judges p for the work that Berth does, on the least-rights recipe's
// paths. A right on a storage, a bridge or a host counts also when it is on one
// of them alone: there is something that Berth can do it with. A right on guests
// must hold for all of them, as that of a container yet to be made.
func (p Permissions) Abilities() []Ability {
	all := abilities()
	for i := range all {
		a := &all[i]
		for _, need := range a.Needs {
			holds := p.holdsSomewhere
			if need.Path == pathGuests {
				holds = p.holdsBelow
			}
			if !holds(need.Path, need.Privilege) {
				a.Missing = append(a.Missing, need)
			}
		}
		a.OK = len(a.Missing) == 0
	}
	return all
}
