package jobs_test

import (
	"bytes"
	"testing"

	"berth/pct"
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
	h.reach(h.hostOf(server))
	h.cutOff = server.Drop
	return h, server
}

// hostOf is the way to a simulated SSH server, with the key that it has now.
func (h *house) hostOf(server *sim.SSH) *pct.Host {
	h.t.Helper()
	host := pct.NewHost(pct.HostConfig{Addr: server.Addr, User: "root", Key: newSigner(h.t), HostKey: server.HostKey()})
	h.t.Cleanup(func() { mustNot(h.t, host.Close()) })
	return host
}

// inside runs a program in a container, apart from every job, and returns what it says.
func (h *house) inside(vmid int, program string) string {
	h.t.Helper()
	var out, errs bytes.Buffer
	exit, err := h.ssh.Run(h.t.Context(), pct.Run{ID: "test", VMID: vmid, Script: program, Limit: testPatience, Stdout: &out, Stderr: &errs})
	if err != nil || exit != 0 {
		h.t.Fatalf("in container %d: exit %d, %v\n%s", vmid, exit, err, errs.String())
	}
	return out.String()
}
