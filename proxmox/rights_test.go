package proxmox

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// least is what a token of the recipe reads of itself.
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

// pooled is what a token reads of itself that has the recipe's rights on the pool lab with the members 101 and 102, on
// one storage and on one bridge.
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

func TestRecipe(t *testing.T) {
	want := `pveum role add BerthGuests -privs 'VM.Audit VM.Allocate VM.PowerMgmt VM.Snapshot VM.Clone VM.Backup VM.Config.CPU VM.Config.Memory VM.Config.Disk VM.Config.Network VM.Config.Options' 2>/dev/null || pveum role modify BerthGuests -append 1 -privs 'VM.Audit VM.Allocate VM.PowerMgmt VM.Snapshot VM.Clone VM.Backup VM.Config.CPU VM.Config.Memory VM.Config.Disk VM.Config.Network VM.Config.Options'
pveum role add BerthStorage -privs 'Datastore.Audit Datastore.AllocateSpace Datastore.AllocateTemplate' 2>/dev/null || pveum role modify BerthStorage -append 1 -privs 'Datastore.Audit Datastore.AllocateSpace Datastore.AllocateTemplate'
pveum role add BerthNetwork -privs SDN.Use 2>/dev/null || pveum role modify BerthNetwork -append 1 -privs SDN.Use
pveum role add BerthHost -privs Sys.Audit 2>/dev/null || pveum role modify BerthHost -append 1 -privs Sys.Audit
pveum user list --output-format json | grep -qF '"userid":"berth@pve"' || pveum user add berth@pve
pveum user token add berth@pve app --privsep 1
pveum acl modify /vms --roles BerthGuests --tokens 'berth@pve!app'
[ $(pveum user permissions berth@pve --path /vms | tr -cs A-Za-z. '\n' | sort -u | grep -cxF -e VM.Audit -e VM.Allocate -e VM.PowerMgmt -e VM.Snapshot -e VM.Clone -e VM.Backup -e VM.Config.CPU -e VM.Config.Memory -e VM.Config.Disk -e VM.Config.Network -e VM.Config.Options) -eq 11 ] || pveum acl modify /vms --roles BerthGuests --users berth@pve
pveum acl modify /storage --roles BerthStorage --tokens 'berth@pve!app'
[ $(pveum user permissions berth@pve --path /storage | tr -cs A-Za-z. '\n' | sort -u | grep -cxF -e Datastore.Audit -e Datastore.AllocateSpace -e Datastore.AllocateTemplate) -eq 3 ] || pveum acl modify /storage --roles BerthStorage --users berth@pve
pveum acl modify /sdn/zones/localnetwork --roles BerthNetwork --tokens 'berth@pve!app'
[ $(pveum user permissions berth@pve --path /sdn/zones/localnetwork | tr -cs A-Za-z. '\n' | sort -u | grep -cxF -e SDN.Use) -eq 1 ] || pveum acl modify /sdn/zones/localnetwork --roles BerthNetwork --users berth@pve
pveum acl modify /nodes --roles BerthHost --tokens 'berth@pve!app'
[ $(pveum user permissions berth@pve --path /nodes | tr -cs A-Za-z. '\n' | sort -u | grep -cxF -e Sys.Audit) -eq 1 ] || pveum acl modify /nodes --roles BerthHost --users berth@pve`
	for _, id := range []string{"berth@pve!app", "", "no token", "; rm -rf /"} {
		if got := strings.Join(Recipe(id), "\n"); got != want {
			t.Errorf("Recipe(%q)\n got %s\nwant %s", id, got, want)
		}
	}
}

// pveum is a stand-in that keeps users, tokens, roles and grants in files as
// Proxmox does, so that what a person is told to paste is run by a real shell.
const pveum = `#!/bin/sh
cd "$STATE" || exit 3
echo "$*" >>log
die() { echo "$1" >&2; exit 2; }
case "$1 $2" in
"role add")
	[ -e "role.$3" ] && die "role '$3' already exists"
	[ "$4" = -privs ] || die usage
	printf '%s\n' $5 >"role.$3" ;;
"role modify")
	[ -e "role.$3" ] || die "role '$3' does not exist"
	[ "$4 $5 $6" = "-append 1 -privs" ] || die usage
	printf '%s\n' $7 >>"role.$3" ;;
"user add")
	[ -e "user.$3" ] && die "user '$3' already exists"
	: >"user.$3" ;;
"user list")
	[ "$3 $4" = "--output-format json" ] || die usage
	sep=[
	for u in user.*; do printf '%s{"enable":1,"userid":"%s"}' "$sep" "${u#user.}"; sep=,; done
	echo ] ;;
"user token")
	[ "$3 $6 $7" = "add --privsep 1" ] || die usage
	[ -e "token.$4!$5" ] && die "Token '$5' already exists."
	: >"token.$4!$5" ;;
"user permissions")
	[ "$4" = --path ] || die usage
	echo "│ ACL path │ Permissions          │"
	for role in $(cat "acl.$(echo "$5" | tr / _).user.$3" 2>/dev/null); do
		for p in $(cat "role.$role"); do echo "│ $5 │ $p (*)│"; done
	done
	echo "Permissions marked with '(*)' have the 'propagate' flag set." ;;
"acl modify")
	[ "$4" = --roles ] || die usage
	[ -e "role.$5" ] || die "role '$5' does not exist"
	kind=${6#--}; kind=${kind%s}
	[ -e "$kind.$7" ] || die "$kind '$7' does not exist"
	echo "$5" >>"acl.$(echo "$3" | tr / _).$kind.$7" ;;
*) die usage ;;
esac
`

// host is where pasted commands run.
type host struct {
	t   *testing.T
	dir string
}

func newHost(t *testing.T, users ...string) host {
	h := host{t, t.TempDir()}
	if err := os.WriteFile(filepath.Join(h.dir, "pveum"), []byte(pveum), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, u := range users {
		h.write("user."+u, "")
	}
	return h
}

func (h host) write(name, content string) {
	h.t.Helper()
	if err := os.WriteFile(filepath.Join(h.dir, name), []byte(content), 0o644); err != nil {
		h.t.Fatal(err)
	}
}

func (h host) paste(lines []string) {
	h.t.Helper()
	cmd := exec.Command("sh", "-s")
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	cmd.Env = []string{"PATH=" + h.dir + string(os.PathListSeparator) + os.Getenv("PATH"), "STATE=" + h.dir}
	if out, err := cmd.CombinedOutput(); err != nil {
		h.t.Fatalf("%v: %s", err, out)
	}
}

// granted are the privileges that one of the roles on path gives to who, "user.berth@pve" or "token.berth@pve!app".
func (h host) granted(path, who string) []string {
	h.t.Helper()
	roles, err := os.ReadFile(filepath.Join(h.dir, "acl."+strings.ReplaceAll(path, "/", "_")+"."+who))
	if err != nil {
		return nil
	}
	var privileges []string
	for _, r := range strings.Fields(string(roles)) {
		b, err := os.ReadFile(filepath.Join(h.dir, "role."+r))
		if err != nil {
			h.t.Fatal(err)
		}
		privileges = append(privileges, strings.Fields(string(b))...)
	}
	return privileges
}

// permissions are what a privilege-separated token then has: what both it and its user have.
func (h host) permissions(user, token string) Permissions {
	h.t.Helper()
	p := make(Permissions)
	for _, r := range recipe() {
		both := make(map[string]bool)
		users := h.granted(r.path, "user."+user)
		for _, x := range h.granted(r.path, "token."+user+"!"+token) {
			if user == root || slices.Contains(users, x) {
				both[x] = true
			}
		}
		p[r.path] = both
	}
	return p
}

func wantAll(t *testing.T, p Permissions) {
	t.Helper()
	for _, a := range p.abilities() {
		if !a.OK {
			t.Errorf("%s still misses %v", a.Name, a.Missing)
		}
	}
}

func missing(p Permissions) []Right {
	var rights []Right
	for _, a := range p.abilities() {
		rights = append(rights, a.Missing...)
	}
	return rights
}

func TestThePastedRecipeAllowsAll(t *testing.T) {
	for id, users := range map[string][]string{
		"berth@pve!app":     nil,
		"root@pam!berth-1":  {"root@pam"},
		"o'neil@pve!berth":  nil,
		"a$(id)&b@pve!app1": nil,
	} {
		t.Run(id, func(t *testing.T) {
			user, name, ok := SplitTokenID(id)
			if !ok {
				t.Fatal("no token ID")
			}
			h := newHost(t, users...)
			h.paste(Recipe(id))
			wantAll(t, h.permissions(user, name))
			if user == root && h.granted("/vms", "user."+root) != nil {
				t.Error("a role was granted to root")
			}
		})
	}
}

func TestPastedGrantsGiveWhatIsMissing(t *testing.T) {
	const user, name, id = "berth@pve", "app", "berth@pve!app"
	prepare := map[string]func(h host){
		"nothing was granted": func(host) {},
		"the user was forgotten": func(h host) {
			h.paste(Recipe(id))
			for _, r := range recipe() {
				h.write("acl."+strings.ReplaceAll(r.path, "/", "_")+".user."+user, "")
			}
		},
		"a role has fewer privileges": func(h host) {
			h.paste(Recipe(id))
			h.write("role.BerthGuests", "VM.Audit\n")
			h.write("role.BerthStorage", "Datastore.Audit\n")
		},
		"the user has some": func(h host) {
			h.write("role.Auditor", "VM.Audit\nDatastore.Audit")
			h.write("acl._vms.user."+user, "Auditor\n")
			h.write("acl._storage.user."+user, "Auditor\n")
		},
		"the user has the last, but not the first": func(h host) {
			h.write("role.Some", "VM.Config.Options\nVM.Snapshot\nDatastore.AllocateTemplate")
			h.write("acl._vms.user."+user, "Some\n")
			h.write("acl._storage.user."+user, "Some\n")
		},
		"the user has all but one": func(h host) {
			most := recipe()[0].privileges
			h.write("role.Most", strings.Join(append(most[:4:4], most[5:]...), "\n"))
			h.write("acl._vms.user."+user, "Most\n")
		},
		"the user has one whose name begins like a missing one": func(h host) {
			h.write("role.Like", "VM.Snapshot.Rollback\nVM.Config.Options")
			h.write("acl._vms.user."+user, "Like\n")
		},
		"the token has all, the user nothing": func(h host) {
			for _, r := range recipe() {
				h.write("role."+r.name, strings.Join(r.privileges, "\n")+"\n")
				h.write("acl."+strings.ReplaceAll(r.path, "/", "_")+".token."+id, r.name+"\n")
			}
		},
	}
	for situation, set := range prepare {
		t.Run(situation, func(t *testing.T) {
			h := newHost(t, user)
			h.write("token."+id, "")
			set(h)
			h.paste(Grants(id, missing(h.permissions(user, name))))
			wantAll(t, h.permissions(user, name))
		})
	}
}

// A recipe that was pasted before, in part or with other roles, is pasted again.
func TestTheRecipeOutlivesWhatIsThere(t *testing.T) {
	h := newHost(t, "berth@pve")
	h.write("role.BerthGuests", "VM.Audit\n")
	h.write("acl._vms.user.berth@pve", "BerthGuests\n")
	h.paste(Recipe(defaultTokenID))
	wantAll(t, h.permissions("berth@pve", "app"))
}

func TestAnAdministratorKeepsHerRights(t *testing.T) {
	h := newHost(t, "anna@pam")
	h.write("role.Administrator", strings.Join(recipe()[0].privileges, "\n"))
	h.write("acl._vms.user.anna@pam", "Administrator\n")
	h.paste(Recipe("anna@pam!berth"))
	if got, want := fmt.Sprint(h.granted("/vms", "user.anna@pam")), fmt.Sprint(recipe()[0].privileges); got != want {
		t.Errorf("on /vms she has now %s, want as before %s", got, want)
	}
	wantAll(t, h.permissions("anna@pam", "berth"))
}

func TestNothingMissingNeedsNoGrants(t *testing.T) {
	if got := Grants(defaultTokenID, missing(least())); len(got) != 0 {
		t.Errorf("%q", got)
	}
	if got := Grants(defaultTokenID, []Right{{"Sys.Modify", "/"}}); len(got) != 0 {
		t.Errorf("for a right of no role: %q", got)
	}
}

func TestEveryNeedIsInTheRecipe(t *testing.T) {
	for _, a := range abilities() {
		for _, need := range a.Needs {
			if len(Grants(defaultTokenID, []Right{need})) == 0 {
				t.Errorf("%s needs %v, which no role grants", a.Name, need)
			}
		}
	}
}
