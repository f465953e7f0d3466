package store

import "context"

// VMIDs is the cache of taken VMIDs, a Redis SET for each scope. An error of its
// methods means that Redis is out of reach; the caller then asks Proxmox.
type VMIDs struct{}

// OpenVMIDs connects to the Redis at url, or, when url is empty, starts an embedded one in this process, which opens no port.
func OpenVMIDs(url string) (*VMIDs, error) { panic("unwritten") }

// Close ends the connection and the embedded Redis.
func (v *VMIDs) Close() error { panic("unwritten") }

// Taken tells whether the scope's set is known, and if so whether it has vmid.
func (v *VMIDs) Taken(ctx context.Context, scope string, vmid int) (known, taken bool, err error) {
	panic("unwritten")
}

// Replace sets the scope's taken VMIDs for five minutes.
func (v *VMIDs) Replace(ctx context.Context, scope string, vmids []int) error { panic("unwritten") }

// Drop forgets the scope's set.
func (v *VMIDs) Drop(ctx context.Context, scope string) error { panic("unwritten") }
