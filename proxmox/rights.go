package proxmox

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Permissions are a token's rights: path to privilege. The value of a privilege
// tells whether Proxmox propagates it to what lies below its path. The host
// names the top-level paths, each path that something is granted on, and the
// members of pools, and leaves out where the token may do nothing
// (get_effective_permissions in pve-access-control). So NoAccess on a path
// cannot be told from nothing granted there: the host has the last word.
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

// OnGuest tells whether the privilege holds on a container or machine, by its
// own path or by its pool. pool is empty when the guest is in none, or in one that
// the token may not see (Pool.Audit). A guest that the rights do not name is then
// taken for one that was put into a pool after the rights were read.
func (p Permissions) OnGuest(vmid int, pool, privilege string) bool {
	at := guestPath(vmid)
	switch _, named := p[at]; {
	case p.Has(at, privilege):
		return true
	case pool != "":
		return p.Has(poolPath(pool), privilege)
	case named:
		return false
	}
	return p.inAPool(privilege)
}

// inPool tells whether the privilege holds on a pool, and so on all that is put into it.
func (p Permissions) inPool(pool, privilege string) bool { return p.Has(poolPath(pool), privilege) }

// OnStorage tells whether any of the privileges holds on a storage.
func (p Permissions) OnStorage(name string, privileges ...string) bool {
	return slices.ContainsFunc(privileges, func(x string) bool { return p.Has(pathStorage+"/"+name, x) })
}

// OnBridge tells whether a network may be attached to a bridge, with a VLAN's
// tag or, when that is empty, without one. The rights do not tell which zone a
// virtual network is in: it counts as allowed when SDN.Use holds for its name in any
// zone that they name, or among the host's bridges.
func (p Permissions) OnBridge(bridge, vlan string) bool {
	for at := range p {
		zone, below := strings.CutPrefix(at, pathZones+"/")
		if below && !strings.Contains(zone, "/") && at != pathNetwork && p.Has(path.Join(at, bridge, vlan), useNetwork) {
			return true
		}
	}
	return p.Has(path.Join(pathNetwork, bridge, vlan), useNetwork)
}

// CanCreate tells whether the token may make a container of this number, in that
// pool ("": in none), as far as the rights on guests go.
func (p Permissions) CanCreate(vmid int, pool string) bool {
	return !slices.ContainsFunc(createPrivileges, func(x string) bool {
		return !p.Has(guestPath(vmid), x) && (pool == "" || !p.inPool(pool, x))
	})
}

// CanCreateAnywhere tells whether the token may make containers of any number, in a pool or not.
func (p Permissions) CanCreateAnywhere() bool {
	return !slices.ContainsFunc(createPrivileges, func(x string) bool { return !p.holdsBelow(pathGuests, x) })
}

// PoolsToCreateIn lists the pools that the rights name and in which the token may make containers, sorted.
func (p Permissions) PoolsToCreateIn() []string { return p.poolsWith(createPrivileges) }

// MissingOnGuest lists those of the privileges that the token lacks on a guest, each
// with the path to grant it on: the one that its other rights on guests are on.
func (p Permissions) MissingOnGuest(vmid int, pool string, privileges ...string) []Right {
	var missing []Right
	for _, x := range privileges {
		if !p.OnGuest(vmid, pool, x) {
			missing = append(missing, Right{Privilege: x, Path: p.grantPath(vmid, pool)})
		}
	}
	return missing
}

// grantPath chooses the path to grant missing rights on a guest on: that of all
// guests, unless the token has rights only on the guest's pool or on it alone.
func (p Permissions) grantPath(vmid int, pool string) string {
	switch {
	case len(p[pathGuests]) > 0:
		return pathGuests
	case pool != "" && len(p[poolPath(pool)]) > 0:
		return poolPath(pool)
	case len(p[guestPath(vmid)]) > 0 && !p.inAPool(seePrivilege):
		return guestPath(vmid)
	}
	if pools := p.poolsWith([]string{seePrivilege}); len(pools) == 1 {
		return poolPath(pools[0])
	}
	return pathGuests
}

// holdsBelow tells whether the privilege holds on every path below at that has no
// grants of its own. Proxmox checks rights on those paths: one on /vms that is not
// propagated is of no use with any container.
func (p Permissions) holdsBelow(at, privilege string) bool {
	return p.Has(at+"/any", privilege)
}

// holders lists the paths below at on which the rights name the privilege, without at/ in front, sorted.
func (p Permissions) holders(at, privilege string) []string {
	var names []string
	for path, privileges := range p {
		if _, has := privileges[privilege]; has && strings.HasPrefix(path, at+"/") {
			names = append(names, strings.TrimPrefix(path, at+"/"))
		}
	}
	slices.Sort(names)
	return names
}

// inAPool tells whether the privilege holds on any pool.
func (p Permissions) inAPool(privilege string) bool {
	return p.holdsBelow(pathPools, privilege) || len(p.holders(pathPools, privilege)) > 0
}

// poolsWith lists the pools that the rights name and on which all of the privileges hold, sorted.
func (p Permissions) poolsWith(privileges []string) []string {
	return slices.DeleteFunc(p.holders(pathPools, privileges[0]), func(pool string) bool {
		return slices.ContainsFunc(privileges, func(x string) bool { return !p.inPool(pool, x) })
	})
}

// guestsWith lists the VMIDs of the guests that the rights name and on which all of
// the privileges hold, sorted. besidePools leaves out those that have them by their
// pool: such a right is never marked as propagated, one granted on the guest is.
func (p Permissions) guestsWith(privileges []string, besidePools bool) []int {
	var vmids []int
	for _, name := range p.holders(pathGuests, privileges[0]) {
		vmid, ok := ParseVMID(name)
		own := p[pathGuests+"/"+name]
		lacks := slices.ContainsFunc(privileges, func(x string) bool { _, has := own[x]; return !has || besidePools && !own[x] })
		if ok && !lacks {
			vmids = append(vmids, vmid)
		}
	}
	slices.Sort(vmids)
	return vmids
}

// An Ability is one line of the rights table: something that Berth does, whether the token allows it and
// where, and the rights that are missing.
type Ability struct {
	Name    string  // "see", "create", "power", "delete", "snapshot", "clone", "backup", "fetch", "host"
	OK      bool    // it holds for all containers, or those in Where
	Missing []Right // empty when OK
	Needs   []Right // all rights that it takes
	Where   Where   // zero: everywhere, or nowhere when it is not OK
}

// Where lists what the token's rights are confined to: guests in Pools or among Guests, and certain storages,
// bridges and hosts. Where all lists of a kind are empty, there is no bound.
type Where struct {
	Pools    []string `json:",omitempty"` // containers in these; AnyPool: in all pools
	Guests   []int    `json:",omitempty"` // these containers and machines, by VMID
	Storages []string `json:",omitempty"`
	Bridges  []string `json:",omitempty"` // bridges, or networks of a zone
	Hosts    []string `json:",omitempty"`
}

// AnyPool stands for all pools.
const AnyPool = "*"

// Right is a privilege on a path.
type Right struct{ Privilege, Path string }

// The paths on which the least-rights recipe grants, and those above and beside them.
const (
	pathGuests  = "/vms"
	pathPools   = "/pool"
	pathStorage = "/storage"
	pathZones   = "/sdn/zones"
	pathNetwork = "/sdn/zones/localnetwork"
	pathHosts   = "/nodes"
)

const (
	seePrivilege = "VM.Audit"
	useNetwork   = "SDN.Use"
)

func guestPath(vmid int) string { return pathGuests + "/" + strconv.Itoa(vmid) }

func poolPath(pool string) string { return pathPools + "/" + pool }

// createPrivileges are needed on a guest, or on its pool, to create it (create_vm in pve-container).
var createPrivileges = []string{"VM.Allocate", "VM.Config.CPU", "VM.Config.Memory", "VM.Config.Disk", "VM.Config.Network", "VM.Config.Options"}

// abilities lists everything that Berth does, in the order in which it is shown,
// with the least rights that each takes.
func abilities() []Ability {
	on := func(path string, privileges ...string) []Right {
		rights := make([]Right, len(privileges))
		for i, x := range privileges {
			rights[i] = Right{x, path}
		}
		return rights
	}
	space, network := Right{"Datastore.AllocateSpace", pathStorage}, Right{useNetwork, pathNetwork}
	return []Ability{
		{Name: "see", Needs: on(pathGuests, seePrivilege)},
		{Name: "create", Needs: append(on(pathGuests, createPrivileges...), space, network)},
		{Name: "power", Needs: on(pathGuests, "VM.PowerMgmt")},
		{Name: "delete", Needs: on(pathGuests, "VM.Allocate")},
		{Name: "snapshot", Needs: on(pathGuests, "VM.Snapshot")},
		{Name: "clone", Needs: append(on(pathGuests, "VM.Clone", "VM.Allocate"), space, network)},
		{Name: "backup", Needs: append(on(pathGuests, "VM.Backup"), space)},
		{Name: "fetch", Needs: on(pathStorage, "Datastore.AllocateTemplate")},
		{Name: "host", Needs: []Right{{"Sys.Audit", pathHosts}, {"Datastore.Audit", pathStorage}}},
	}
}

// instead names, for a privilege, another that allows the same as far as Berth
// needs it: with Datastore.AllocateSpace a token also sees a storage, its content
// and how full it is.
var instead = map[string]string{"Datastore.Audit": "Datastore.AllocateSpace"}

// abilities judges p for the work that Berth does, on the paths of the least-rights
// recipe. Rights on guests may hold for all, for those in pools, or for single ones.
// A right on storages, networks or hosts counts even if it holds on only one: Berth
// can do the work there.
func (p Permissions) abilities() []Ability {
	all := abilities()
	for i := range all {
		p.judge(&all[i])
	}
	return all
}

func (p Permissions) judge(a *Ability) {
	var guests []string
	for _, need := range a.Needs {
		if need.Path == pathGuests {
			guests = append(guests, need.Privilege)
			continue
		}
		if !p.confine(&a.Where, need) {
			a.Missing = append(a.Missing, need)
		}
	}
	if len(guests) > 0 {
		a.Missing = append(p.confineGuests(&a.Where, guests), a.Missing...)
	}
	if a.OK = len(a.Missing) == 0; !a.OK {
		a.Where = Where{}
	}
}

// confineGuests notes to which guests all of the privileges are confined, and
// returns those that are missing where there are none.
func (p Permissions) confineGuests(w *Where, privileges []string) (missing []Right) {
	for _, x := range privileges {
		if !p.holdsBelow(pathGuests, x) {
			missing = append(missing, Right{x, pathGuests})
		}
	}
	if len(missing) == 0 {
		return nil
	}
	if slices.ContainsFunc(privileges, func(x string) bool { return !p.holdsBelow(pathPools, x) }) {
		w.Pools = p.poolsWith(privileges)
	} else {
		w.Pools = []string{AnyPool}
	}
	w.Guests = p.guestsWith(privileges, len(w.Pools) > 0)
	if len(w.Pools) > 0 || len(w.Guests) > 0 {
		return nil
	}
	return p.whereSeen(missing)
}

// whereSeen puts the missing rights on the pools or guests that the token sees, unless it sees all.
func (p Permissions) whereSeen(missing []Right) []Right {
	if len(p[pathGuests]) > 0 {
		return missing
	}
	var paths []string
	for _, pool := range p.poolsWith([]string{seePrivilege}) {
		paths = append(paths, poolPath(pool))
	}
	if len(paths) == 0 {
		for _, vmid := range p.guestsWith([]string{seePrivilege}, false) {
			paths = append(paths, guestPath(vmid))
		}
	}
	if len(paths) == 0 {
		return missing
	}
	var there []Right
	for _, path := range paths {
		for _, m := range missing {
			if own := p[path]; !own[m.Privilege] {
				there = append(there, Right{m.Privilege, path})
			}
		}
	}
	return there
}

// confine notes to what storages, networks or hosts a right is confined. It is false when it holds on none.
func (p Permissions) confine(w *Where, need Right) bool {
	privileges := []string{need.Privilege}
	if other := instead[need.Privilege]; other != "" {
		privileges = append(privileges, other)
	}
	holders := make(map[string]bool)
	for _, x := range privileges {
		if p.holdsBelow(need.Path, x) {
			return true
		}
		at := need.Path
		if at == pathNetwork {
			at = pathZones
		}
		for _, name := range p.holders(at, x) {
			if at == pathZones && !strings.Contains(name, "/") && !p.holdsBelow(at+"/"+name, x) {
				continue // on the zone itself, and so on no network of it
			}
			holders[strings.TrimPrefix(name, path.Base(pathNetwork)+"/")] = true
		}
	}
	names := slices.Sorted(maps.Keys(holders))
	switch need.Path {
	case pathStorage:
		w.Storages = narrower(w.Storages, names)
	case pathNetwork:
		w.Bridges = narrower(w.Bridges, names)
	case pathHosts:
		w.Hosts = narrower(w.Hosts, names)
	}
	return len(names) > 0
}

// narrower returns the names that are in both lists; an empty first list stands for all names.
func narrower(all, names []string) []string {
	if len(all) == 0 {
		return names
	}
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return !slices.Contains(names, s) })
}
