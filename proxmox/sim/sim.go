// Package sim is a simulated Proxmox VE: clusters of hosts that answer the API
// as a real node does, as strict as it is, and can be told to fail.
package sim

import (
	"io"
	"net/http"
	"time"
)

// Cluster is a cluster of hosts, or one host that is in none. It is safe for concurrent use.
type Cluster struct{}

// Config of a Cluster.
type Config struct {
	Name     string           // empty: a standalone node
	Members  []string         // host names as Proxmox knows them: "pve1", …
	Version  string           // "9.2.3" when empty; "8.4.5" is the other
	Now      func() time.Time // nil: time.Now
	TaskTime time.Duration    // how long a task takes; 0: it has ended when first asked for
	Live     bool             // figures move with time (for the demonstration)
}

// New makes a cluster with, on each member, the storages local (OS templates) and local-lvm (containers),
// the bridges vmbr0 and vmbr1, one OS template, and no guests and no tokens.
func New(cfg Config) *Cluster { panic("unwritten") }

// Close ends all hosts.
func (c *Cluster) Close() { panic("unwritten") }

// Serve begins to serve a member's API over TLS on a loopback port, with a certificate of its own made by the cluster's CA.
func (c *Cluster) Serve(member string) (*Host, error) { panic("unwritten") }

// Host is a served member.
type Host struct {
	Member      string
	Addr        string // "127.0.0.1:PORT"
	Port        int
	Fingerprint string // SHA-256 of its certificate: 64 upper-case hex digits
}

// Stop closes the listener and all connections; Start listens on the same port again.
func (h *Host) Stop() { panic("unwritten") }

// Start listens on the port of before.
func (h *Host) Start() error { panic("unwritten") }

// Hang makes the host accept connections and answer nothing, until it is told false.
func (h *Host) Hang(on bool) { panic("unwritten") }

// Renew gives the host another certificate.
func (h *Host) Renew() { panic("unwritten") }

// AddToken makes a token (and its user) with rights as path to privileges, and returns its secret.
// LeastRights are those of the recipe.
func (c *Cluster) AddToken(id string, rights Rights) (secret string) { panic("unwritten") }

// SetRights replaces a token's rights.
func (c *Cluster) SetRights(id string, rights Rights) { panic("unwritten") }

// RevokeToken forgets a token.
func (c *Cluster) RevokeToken(id string) { panic("unwritten") }

// Rights are path to privileges; all propagate.
type Rights map[string][]string

// LeastRights is what the recipe of the README gives.
func LeastRights() Rights { panic("unwritten") }

// Guest is a container or a virtual machine to put onto a member.
type Guest struct {
	Type                             string // "lxc" (when empty) or "qemu"
	VMID                             int
	Node                             string // the first member when empty
	Name                             string
	Status                           string // "running" or "stopped" (when empty)
	Tags                             []string
	Pool                             string
	Lock                             string
	Cores                            int
	CPU                              float64
	Memory, MaxMemory, Disk, MaxDisk uint64 // bytes
	Uptime                           time.Duration
	Address                          string // CIDR of eth0 while running
	OSType                           string
	Description                      string
	HangsOnShutdown                  bool // a shutdown's task fails by time-out
}

// Add puts guests there.
func (c *Cluster) Add(guests ...Guest) { panic("unwritten") }

// Remove takes a guest away, as if someone else had deleted it.
func (c *Cluster) Remove(vmid int) { panic("unwritten") }

// SetStatus changes a guest's status, as if someone else had done it.
func (c *Cluster) SetStatus(vmid int, status string) { panic("unwritten") }

// SetLock locks a guest ("" unlocks).
func (c *Cluster) SetLock(vmid int, lock string) { panic("unwritten") }

// Guests that are there, by VMID.
func (c *Cluster) Guests() []Guest { panic("unwritten") }

// AddOSTemplate puts an archive onto a storage.
func (c *Cluster) AddOSTemplate(member, storage, file string) { panic("unwritten") }

// RemoveOSTemplates takes all archives away.
func (c *Cluster) RemoveOSTemplates() { panic("unwritten") }

// Call is one request that reached a host.
type Call struct {
	At     time.Time
	Member string // that was asked
	Method string
	Path   string // below /api2/json, decoded
	Params map[string]string
	Status int
}

// Calls since the start or the last ResetCalls.
func (c *Cluster) Calls() []Call { panic("unwritten") }

// ResetCalls forgets them.
func (c *Cluster) ResetCalls() { panic("unwritten") }

// Fault is a failure to play.
type Fault struct {
	Method string // "" any
	Path   string // pattern as in the schema, "/nodes/{node}/lxc"; "" any
	Times  int    // how often; 0: always
	// What happens: one of
	Status    int           // answer this status …
	Message   string        // … with this message (in the body and the reason phrase)
	Drop      bool          // close the connection before the call takes effect
	DropAfter bool          // let it take effect, then close the connection without an answer
	Delay     time.Duration // wait, then answer as usual
	Task      string        // let the call succeed and its task end with this text
	Then      func()        // called when the call is at hand, before it takes effect
}

// Inject plays a fault; the func returned ends it.
func (c *Cluster) Inject(f Fault) (remove func()) { panic("unwritten") }

// Handler is the API of one member without TLS, for benchmarks.
func (c *Cluster) Handler(member string) http.Handler { panic("unwritten") }

// Record makes the cluster write every request it gets to w as one JSON line, for the check against the official schema.
func (c *Cluster) Record(w io.Writer) { panic("unwritten") }

// FinishTasks ends all running tasks now.
func (c *Cluster) FinishTasks() { panic("unwritten") }

// Demo makes the two believable hosts of the demonstration with live figures,
// one standalone and one in a cluster of two, and a token of least rights for each.
func Demo() (*DemoWorld, error) { panic("unwritten") }

// DemoWorld is what Demo made.
type DemoWorld struct {
	Nodes []DemoNode
}

// Close ends it.
func (w *DemoWorld) Close() { panic("unwritten") }

// DemoNode is a host of the demonstration and how to reach it.
type DemoNode struct {
	Name        string
	Host        *Host
	TokenID     string
	TokenSecret string
}
