package sim

import (
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Rights maps paths to privileges; all propagate. Those on a path take the place of what it would
// inherit: an empty list hides the path and all below it.
type Rights map[string][]string

// LeastRights returns the rights of a token made by the recipe of the README.
func LeastRights() Rights {
	return Rights{
		"/vms": {"VM.Audit", "VM.Allocate", "VM.PowerMgmt", "VM.Snapshot", "VM.Clone", "VM.Backup",
			"VM.Config.CPU", "VM.Config.Memory", "VM.Config.Disk", "VM.Config.Network", "VM.Config.Options"},
		"/storage":                {"Datastore.Audit", "Datastore.AllocateSpace", "Datastore.AllocateTemplate"},
		"/sdn/zones/localnetwork": {"SDN.Use"},
		"/nodes":                  {"Sys.Audit"},
	}
}

type token struct {
	id     string // user@realm!name
	secret string
	rights Rights
}

// AddToken makes a token (and its user) with rights, and returns its secret.
func (c *Cluster) AddToken(id string, rights Rights) (secret string) {
	b := make([]byte, 16)
	_, _ = rand.Read(b) // never fails
	secret = fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens[id] = &token{id, secret, maps.Clone(rights)}
	return secret
}

// SetRights replaces a token's rights.
func (c *Cluster) SetRights(id string, rights Rights) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tokens[id].rights = maps.Clone(rights)
}

// RevokeToken forgets a token.
func (c *Cluster) RevokeToken(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.tokens, id)
}

// refusedToken is pveproxy's message for a token that it does not accept. It comes after Config.Refusal.
const refusedToken = "Authentication failed!"

// authenticate finds the token of an Authorization header.
func (c *Cluster) authenticate(header string) (*token, *failure) {
	if header == "" {
		return nil, &failure{status: http.StatusUnauthorized, message: "No ticket", empty: true}
	}
	credentials, ok := strings.CutPrefix(header, "PVEAPIToken=")
	i := strings.LastIndex(credentials, "=")
	if ok && i > 0 {
		if t := c.tokens[credentials[:i]]; t != nil && t.secret == credentials[i+1:] {
			return t, nil
		}
	}
	return nil, &failure{status: http.StatusUnauthorized, message: refusedToken, empty: true}
}

// has tells whether a token has a privilege on a path: the nearest path above it that is granted decides.
func (t *token) has(at, privilege string) bool {
	for {
		if privileges, ok := t.rights[at]; ok {
			return slices.Contains(privileges, privilege)
		}
		if at == "/" {
			return false
		}
		at = path.Dir(at)
	}
}

// hasOnGuest is has for a guest: rights on its pool count too.
func (t *token) hasOnGuest(g *guest, privilege string) bool {
	return t.has(guestPath(g.VMID), privilege) || g.Pool != "" && t.has("/pool/"+g.Pool, privilege)
}

func guestPath(vmid int) string { return "/vms/" + strconv.Itoa(vmid) }

// namedAlways lists the paths that /access/permissions names even where they only inherit.
var namedAlways = []string{"/", "/access", "/access/groups", "/nodes", "/pool", "/sdn", "/storage", "/vms"}

// permissions makes the answer of /access/permissions (get_effective_permissions in pve-access-control): the token's
// privileges on the top-level paths, on those that something is granted on, and on the members of pools. The value of
// one that a member has by its pool is 0, not propagated; a path without any privilege is left out.
func (c *Cluster) permissions(t *token) map[string]map[string]int {
	all := make(map[string]map[string]int)
	name := func(at string) map[string]int {
		if all[at] == nil {
			all[at] = t.inherited(at)
		}
		return all[at]
	}
	for _, at := range namedAlways {
		name(at)
	}
	for at := range t.rights {
		name(at)
	}
	for vmid, g := range c.guests {
		if g.Pool == "" {
			continue
		}
		own := name(guestPath(vmid))
		for p := range t.inherited("/pool/" + g.Pool) {
			if _, has := own[p]; !has {
				own[p] = 0
			}
		}
	}
	maps.DeleteFunc(all, func(_ string, privileges map[string]int) bool { return len(privileges) == 0 })
	return all
}

// inherited returns the privileges on a path, each as propagated: those of the nearest path, itself or above it, that
// something is granted on.
func (t *token) inherited(at string) map[string]int {
	all := make(map[string]int)
	for ; ; at = path.Dir(at) {
		privileges, granted := t.rights[at]
		for _, p := range privileges {
			all[p] = 1
		}
		if granted || at == "/" {
			return all
		}
	}
}

// needs makes the allow of a route: it checks a privilege on a path, in which {names} stand for the call's parameters.
func needs(at, privilege string) func(*request) *failure {
	return func(q *request) *failure {
		if strings.Contains(at, "{vmid}") {
			return q.onGuest(privilege)
		}
		p := at
		for name, value := range q.params {
			p = strings.ReplaceAll(p, "{"+name+"}", value)
		}
		if !q.token.has(p, privilege) {
			return forbidden(p, privilege)
		}
		return nil
	}
}

// onGuest checks the token's privilege on the call's guest, which need not exist.
func (q *request) onGuest(privilege string) *failure {
	vmid, _ := strconv.Atoi(q.params["vmid"]) // one that is no number is found by the schema
	g := q.cluster.guests[vmid]
	if g == nil {
		g = &guest{Guest: Guest{VMID: vmid}}
	}
	if !q.token.hasOnGuest(g, privilege) {
		return forbidden(guestPath(vmid), privilege)
	}
	return nil
}
