package store

// Ref names a container: Berth's ID of its node, and its VMID. It does not say whose the node is: callers check that.
// Proxmox's name of the host is Node.Member, and no part of it.
type Ref struct {
	NodeID string
	VMID   int
}

// Ref names a container of the node.
func (n Node) Ref(vmid int) Ref { return Ref{NodeID: n.ID, VMID: vmid} }

// Ref names the container that the job is about.
func (j Job) Ref() Ref { return Ref{NodeID: j.NodeID, VMID: j.VMID} }
