package proxmox

import (
	"reflect"
	"slices"
	"strings"
	"testing"
)

// least returns the permissions that a host tells a token made by the recipe.
func least() Permissions {
	p := make(Permissions)
	for _, r := range recipe() {
		p[r.path] = make(map[string]bool)
		for _, privilege := range r.privileges {
			p[r.path][privilege] = true
		}
	}
	return p
}

func TestHas(t *testing.T) {
	p := Permissions{
		"/":                     {"Sys.Audit": true, "Sys.Modify": false, "VM.Audit": true},
		"/vms":                  {"VM.Audit": true, "VM.Allocate": false},
		"/vms/100":              {"VM.PowerMgmt": true},
		"/storage/local":        {"Datastore.Audit": false},
		"/sdn":                  {"SDN.Use": true},
		"/sdn/zones/lab/vmbr1":  {"SDN.Audit": true},
		"/mapping/usb/keyboard": {"Mapping.Use": true},
	}
	tests := []struct {
		path, privilege string
		want            bool
		why             string
	}{
		{"/", "Sys.Audit", true, "granted there"},
		{"/", "Sys.Modify", true, "granted there, though not propagated"},
		{"/mapping", "Sys.Audit", true, "propagated from /"},
		{"/mapping", "Sys.Modify", false, "not propagated from /"},
		{"/mapping/usb/keyboard/x", "Mapping.Use", true, "propagated"},
		{"/vms", "VM.Allocate", true, "granted there"},
		{"/vms/105", "VM.Audit", true, "propagated"},
		{"/vms/105", "VM.Allocate", false, "not propagated"},
		{"/vms/100", "VM.PowerMgmt", true, "granted there"},
		{"/vms/100", "VM.Audit", false, "what is granted on /vms/100 takes its place"},
		{"/vms", "Sys.Audit", false, "what is granted on /vms takes its place"},
		{"/nodes/pve1", "Sys.Audit", false, "/nodes would be named if / reached to it"},
		{"/nodes", "Sys.Audit", false, "likewise"},
		{"/storage/local", "Datastore.Audit", true, "granted there"},
		{"/sdn/zones/localnetwork", "SDN.Use", true, "propagated"},
		{"/sdn/zones/lab/vmbr1", "SDN.Use", false, "what is granted on the bridge takes its place"},
		{"vms", "VM.Audit", false, "no path"},
	}
	for _, tt := range tests {
		if got := p.Has(tt.path, tt.privilege); got != tt.want {
			t.Errorf("%s on %s: %v, but %s", tt.privilege, tt.path, got, tt.why)
		}
	}
	if (Permissions)(nil).Has("/vms", "VM.Audit") {
		t.Error("no rights at all are some")
	}
}

func TestAbilities(t *testing.T) {
	without := func(path string, privileges ...string) Permissions {
		p := least()
		for _, x := range privileges {
			delete(p[path], x)
		}
		return p
	}
	stuck := func(path, privilege string) Permissions {
		p := least()
		p[path][privilege] = false
		return p
	}
	moved := func(from, to string) Permissions {
		p := least()
		p[to] = p[from]
		delete(p, from)
		return p
	}
	lessInPool := func(privilege string) Permissions {
		p := moved(pathGuests, "/pool/lab")
		delete(p["/pool/lab"], privilege)
		return p
	}
	tests := []struct {
		name    string
		p       Permissions
		missing string // ability: privilege path, …
	}{
		{"the recipe allows all", least(), ""},
		{
			"nothing allows nothing", nil,
			"see: VM.Audit /vms; create: VM.Allocate /vms, VM.Config.CPU /vms, VM.Config.Memory /vms, VM.Config.Disk /vms, VM.Config.Network /vms, VM.Config.Options /vms, Datastore.AllocateSpace /storage, SDN.Use /sdn/zones/localnetwork;" +
				" power: VM.PowerMgmt /vms; delete: VM.Allocate /vms; snapshot: VM.Snapshot /vms; clone: VM.Clone /vms, VM.Allocate /vms, Datastore.AllocateSpace /storage, SDN.Use /sdn/zones/localnetwork; backup: VM.Backup /vms, Datastore.AllocateSpace /storage;" +
				" fetch: Datastore.AllocateTemplate /storage; host: Sys.Audit /nodes, Datastore.Audit /storage",
		},
		{"a right that is not propagated is none", stuck(pathGuests, "VM.Snapshot"), "snapshot: VM.Snapshot /vms"},
		{"nor on storages", stuck(pathStorage, "Datastore.AllocateTemplate"), "fetch: Datastore.AllocateTemplate /storage"},
		{"no start and stop", without(pathGuests, "VM.PowerMgmt"), "power: VM.PowerMgmt /vms"},
		{"VM.Allocate is for three", without(pathGuests, "VM.Allocate"), "create: VM.Allocate /vms; delete: VM.Allocate /vms; clone: VM.Allocate /vms"},
		{"no backups", without(pathGuests, "VM.Backup"), "backup: VM.Backup /vms"},
		{"one storage is enough", moved(pathStorage, "/storage/local-lvm"), ""},
		{"one bridge is enough", moved(pathNetwork, pathNetwork+"/vmbr0"), ""},
		{"another zone is enough, whose networks are", moved(pathNetwork, "/sdn/zones/lab"), ""},
		{"the zone without its networks is not", stuck(pathNetwork, "SDN.Use"), "create: SDN.Use /sdn/zones/localnetwork; clone: SDN.Use /sdn/zones/localnetwork"},
		{"who may put something on a storage sees it", without(pathStorage, "Datastore.Audit"), ""},
		{"who may do neither does not", without(pathStorage, "Datastore.Audit", "Datastore.AllocateSpace"),
			"create: Datastore.AllocateSpace /storage; clone: Datastore.AllocateSpace /storage; backup: Datastore.AllocateSpace /storage; host: Datastore.Audit /storage"},
		{"one host is enough", moved(pathHosts, "/nodes/pve1"), ""},
		{"one container is something", moved(pathGuests, "/vms/105"), ""},
		{"so is a pool", moved(pathGuests, "/pool/lab"), ""},
		{"what a pool lacks is missing there", lessInPool("VM.PowerMgmt"), "power: VM.PowerMgmt /pool/lab"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var names, missing []string
			for _, a := range tt.p.abilities() {
				names = append(names, a.Name)
				var rights []string
				for _, r := range a.Missing {
					rights = append(rights, r.Privilege+" "+r.Path)
					if !slices.ContainsFunc(a.Needs, func(n Right) bool { return n.Privilege == r.Privilege }) {
						t.Errorf("%s misses %v, which it does not need", a.Name, r)
					}
				}
				if a.OK != (len(rights) == 0) {
					t.Errorf("%s: OK %v, missing %v", a.Name, a.OK, rights)
				}
				if len(rights) > 0 {
					missing = append(missing, a.Name+": "+strings.Join(rights, ", "))
				}
			}
			if got := strings.Join(names, " "); got != "see create power delete snapshot clone backup fetch host" {
				t.Errorf("abilities %s", got)
			}
			if got := strings.Join(missing, "; "); got != tt.missing {
				t.Errorf("\n got %s\nwant %s", got, tt.missing)
			}
		})
	}
}

// pooled returns the permissions that a host tells a token with the recipe's rights on the pool lab, whose members are
// 101 and 102, on one storage and on one bridge.
func pooled() Permissions {
	p := least()
	p["/pool/lab"] = p[pathGuests]
	p["/vms/101"], p["/vms/102"] = make(map[string]bool), make(map[string]bool)
	for x := range p[pathGuests] {
		p["/vms/101"][x], p["/vms/102"][x] = false, false // what comes of a pool is never propagated
	}
	p["/storage/tank"], p[pathNetwork+"/vmbr1"] = p[pathStorage], p[pathNetwork]
	delete(p, pathGuests)
	delete(p, pathStorage)
	delete(p, pathNetwork)
	return p
}

func TestAbilitiesTellWhereTheyHold(t *testing.T) {
	single := pooled()
	delete(single, "/pool/lab")
	both := pooled()
	both["/vms/200"] = map[string]bool{"VM.Audit": true}
	every := pooled()
	every["/pool"] = every["/pool/lab"]
	for name, tt := range map[string]struct {
		p    Permissions
		want map[string]Where
	}{
		"everywhere": {least(), map[string]Where{"see": {}, "create": {}, "power": {}, "host": {}}},
		"a pool": {pooled(), map[string]Where{
			"see": {Pools: []string{"lab"}}, "power": {Pools: []string{"lab"}}, "backup": {Pools: []string{"lab"}, Storages: []string{"tank"}},
			"create": {Pools: []string{"lab"}, Storages: []string{"tank"}, Bridges: []string{"vmbr1"}}, "fetch": {Storages: []string{"tank"}},
		}},
		"single containers":     {single, map[string]Where{"see": {Guests: []int{101, 102}}, "delete": {Guests: []int{101, 102}}}},
		"a pool and one beside": {both, map[string]Where{"see": {Pools: []string{"lab"}, Guests: []int{200}}, "power": {Pools: []string{"lab"}}}},
		"all pools":             {every, map[string]Where{"see": {Pools: []string{AnyPool}}}},
	} {
		for _, a := range tt.p.abilities() {
			if want, asked := tt.want[a.Name]; asked && (!a.OK || !reflect.DeepEqual(a.Where, want)) {
				t.Errorf("%s: %s: OK %v in %+v, want %+v", name, a.Name, a.OK, a.Where, want)
			}
		}
	}
}

func TestARightOnAGuestIsJudgedWhereItApplies(t *testing.T) {
	p := pooled()
	delete(p["/vms/102"], "VM.Snapshot")
	for _, tt := range []struct {
		vmid      int
		pool      string
		privilege string
		want      bool
		why       string
	}{
		{101, "lab", "VM.Snapshot", true, "on it and its pool"},
		{101, "", "VM.Snapshot", true, "on it, though its pool is not known"},
		{102, "", "VM.Snapshot", false, "it is named, and that is not among its rights"},
		{103, "lab", "VM.Snapshot", true, "it was put into the pool since"},
		{103, "other", "VM.Snapshot", false, "another pool"},
		{103, "", "VM.Snapshot", true, "it is seen, so it is in the pool since"},
		{101, "lab", "VM.Migrate", false, "nowhere"},
	} {
		if got := p.OnGuest(tt.vmid, tt.pool, tt.privilege); got != tt.want {
			t.Errorf("%s on %d in %q: %v, but %s", tt.privilege, tt.vmid, tt.pool, got, tt.why)
		}
	}
	if !p.OnStorage("tank", "Datastore.AllocateSpace") || p.OnStorage("local", "Datastore.AllocateSpace") {
		t.Error("a right on one storage is on another")
	}
	if !p.OnBridge("vmbr1", "") || !p.OnBridge("vmbr1", "30") || p.OnBridge("vmbr0", "") {
		t.Error("a right on one bridge is on another")
	}
	tagged := Permissions{pathNetwork + "/vmbr0/30": {"SDN.Use": true}, "/sdn/zones/lab": {"SDN.Use": true}}
	if tagged.OnBridge("vmbr0", "31") != true || (Permissions{pathNetwork + "/vmbr0/30": {"SDN.Use": true}}).OnBridge("vmbr0", "31") {
		t.Error("a network of another zone may be one of that name, and a VLAN is no other")
	}
	if (Permissions{pathNetwork + "/vmbr0/30": {"SDN.Use": true}}).OnBridge("vmbr0", "") || !tagged.OnBridge("vmbr0", "30") {
		t.Error("a right on a VLAN is on its bridge, or not on itself")
	}
	if p.CanCreateAnywhere() || !p.CanCreate(300, "lab") || p.CanCreate(300, "") || !p.CanCreate(101, "") || !slices.Equal(p.PoolsToCreateIn(), []string{"lab"}) {
		t.Errorf("where it may create: %v", p.PoolsToCreateIn())
	}
	if l := least(); !l.CanCreateAnywhere() || !l.CanCreate(300, "") || len(l.PoolsToCreateIn()) != 0 {
		t.Error("with rights on all guests it may not create")
	}
}

// What is missing is given where the token has its other rights: one for a pool is not made one for all.
func TestAMissingRightIsGivenWhereTheOthersAre(t *testing.T) {
	for name, tt := range map[string]struct {
		p    Permissions
		vmid int
		pool string
		want string
	}{
		"all guests":        {Permissions{"/vms": {"VM.Audit": true}}, 101, "lab", "/vms"},
		"its pool":          {Permissions{"/pool/lab": {"VM.Audit": true}, "/vms/101": {"VM.Audit": false}}, 101, "lab", "/pool/lab"},
		"a pool not known":  {Permissions{"/pool/lab": {"VM.Audit": true}, "/vms/101": {"VM.Audit": false}}, 101, "", "/pool/lab"},
		"it alone":          {Permissions{"/vms/101": {"VM.Audit": true}}, 101, "", "/vms/101"},
		"nothing was known": {nil, 101, "", "/vms"},
	} {
		got := tt.p.MissingOnGuest(tt.vmid, tt.pool, "VM.Audit", "VM.Snapshot")
		if len(got) == 0 || got[len(got)-1] != (Right{"VM.Snapshot", tt.want}) {
			t.Errorf("%s: %v", name, got)
			continue
		}
		if lines := strings.Join(Grants(defaultTokenID, got), "\n"); !strings.Contains(lines, "pveum acl modify "+tt.want+" --roles BerthGuests --tokens") {
			t.Errorf("%s: %s", name, lines)
		}
	}
}
