package proxmox

import (
	"slices"
	"strconv"
	"strings"

	"berth/proxmox/shell"
)

// role is one that the recipe makes, and where it grants it.
type role struct {
	name       string
	path       string
	privileges []string
}

// make is the command that makes the role, or gives it what it lacks where there is one of that name.
func (r role) make() string {
	privileges := strings.Join(r.privileges, " ")
	return shell.QuoteLine("pveum", "role", "add", r.name, "-privs", privileges) + " 2>/dev/null || " +
		shell.QuoteLine("pveum", "role", "modify", r.name, "-append", "1", "-privs", privileges)
}

// grant is the commands that give the role on path to a token and to its user.
//
// A user who has all of its privileges there already is left alone: granted
// there, the role would take the place of what an administrator inherits from
// above. One who has some of them gets it. To root@pam nothing can be granted,
// and nothing needs to be.
func (r role) grant(path, user, name string) []string {
	acl := []string{"pveum", "acl", "modify", path, "--roles", r.name}
	lines := []string{shell.QuoteLine(append(acl, "--tokens", user+"!"+name)...)}
	if user == root {
		return lines
	}
	count := []string{"grep", "-cxF"}
	for _, x := range r.privileges {
		count = append(count, "-e", x)
	}
	// pveum draws a table: its words are put one on a line, and those counted that are privileges of the role.
	return append(lines, "[ $("+shell.QuoteLine("pveum", "user", "permissions", user, "--path", path)+
		" | tr -cs A-Za-z. '\\n' | sort -u | "+shell.QuoteLine(count...)+") -eq "+strconv.Itoa(len(r.privileges))+
		" ] || "+shell.QuoteLine(append(acl, "--users", user)...))
}

// recipe is the least that all of Berth takes.
func recipe() []role {
	return []role{
		{"BerthGuests", pathGuests, []string{
			"VM.Audit", "VM.Allocate", "VM.PowerMgmt", "VM.Snapshot", "VM.Clone", "VM.Backup",
			"VM.Config.CPU", "VM.Config.Memory", "VM.Config.Disk", "VM.Config.Network", "VM.Config.Options",
		}},
		{"BerthStorage", pathStorage, []string{"Datastore.Audit", "Datastore.AllocateSpace", "Datastore.AllocateTemplate"}},
		{"BerthNetwork", pathNetwork, []string{"SDN.Use"}},
		{"BerthHost", pathHosts, []string{"Sys.Audit"}},
	}
}

// root is the one user who may do everything.
const root = "root@pam"

// defaultTokenID is what the recipe makes when no usable ID was typed.
const defaultTokenID = "berth@pve!app"

// splitOrDefault is SplitTokenID with defaultTokenID for what it refuses.
func splitOrDefault(tokenID string) (user, name string) {
	user, name, ok := SplitTokenID(tokenID)
	if !ok {
		user, name, _ = SplitTokenID(defaultTokenID)
	}
	return user, name
}

// Recipe is the list of pveum commands that make a least-rights user and token,
// one a line, for the shell of the host. A tokenID that is none stands for
// berth@pve!app. The output of "token add" holds the secret, once. Roles and a
// user that are there already, whole or in part, stand in no way.
//
// The token is privilege-separated: it may do what both it and its user may,
// so both get each role.
func Recipe(tokenID string) []string {
	user, name := splitOrDefault(tokenID)
	var lines []string
	for _, r := range recipe() {
		lines = append(lines, r.make())
	}
	if user != root {
		lines = append(lines, shell.QuoteLine("pveum", "user", "list", "--output-format", "json")+
			" | "+shell.QuoteLine("grep", "-qF", `"userid":"`+user+`"`)+
			" || "+shell.QuoteLine("pveum", "user", "add", user))
	}
	lines = append(lines, shell.QuoteLine("pveum", "user", "token", "add", user, name, "--privsep", "1"))
	for _, r := range recipe() {
		lines = append(lines, r.grant(r.path, user, name)...)
	}
	return lines
}

// Grants is the list of pveum commands that give the missing rights to both the
// token and its user, one a line, for the shell of the host, to be pasted once.
// A missing right that no role of the recipe has is left out.
//
// The whole role is granted, not the missing privilege alone, because what is
// granted on a path takes the place of what the token inherited there.
func Grants(tokenID string, missing []Right) []string {
	user, name := splitOrDefault(tokenID)
	var lines []string
	for _, r := range recipe() {
		var paths []string
		for _, m := range missing {
			if slices.Contains(r.privileges, m.Privilege) && r.fits(m.Path) && !slices.Contains(paths, m.Path) {
				paths = append(paths, m.Path)
			}
		}
		if len(paths) == 0 {
			continue
		}
		lines = append(lines, r.make())
		for _, path := range paths {
			lines = append(lines, r.grant(path, user, name)...)
		}
	}
	return lines
}

// fits tells whether the role can be granted on path: its own, below that, or a pool.
func (r role) fits(path string) bool {
	return path == r.path || strings.HasPrefix(path, r.path+"/") || strings.HasPrefix(path, pathPools+"/")
}

// RemoveToken is the pveum command that takes a token away, for the shell of the host.
func RemoveToken(tokenID string) string {
	user, name := splitOrDefault(tokenID)
	return shell.QuoteLine("pveum", "user", "token", "remove", user, name)
}
