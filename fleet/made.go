package fleet

import (
	"errors"
	"net/netip"
	"slices"

	"berth/jobs"
	"berth/proxmox"
	"berth/store"
)

// MadeBy returns the container that a create job made, without asking its node: as the host told of it after the job's end,
// else as the job left it. false where the VMID has another container now, or none.
func (f *Fleet) MadeBy(n store.Node, j store.Job) (c Container, is bool, err error) {
	maker, err := f.store.JobThatMade(j.UserID, n.Scope, j.VMID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Container{}, false, nil
	case err != nil || maker.ID != j.ID:
		return Container{}, false, err
	}
	c, known, err := f.asKnown(n, j.VMID)
	if err != nil {
		return Container{}, false, err
	}
	if !known || c.Seen.Before(j.Ended) {
		c = asLeft(n, j, c.Links)
	}
	c.Fresh = true
	if len(c.Addresses) == 0 {
		c.Addresses = prefixesOf(j.Addresses)
	}
	return c, true, nil
}

// asLeft is a container as the job that made it left it: it runs where the job came to start it.
func asLeft(n store.Node, j store.Job, links store.Links) Container {
	left := Container{NodeID: n.ID, NodeName: n.Name, Links: links}
	left.VMID, left.Name, left.Status = j.VMID, j.Name, proxmox.GuestStopped
	if slices.ContainsFunc(j.Steps, func(s store.JobStep) bool { return s.Name == jobs.StepStart && s.State == store.StepDone }) {
		left.Status = proxmox.GuestRunning
	}
	return left
}

// prefixesOf are the addresses that a job found.
func prefixesOf(addresses []string) []netip.Prefix {
	var all []netip.Prefix
	for _, text := range addresses {
		if a, err := netip.ParseAddr(text); err == nil {
			all = append(all, netip.PrefixFrom(a, a.BitLen()))
		}
	}
	return all
}
