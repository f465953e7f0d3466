package store

// Ref names a container: Berth's ID of its node, and its VMID. Of itself it says nothing of whose it is. What Proxmox
// calls a member of a cluster is Node.Member, and no part of it.
type Ref struct {
	NodeID string
	VMID   int
}
