package handlers

import (
	"net/netip"
	"strings"

	"berth/fleet"
	"berth/handlers/web"
	"berth/jobs"
	"berth/proxmox"
	"berth/store"
	"berth/views"
	"berth/views/cards"
)

// ready is the container that a create job has made, with what a person wants of it next. It asks no node: what is newer than
// the job counts, else what the job itself found. The zero Ready where the node or the container is gone.
func (a *site) ready(j store.Job, provision store.Provision) (views.Ready, error) {
	n, err := a.Store.Node(j.UserID, j.NodeID)
	if web.IsNotFound(err) {
		return views.Ready{}, nil
	}
	if err != nil {
		return views.Ready{}, err
	}
	if maker, err := a.Store.JobThatMade(j.UserID, n.Scope, j.VMID); maker.ID != j.ID {
		return views.Ready{}, notFoundIsNone(err) // it is another container now, or none
	}
	ct, known, err := a.Fleet.AsKnown(n, j.VMID)
	if err != nil {
		return views.Ready{}, err
	}
	if !known || ct.Seen.Before(j.Ended) {
		ct = asMade(n, j, ct)
	}
	ct.Fresh = true
	if len(ct.Addresses) == 0 {
		ct.Addresses = prefixesOf(j.Addresses)
	}
	return views.Ready{Card: cards.New(ct, nil, a.Now()), Login: leavesLogin(provision)}, nil
}

func notFoundIsNone(err error) error {
	if web.IsNotFound(err) {
		return nil
	}
	return err
}

// asMade is a container as its job left it, with the links of ct.
func asMade(n store.Node, j store.Job, ct fleet.Container) fleet.Container {
	made := fleet.Container{NodeID: n.ID, NodeName: n.Name, Links: ct.Links}
	made.VMID, made.Name, made.Status = j.VMID, j.Name, proxmox.GuestStopped
	if jobs.CreationOf(j).Start {
		made.Status = proxmox.GuestRunning
	}
	return made
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

// leavesLogin tells whether a script of a template leaves credentials in its container: by the helper for that, or in one of
// the folders where they are looked for.
func leavesLogin(provision store.Provision) bool {
	for _, s := range provision.Scripts {
		for _, mark := range []string{"save_credential", "/berth/credentials", "/infrahaus/credentials"} {
			if strings.Contains(s.Content, mark) {
				return true
			}
		}
	}
	return false
}
