package proxmox

import (
	"slices"
	"strconv"
	"strings"

	"berth/proxmox/shell"
)

// A role that the recipe makes, and the path that it grants it on.
type role struct {
	name       string
	path       string
	privileges []string
}

// make returns the command that makes the role, or adds the missing privileges to one of that name.
func (r role) make() string {
	privileges := strings.Join(r.privileges, " ")
	return shell.QuoteLine("pveum", "role", "add", r.name, "-privs", privileges) + " 2>/dev/null || " +
		shell.QuoteLine("pveum", "role", "modify", r.name, "-append", "1", "-privs", privileges)
}

// grant returns the commands that give the role on path to a token and to its user.
//
// The command for the user checks on the host first, and leaves one alone who has
// all of the role's privileges there: granted on this path, the role would replace
// what an administrator inherits from above. A user who lacks any of them gets it.
// root@pam is left out: nothing can be granted to it, and nothing needs to be.
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

// recipe lists the roles of a token of least rights: with less, some part of Berth does not work.
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

// defaultTokenID is the token that the recipe makes when no usable ID was typed.
const defaultTokenID = "berth@pve!app"

// splitOrDefault is SplitTokenID, with defaultTokenID in place of an ID that it refuses.
func splitOrDefault(tokenID string) (user, name string) {
	user, name, ok := SplitTokenID(tokenID)
	if !ok {
		user, name, _ = SplitTokenID(defaultTokenID)
	}
	return user, name
}

// Recipe returns the pveum commands that make a least-rights user and token, one
// a line, to be pasted into a shell of the host. A tokenID that is not valid is
// replaced by berth@pve!app. What it prints last is the token's ID and its secret, which Proxmox shows once.
// Roles and a user that exist already, whole or in part, do no harm.
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
	lines = append(lines, "secret=$("+shell.QuoteLine("pveum", "user", "token", "add", user, name, "--privsep", "1", "--output-format", "json")+
		" | "+shell.QuoteLine("sed", "-n", `s/.*"value" *: *"\([^"]*\)".*/\1/p`)+")")
	for _, r := range recipe() {
		lines = append(lines, r.grant(r.path, user, name)...)
	}
	return append(lines, shell.QuoteLine("printf", `\nToken ID  %s\nSecret    %s\n`, user+"!"+name)+
		` "${secret:-shown when the token was made, and only then}"`)
}

// Grants returns the pveum commands that give the missing rights to both the
// token and its user, one a line, to be pasted into a shell of the host. A
// missing right that no role of the recipe has is left out.
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

// fits tells whether the role may be granted on path: its own path, one below that, or a pool.
func (r role) fits(path string) bool {
	return path == r.path || strings.HasPrefix(path, r.path+"/") || strings.HasPrefix(path, pathPools+"/")
}

// RemoveToken returns the pveum command that removes a token, for a shell of the host.
func RemoveToken(tokenID string) string {
	user, name := splitOrDefault(tokenID)
	return shell.QuoteLine("pveum", "user", "token", "remove", user, name)
}
