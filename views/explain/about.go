package explain

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"berth/proxmox"
	"berth/store"
)

// about is what a message is about, as its sentences name it: within one, and at its beginning.
type about struct {
	it, It               string
	container, Container string
	node, Node           string
	host                 string // the node's address, as typed
	address              string // with its port
	member               string // the node's name in Proxmox
}

// name sets what a node is called in the words about an error of it, which may be nil.
func (a *about) name(n store.Node, e *proxmox.Error) {
	a.node = cmp.Or(n.Name, n.Host)
	a.Node = a.node
	if a.node == "" {
		a.node, a.Node = "the node", "The node"
	}
	a.address = a.Node
	if n.Host != "" {
		a.address = fmt.Sprintf("%s on port %d", n.Host, n.Port)
	}
	if e == nil {
		return
	}
	if address, overSSH := e.OverSSH(); overSSH && address != "" {
		a.address = address
	}
}

// values are what stands for the names in the texts of the table.
func (a about) values(m store.Message) map[string]string {
	return map[string]string{
		"it": a.it, "It": a.It, "container": a.container, "Container": a.Container,
		"node": a.node, "Node": a.Node, "host": cmp.Or(a.host, a.node), "address": a.address,
		"own": cmp.Or(a.member, "that"), "name": m.Name, "vmid": number(m.VMID), "VMID": cmp.Or(number(m.VMID), "VMID"),
		"said": Said(m.Said), "says": says(m.Said), "right": m.Right, "path": m.Path, "lock": cmp.Or(m.Lock, "the host does not say why"), "status": number(m.Status),
		"service": m.Service, "restart": m.Restart, "member": a.memberOf(m),
	}
}

// memberOf is the member of the cluster that a message is about, by its name in Berth where it is the node itself.
func (a about) memberOf(m store.Message) string {
	if m.Member == "" || m.Member == a.member {
		return a.node
	}
	return m.Member
}

// Said is what somebody else said, on one line and without a full stop, as a sentence of ours goes around it.
func Said(s string) string {
	return strings.TrimRight(strings.Join(strings.Fields(s), " "), ". ")
}

// says is a sentence with what somebody else said.
func says(words string) string {
	if words = Said(words); words == "" {
		return "It gave no reason."
	}
	return "It says: " + words + "."
}

// number writes n; "" for 0, which is none.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}
