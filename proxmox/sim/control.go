package sim

import "strings"

// Changes inside of containers, for tests.

// RunService adds a running service to a container, which listens on a port if that is not 0.
func (c *Cluster) RunService(vmid int, name, description string, port int) {
	c.within(vmid, func(b *box) {
		b.set(unit{name: name, active: true, enabled: true, description: description, port: port})
	})
}

// StopService ends a container's service, which closes its port.
func (c *Cluster) StopService(vmid int, name string) {
	c.within(vmid, func(b *box) { b.service(name, func(u *unit) { u.active = false }) })
}

// FailService adds a service that failed with an exit status.
func (c *Cluster) FailService(vmid int, name, description string, exit int) {
	c.within(vmid, func(b *box) { b.set(unit{name: name, enabled: true, description: description, exit: exit}) })
}

// WriteLog adds lines to the log of a container's service, with nothing put before them.
func (c *Cluster) WriteLog(vmid int, service string, lines ...string) {
	c.within(vmid, func(b *box) {
		if b.os.systemd() {
			b.beginLog(service)
		}
		b.write(b.logOf(service), strings.Join(lines, "\n")+"\n", true)
	})
}

// WriteFile puts a file into a container.
func (c *Cluster) WriteFile(vmid int, name, content string) {
	c.within(vmid, func(b *box) { b.write(name, content, false) })
}

// Runs counts the programs that run in a container in sessions of their own, for tests that expect one to go on or to
// have ended.
func (c *Cluster) Runs(vmid int) (n int) {
	c.within(vmid, func(b *box) {
		b.mu.Lock()
		defer b.mu.Unlock()
		for _, r := range b.runs {
			if !r.ended {
				n++
			}
		}
	})
	return n
}

// SetTagColours sets the color-map of the datacenter's tag-style: "media:1a5fb4;infra:ffd166:000000".
func (c *Cluster) SetTagColours(colorMap string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.colorMap = colorMap
}

// SetAddress gives a running container another address by DHCP.
func (c *Cluster) SetAddress(vmid int, cidr string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g := c.guests[vmid]; g != nil {
		g.Address = cidr
	}
}

// within calls do with the inside of a running container, and does nothing for any other.
func (c *Cluster) within(vmid int, do func(*box)) {
	c.mu.Lock()
	g := c.guests[vmid]
	c.mu.Unlock()
	if g == nil {
		return
	}
	if b, _, _ := c.inside(g.Node, vmid); b != nil {
		do(b)
	}
}
