package jobs_test

import (
	"testing"

	"berth/proxmox"
	"berth/proxmox/sim"
)

// newSimHouse is a house whose simulated host serves SSH too, so that the containers that
// a job makes through the API are those that it is led into. host is the way there.
func newSimHouse(t *testing.T) (*house, *sim.SSH) {
	t.Helper()
	h := newHouse(t)
	server, err := h.cluster.ServeSSH(testMember)
	mustNot(t, err)
	server.AllowAny()
	host := proxmox.NewHost(proxmox.HostConfig{Addr: server.Addr, User: "root", Key: newSigner(t), HostKey: server.HostKey()})
	t.Cleanup(func() { mustNot(t, host.Close()) })
	h.reach(host)
	return h, server
}
