package proxmox

// Permissions are a token's rights: path to privilege. Proxmox propagates a
// right to what lies below its path when the value says so.
type Permissions map[string]map[string]bool

// Has tells whether the privilege holds on path, by itself or by a propagated right above it.
func (p Permissions) Has(path, privilege string) bool { panic("unwritten") }

// Ability is one line of the rights table: what a token can do and what stands in the way.
type Ability struct {
	Name    string // "see", "create", "power", "delete", "snapshot", "fetch", "host"
	OK      bool
	Missing []Right // empty when OK
	Needs   []Right // all that it takes
}

// Right is a privilege on a path.
type Right struct{ Privilege, Path string }

// Abilities judges p for the work that Berth does, on the least-rights recipe's paths.
func (p Permissions) Abilities() []Ability { panic("unwritten") }

// Recipe is the list of pveum commands that make a least-rights user and token, one a line.
func Recipe(tokenID string) []string { panic("unwritten") }

// Grants is the list of pveum commands that give the missing rights to both the token and its user.
func Grants(tokenID string, missing []Right) []string { panic("unwritten") }
