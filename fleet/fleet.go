// Package fleet holds the live picture of each user's containers on all nodes:
// one poller a scope however many look, and none when nobody does.
package fleet

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"berth/proxmox"
	"berth/store"
)

// Interval is how often a scope is asked while someone looks.
const Interval = 10 * time.Second

// Config of a Fleet.
type Config struct {
	Store *store.Store
	VMIDs *store.VMIDs
	Clock Clock        // nil: the real one
	Log   *slog.Logger // nil: discarded
}

// Clock is passed in by tests.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time
}

// Fleet is safe for concurrent use.
type Fleet struct{}

// New returns a Fleet that asks nobody yet.
func New(cfg Config) *Fleet { panic("unwritten") }

// Close ends all polling, waits for it, and keeps the last pictures.
func (f *Fleet) Close() error { panic("unwritten") }

// Client returns the shared client of a node.
func (f *Fleet) Client(nodeID string) (*proxmox.Client, store.Node, error) { panic("unwritten") }

// NodeChanged makes the next call use the node's new settings and asks the scope again; call it after add, update and delete.
func (f *Fleet) NodeChanged(nodeID string) { panic("unwritten") }

// GuestsChanged drops the scope's VMIDs and asks it again soon, if someone looks; jobs call it after each create, delete and change of state.
func (f *Fleet) GuestsChanged(nodeID string) { panic("unwritten") }

// NoteAddresses remembers a container's live addresses.
func (f *Fleet) NoteAddresses(nodeID string, vmid int, addrs []netip.Prefix) { panic("unwritten") }

// Picture of all nodes of a user, from what is known. Scopes that answered the
// last time and have not been asked for Interval are asked first, for at most
// FirstLook in all; a node that does not answer delays nothing.
func (f *Fleet) Picture(ctx context.Context, userID string) (Picture, error) { panic("unwritten") }

// FirstLook is how long a page may wait for fresh figures.
const FirstLook = 250 * time.Millisecond

// Picture is what is known of a user's nodes. It shares nothing with the Fleet.
type Picture struct {
	Nodes      []NodeState // as store.Nodes orders them
	Containers []Container // by name, then VMID, then node
	Elsewhere  []string    // members of the user's clusters that hold containers but have no record
}

// NodeState is a node and how it answers.
type NodeState struct {
	Node           store.Node
	State          string        // "asking" (never answered yet), "answers", "silent"
	Seen           time.Time     // last answer; zero: never
	Since          time.Time     // silent: the first failure in a row
	Latency        time.Duration // of the last answer
	Err            error         // silent: why; an *proxmox.Error
	CallsPerMinute int
	Usage          proxmox.Member
	Online         bool // false: its cluster says that this member is down
	Guests         int  // containers on it
	// Promised to its containers, by their configuration.
	PromisedCores                float64
	PromisedMemory, PromisedDisk uint64
	DiskSize                     uint64 // of the storages that hold containers
}

// Container is one container of a user.
type Container struct {
	proxmox.Guest
	NodeID    string
	NodeName  string // the user's label
	Fresh     bool   // its node answered the last time it was asked
	Seen      time.Time
	Addresses []netip.Prefix
}

// State is how the container is shown: "running", "stopped", "trouble", "unknown" or "creating".
func (c Container) State() string { panic("unwritten") }

// Container of a user by node and VMID, from the picture; false when it is not in it.
func (p Picture) Container(nodeID string, vmid int) (Container, bool) { panic("unwritten") }

// Watch tells when a user's picture may have changed, as long as it is open. An open Watch is what makes Berth poll.
type Watch struct {
	C <-chan struct{}
}

// Watch begins to look at a user's nodes.
func (f *Fleet) Watch(userID string) *Watch { panic("unwritten") }

// Close ends the look. The last one to close ends the polling.
func (w *Watch) Close() { panic("unwritten") }

// Verdict answers "is this VMID free?".
type Verdict struct {
	State string // "free", "taken", "invalid", "unknown", or "" for an empty field
	VMID  int
	Text  string // what was typed, for invalid
	Why   string // invalid: "not a number", "too low", "too high"
	// Taken: by whom, where the user may know it.
	Name, Type, NodeName, NodeID string
	Err                          error // unknown: why
}

// Check judges a VMID as typed for a node of a user.
func (f *Fleet) Check(ctx context.Context, userID, nodeID, typed string) (Verdict, error) {
	panic("unwritten")
}

// RefreshVMIDs fills the cache of a node's scope anew; concurrent calls share one.
func (f *Fleet) RefreshVMIDs(ctx context.Context, userID, nodeID string) error { panic("unwritten") }

// Choices are the lists of the wizard's configure step. Each fails on its own.
type Choices struct {
	OSTemplates      List[proxmox.OSTemplate]
	Appliances       List[proxmox.Appliance] // asked only where there is no OS template
	Storages         List[proxmox.Storage]   // those that hold containers
	TemplateStorages List[proxmox.Storage]   // those that hold OS templates
	Bridges          List[proxmox.Bridge]
	Pools            List[proxmox.Pool]
	Host             proxmox.Member // zero where the token may not see it
}

// List is what was found, sorted, or why it could not be asked.
type List[T any] struct {
	Items []T
	Err   error
}

// Choices asks a node for what its new container can be made of, side by side, at most 3 s; kept for 30 s.
func (f *Fleet) Choices(ctx context.Context, userID, nodeID string) (Choices, error) {
	panic("unwritten")
}

// Status asks for one container's state now, for a page that shows just it; the answer goes into the picture.
func (f *Fleet) Status(ctx context.Context, userID, nodeID string, vmid int) (Container, error) {
	panic("unwritten")
}
