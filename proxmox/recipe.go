package proxmox

import (
	"slices"
	"strings"
)

// role is one that the recipe makes, and where it grants it.
type role struct {
	name       string
	path       string
	privileges []string
}

// command is the one that makes or changes the role.
func (r role) command(verb string, options ...string) string {
	words := append([]string{"pveum", "role", verb, r.name}, options...)
	return quoteLine(append(words, "-privs", strings.Join(r.privileges, " "))...)
}

// grant is the commands that give the role to a token and to its user.
//
// A user who has privilege on the path already is left alone: granted there,
// the role would take the place of what an administrator inherits from above.
// To root@pam nothing can be granted, and nothing needs to be.
func (r role) grant(user, name, privilege string) []string {
	acl := []string{"pveum", "acl", "modify", r.path, "--roles", r.name}
	lines := []string{quoteLine(append(acl, "--tokens", user+"!"+name)...)}
	if user == root {
		return lines
	}
	return append(lines, quoteLine("pveum", "user", "permissions", user, "--path", r.path)+
		" | "+quoteLine("grep", "-qF", privilege)+
		" || "+quoteLine(append(acl, "--users", user)...))
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
// berth@pve!app. The output of "token add" holds the secret, once.
//
// The token is privilege-separated: it may do what both it and its user may,
// so both get each role.
func Recipe(tokenID string) []string {
	user, name := splitOrDefault(tokenID)
	var lines []string
	for _, r := range recipe() {
		lines = append(lines, r.command("add"))
	}
	if user != root {
		lines = append(lines, quoteLine("pveum", "user", "add", user))
	}
	lines = append(lines, quoteLine("pveum", "user", "token", "add", user, name, "--privsep", "1"))
	for _, r := range recipe() {
		lines = append(lines, r.grant(user, name, r.privileges[len(r.privileges)-1])...)
	}
	return lines
}

// Grants is the list of pveum commands that give the missing rights to both the
// token and its user, one a line, for the shell of the host. A missing right
// that no role of the recipe has is left out.
//
// The whole role is granted, not the missing privilege alone, because what is
// granted on a path takes the place of what the token inherited there.
func Grants(tokenID string, missing []Right) []string {
	user, name := splitOrDefault(tokenID)
	var lines []string
	for _, r := range recipe() {
		i := slices.IndexFunc(missing, func(m Right) bool {
			return m.Path == r.path && slices.Contains(r.privileges, m.Privilege)
		})
		if i < 0 {
			continue
		}
		// The role may be there, whole or with fewer privileges, or not at all.
		lines = append(lines, r.command("modify", "-append", "1")+" || "+r.command("add"))
		lines = append(lines, r.grant(user, name, missing[i].Privilege)...)
	}
	return lines
}

// RemoveToken is the pveum command that takes a token away, for the shell of the host.
func RemoveToken(tokenID string) string {
	user, name := splitOrDefault(tokenID)
	return quoteLine("pveum", "user", "token", "remove", user, name)
}
