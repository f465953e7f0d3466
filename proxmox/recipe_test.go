package proxmox

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestRecipe(t *testing.T) {
	want := `pveum role add BerthGuests -privs 'VM.Audit VM.Allocate VM.PowerMgmt VM.Snapshot VM.Clone VM.Backup VM.Config.CPU VM.Config.Memory VM.Config.Disk VM.Config.Network VM.Config.Options' 2>/dev/null || pveum role modify BerthGuests -append 1 -privs 'VM.Audit VM.Allocate VM.PowerMgmt VM.Snapshot VM.Clone VM.Backup VM.Config.CPU VM.Config.Memory VM.Config.Disk VM.Config.Network VM.Config.Options'
pveum role add BerthStorage -privs 'Datastore.Audit Datastore.AllocateSpace Datastore.AllocateTemplate' 2>/dev/null || pveum role modify BerthStorage -append 1 -privs 'Datastore.Audit Datastore.AllocateSpace Datastore.AllocateTemplate'
pveum role add BerthNetwork -privs SDN.Use 2>/dev/null || pveum role modify BerthNetwork -append 1 -privs SDN.Use
pveum role add BerthHost -privs Sys.Audit 2>/dev/null || pveum role modify BerthHost -append 1 -privs Sys.Audit
pveum user list --output-format json | grep -qF '"userid":"berth@pve"' || pveum user add berth@pve
secret=$(pveum user token add berth@pve app --privsep 1 --output-format json | sed -n 's/.*"value" *: *"\([^"]*\)".*/\1/p')
pveum acl modify /vms --roles BerthGuests --tokens 'berth@pve!app'
[ $(pveum user permissions berth@pve --path /vms | tr -cs A-Za-z. '\n' | sort -u | grep -cxF -e VM.Audit -e VM.Allocate -e VM.PowerMgmt -e VM.Snapshot -e VM.Clone -e VM.Backup -e VM.Config.CPU -e VM.Config.Memory -e VM.Config.Disk -e VM.Config.Network -e VM.Config.Options) -eq 11 ] || pveum acl modify /vms --roles BerthGuests --users berth@pve
pveum acl modify /storage --roles BerthStorage --tokens 'berth@pve!app'
[ $(pveum user permissions berth@pve --path /storage | tr -cs A-Za-z. '\n' | sort -u | grep -cxF -e Datastore.Audit -e Datastore.AllocateSpace -e Datastore.AllocateTemplate) -eq 3 ] || pveum acl modify /storage --roles BerthStorage --users berth@pve
pveum acl modify /sdn/zones/localnetwork --roles BerthNetwork --tokens 'berth@pve!app'
[ $(pveum user permissions berth@pve --path /sdn/zones/localnetwork | tr -cs A-Za-z. '\n' | sort -u | grep -cxF -e SDN.Use) -eq 1 ] || pveum acl modify /sdn/zones/localnetwork --roles BerthNetwork --users berth@pve
pveum acl modify /nodes --roles BerthHost --tokens 'berth@pve!app'
[ $(pveum user permissions berth@pve --path /nodes | tr -cs A-Za-z. '\n' | sort -u | grep -cxF -e Sys.Audit) -eq 1 ] || pveum acl modify /nodes --roles BerthHost --users berth@pve
printf '\nToken ID  %s\nSecret    %s\n' 'berth@pve!app' "${secret:-shown when the token was made, and only then}"`
	for _, id := range []string{"berth@pve!app", "", "no token", "; rm -rf /"} {
		if got := strings.Join(Recipe(id), "\n"); got != want {
			t.Errorf("Recipe(%q)\n got %s\nwant %s", id, got, want)
		}
	}
}

func TestTheREADMEHasTheRecipeOfThePage(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "```sh\n" + strings.Join(Recipe(defaultTokenID), "\n") + "\n```\n"; !strings.Contains(string(readme), want) {
		t.Errorf("README.md lacks\n%s", want)
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
	[ "$3 $6 $7 $8 $9" = "add --privsep 1 --output-format json" ] || die usage
	[ -e "token.$4!$5" ] && die "Token '$5' already exists."
	: >"token.$4!$5"
	printf '{"full-tokenid":"%s!%s","info":{"privsep":"1"},"value":"2f6e8a1c-0000-4000-8000-5d1b7c9e3a42"}\n' "$4" "$5" ;;
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

// host stands for a host's shell, for commands to be pasted into: dir holds the stand-in pveum and its state.
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

// paste runs lines, and returns what they print.
func (h host) paste(lines []string) string {
	h.t.Helper()
	cmd := exec.Command("sh", "-s")
	cmd.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	cmd.Env = []string{"PATH=" + h.dir + string(os.PathListSeparator) + os.Getenv("PATH"), "STATE=" + h.dir}
	out, err := cmd.CombinedOutput()
	if err != nil {
		h.t.Fatalf("%v: %s", err, out)
	}
	return string(out)
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

// permissions returns the rights that a privilege-separated token then has: those that both it and its user have.
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
			printed := h.paste(Recipe(id))
			if want := "\nToken ID  " + id + "\nSecret    2f6e8a1c-0000-4000-8000-5d1b7c9e3a42\n"; !strings.HasSuffix(printed, want) {
				t.Errorf("it printed %q, want at the end %q", printed, want)
			}
			wantAll(t, h.permissions(user, name))
			if again := h.paste(Recipe(id)); !strings.HasSuffix(again, "\nSecret    shown when the token was made, and only then\n") {
				t.Errorf("pasted again it printed %q", again)
			}
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
