package proxmox

import (
	"context"
	"maps"
	"net/http"
	"sync"
	"time"
)

// Probed is the result of a Probe: what the form for a node shows, and the node keeps.
type Probed struct {
	Version     Version
	Certificate Certificate // that the host presented
	Member      string      // the host's own name in Proxmox; empty when it cannot be told which of Members it is
	Members     []Member    // all of the cluster; the host alone when it is in none
	Cluster     string      // the cluster's name, where the token may read it
	Permissions Permissions
	Machines    []int         // the virtual machines that the token sees
	Latency     time.Duration // of the version call, with the connection it needed
}

// Probe tries a host step by step: name, port, TLS, is it Proxmox, token,
// which node, rights. Its error is an *Error whose Kind names the step that failed;
// a token without any right is no error, Permissions is empty then.
func Probe(ctx context.Context, cfg Config) (Probed, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	c := New(cfg)
	defer c.Close()

	// The first call goes through all steps up to the token: it is the same as
	// Version, with the certificate. The rest is asked side by side.
	var p Probed
	begin := c.calls.now()
	a, certificate, err := c.exchange(ctx, http.MethodGet, "/version", nil)
	if err != nil {
		return Probed{}, err
	}
	p.Latency = c.calls.now().Sub(begin)
	if p.Version, err = a.version(); err != nil {
		return Probed{}, err
	}
	p.Certificate = certificate

	var (
		status                              ClusterStatus
		nodesErr, statusErr, permissionsErr error
		asked                               sync.WaitGroup
	)
	asked.Go(func() { p.Members, nodesErr = c.nodes(ctx) })
	asked.Go(func() { status, statusErr = c.ClusterStatus(ctx) })
	asked.Go(func() { p.Permissions, permissionsErr = c.Permissions(ctx) })
	asked.Go(func() { p.Machines = c.machines(ctx) })
	asked.Wait()
	if KindOf(statusErr) == KindForbidden {
		statusErr = nil // as expected of a token of least rights
	}
	for _, err := range []error{nodesErr, statusErr, permissionsErr} {
		if err != nil {
			return Probed{}, err
		}
	}
	p.Cluster = status.Name
	p.Member = localMember(status, p.Members, certificate)
	return p, nil
}

// machines lists the VMIDs of the virtual machines that the token sees; none when the host does not tell.
func (c *Client) machines(ctx context.Context) []int {
	r, err := c.Resources(ctx)
	if err != nil {
		return nil
	}
	var vmids []int
	for _, g := range r.Guests {
		if g.Type == TypeMachine {
			vmids = append(vmids, g.VMID)
		}
	}
	return vmids
}

// Abilities judges the token for the work that Berth does. Rights on single virtual machines do not count.
func (p Probed) Abilities() []Ability {
	rights := maps.Clone(p.Permissions)
	for _, vmid := range p.Machines {
		delete(rights, guestPath(vmid))
	}
	return rights.abilities()
}

// localMember finds the member that answered: the one that /cluster/status marks
// as local, else the one whose certificate was presented, else the only one; ""
// when none of these tells.
func localMember(status ClusterStatus, members []Member, presented Certificate) string {
	for _, m := range status.members {
		if m.Local {
			return m.Name
		}
	}
	var same []string
	for _, m := range members {
		if m.Fingerprint == presented.Fingerprint {
			same = append(same, m.Name)
		}
	}
	if len(same) == 1 { // a certificate for a whole domain may be on all of them
		return same[0]
	}
	if len(members) == 1 {
		return members[0].Name
	}
	return ""
}
