// Package proxmox talks to the API of one Proxmox VE host with one API token.
package proxmox

import (
	"context"
	"net/netip"
	"time"
)

// Config says which host to talk to, and as whom.
type Config struct {
	Host        string           // name or IP address, without scheme and port
	Port        int              // 8006 as installed
	TokenID     string           // USER@REALM!TOKENID
	TokenSecret string           // the token's UUID
	Fingerprint string           // pinned SHA-256 of the leaf certificate: 64 upper-case hex digits; "" trusts the system's roots
	Now         func() time.Time // nil: time.Now; counts calls per minute
}

// Certificate is what a host presented, as a person needs it to decide on trust.
type Certificate struct {
	Fingerprint string // SHA-256 of the DER: 64 upper-case hex digits
	Subject     string // common name
	Issuer      string // common name, or organisation
	NotBefore   time.Time
	NotAfter    time.Time
}

// Client calls the API of one host. It is safe for concurrent use.
// Every call ends by its context or after CallTimeout, whichever is earlier.
type Client struct{}

// CallTimeout bounds a call whose context has no earlier deadline.
const CallTimeout = 10 * time.Second

// New returns a client. No connection is made before the first call.
func New(cfg Config) *Client { panic("unwritten") }

// Close drops idle connections.
func (c *Client) Close() { panic("unwritten") }

// CallsPerMinute counts the calls sent during the last minute.
func (c *Client) CallsPerMinute() int { panic("unwritten") }

// Version is GET /version.
func (c *Client) Version(ctx context.Context) (Version, error) { panic("unwritten") }

// Version of a host.
type Version struct {
	Version string // "9.2.3"
	Release string // "9.2"
}

// Resources is GET /cluster/resources: all guests, nodes and storages of the
// cluster that the token may see, in one call.
func (c *Client) Resources(ctx context.Context) (Resources, error) { panic("unwritten") }

// Resources is the answer of /cluster/resources, sorted by VMID, node and storage name.
type Resources struct {
	Guests   []Guest
	Nodes    []Member
	Storages []StorageUse
}

// Guest is a container or a virtual machine.
type Guest struct {
	Type      string // "lxc" or "qemu"
	VMID      int
	Node      string // member of the cluster that holds it
	Name      string // empty while it is being created
	Status    string // "running", "stopped", "unknown"
	Lock      string // "backup", "create", …; empty: not locked
	Pool      string
	Tags      []string // sorted
	Template  bool
	Cores     float64       // maxcpu
	CPU       float64       // share of Cores in use, 0 to 1
	Memory    uint64        // bytes in use
	MaxMemory uint64        // bytes
	Disk      uint64        // bytes in use
	MaxDisk   uint64        // bytes
	NetIn     uint64        // bytes since start
	NetOut    uint64        // bytes since start
	Uptime    time.Duration // 0 when stopped
}

// Member is one host of a cluster, or the only one.
type Member struct {
	Name        string
	Online      bool
	Fingerprint string  // of its API certificate, as in Certificate.Fingerprint; only from Nodes
	Cores       int     // 0 when the token may not see it (Sys.Audit), as all below
	CPU         float64 // 0 to 1
	Memory      uint64  // bytes
	MaxMemory   uint64
	Uptime      time.Duration
}

// StorageUse is a storage as /cluster/resources tells it.
type StorageUse struct {
	Node, Name string
	Content    []string // "rootdir", "vztmpl", …
	Used, Size uint64   // bytes
	Shared     bool
}

// Nodes is GET /nodes: the members of the cluster with their certificates' fingerprints.
func (c *Client) Nodes(ctx context.Context) ([]Member, error) { panic("unwritten") }

// ClusterStatus is GET /cluster/status. It needs Sys.Audit on /, which the
// least-rights token lacks: expect KindForbidden.
func (c *Client) ClusterStatus(ctx context.Context) (ClusterStatus, error) { panic("unwritten") }

// ClusterStatus names the cluster and its members.
type ClusterStatus struct {
	Name    string // empty: the node is in no cluster
	Quorate bool
	Members []ClusterMember
}

// ClusterMember is one host as /cluster/status tells it.
type ClusterMember struct {
	Name   string
	IP     string
	Online bool
	Local  bool // the host that answered
}

// CheckVMID is GET /cluster/nextid?vmid=N. It returns nil when N is free and
// an *Error of KindExists when any guest of the cluster has it.
func (c *Client) CheckVMID(ctx context.Context, vmid int) error { panic("unwritten") }

// NodeStatus is GET /nodes/{node}/status.
func (c *Client) NodeStatus(ctx context.Context, node string) (Member, error) { panic("unwritten") }

// Storages is GET /nodes/{node}/storage with content and enabled=1, sorted by name.
// content is "rootdir" (holds containers) or "vztmpl" (holds OS templates).
func (c *Client) Storages(ctx context.Context, node, content string) ([]Storage, error) {
	panic("unwritten")
}

// Storage of a node.
type Storage struct {
	Name             string
	Type             string // "dir", "zfspool", …
	Active           bool
	Shared           bool
	Used, Size, Free uint64 // bytes
}

// OSTemplates is GET /nodes/{node}/storage/{storage}/content?content=vztmpl, sorted by volume.
func (c *Client) OSTemplates(ctx context.Context, node, storage string) ([]OSTemplate, error) {
	panic("unwritten")
}

// OSTemplate is an archive on a storage.
type OSTemplate struct {
	Volume string // "local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst"
	Size   uint64 // bytes
}

// Appliances is GET /nodes/{node}/aplinfo: the OS templates that the host can download, sorted by section and name.
func (c *Client) Appliances(ctx context.Context, node string) ([]Appliance, error) {
	panic("unwritten")
}

// Appliance is an OS template that can be downloaded.
type Appliance struct {
	Template string // file name, the argument of DownloadAppliance
	Package  string // "debian-13-standard"
	OS       string // "debian-13"
	Section  string // "system", "turnkeylinux", "mail"
	Version  string
	Headline string
}

// DownloadAppliance is POST /nodes/{node}/aplinfo. It returns the UPID.
func (c *Client) DownloadAppliance(ctx context.Context, node, storage, template string) (UPID, error) {
	panic("unwritten")
}

// Bridges is GET /nodes/{node}/network?type=any_bridge, sorted by name.
func (c *Client) Bridges(ctx context.Context, node string) ([]Bridge, error) { panic("unwritten") }

// Bridge that a container's network can be attached to.
type Bridge struct {
	Name      string
	Comment   string
	CIDR      string
	Active    bool
	VLANAware bool
}

// Pools is GET /pools, sorted by name.
func (c *Client) Pools(ctx context.Context) ([]Pool, error) { panic("unwritten") }

// Pool of guests.
type Pool struct{ Name, Comment string }

// Permissions is GET /access/permissions: the token's own rights, path to privilege.
func (c *Client) Permissions(ctx context.Context) (Permissions, error) { panic("unwritten") }

// Create is POST /nodes/{node}/lxc without start. The VMID is taken when it returns.
func (c *Client) Create(ctx context.Context, node string, p CreateParams) (UPID, error) {
	panic("unwritten")
}

// Start is POST /nodes/{node}/lxc/{vmid}/status/start.
func (c *Client) Start(ctx context.Context, node string, vmid int) (UPID, error) { panic("unwritten") }

// Shutdown is POST …/status/shutdown; its task fails when the container has not ended within timeout (whole seconds).
func (c *Client) Shutdown(ctx context.Context, node string, vmid int, timeout time.Duration) (UPID, error) {
	panic("unwritten")
}

// Stop is POST …/status/stop: pulls the plug.
func (c *Client) Stop(ctx context.Context, node string, vmid int) (UPID, error) { panic("unwritten") }

// Reboot is POST …/status/reboot; timeout as in Shutdown.
func (c *Client) Reboot(ctx context.Context, node string, vmid int, timeout time.Duration) (UPID, error) {
	panic("unwritten")
}

// Delete is DELETE /nodes/{node}/lxc/{vmid}; purge takes it out of backup, replication and HA jobs too.
func (c *Client) Delete(ctx context.Context, node string, vmid int, purge bool) (UPID, error) {
	panic("unwritten")
}

// Status is GET …/status/current. KindNotFound: no such container on that node.
func (c *Client) Status(ctx context.Context, node string, vmid int) (Guest, error) {
	panic("unwritten")
}

// ContainerConfig is GET …/config.
func (c *Client) ContainerConfig(ctx context.Context, node string, vmid int) (ContainerConfig, error) {
	panic("unwritten")
}

// ContainerConfig is what a container is set up as.
type ContainerConfig struct {
	Digest, Hostname, OSType, Arch, Description string            // description without its trailing newline
	Cores, Memory, Swap                         int               // 0 cores: all of the host; MiB
	RootFS                                      string            // as Proxmox writes it
	Networks                                    map[string]string // "net0" → as Proxmox writes it
	Mounts                                      map[string]string // "mp0" → as Proxmox writes it
	Features                                    string
	Nameserver, SearchDomain                    string
	Tags                                        []string // sorted
	Unprivileged, OnBoot                        bool
	Lock                                        string
}

// Interfaces is GET …/interfaces: live addresses, while running.
func (c *Client) Interfaces(ctx context.Context, node string, vmid int) ([]Interface, error) {
	panic("unwritten")
}

// Interface inside a container.
type Interface struct {
	Name, MAC string
	Addresses []netip.Prefix // global ones only: no loopback, no link-local
}

// TaskStatus is GET /nodes/{node}/tasks/{upid}/status; the node is the UPID's.
func (c *Client) TaskStatus(ctx context.Context, id UPID) (TaskStatus, error) { panic("unwritten") }

// TaskStatus of a task: while Running, Exit is empty.
type TaskStatus struct {
	Running bool
	Exit    string // "OK", "WARNINGS: 2", or the error's text
}

// OK tells whether an ended task succeeded; warnings are a success.
func (s TaskStatus) OK() bool { panic("unwritten") }

// TaskLog is GET …/log?start=&limit=500: the lines from start (0 is the first),
// without Proxmox's "no content".
func (c *Client) TaskLog(ctx context.Context, id UPID, start int) ([]string, error) {
	panic("unwritten")
}

// AbortTask is DELETE /nodes/{node}/tasks/{upid}.
func (c *Client) AbortTask(ctx context.Context, id UPID) error { panic("unwritten") }

// Tasks is GET /nodes/{node}/tasks?vmid=&since=&source=all, newest first. A task of the token itself needs no right.
func (c *Client) Tasks(ctx context.Context, node string, vmid int, since time.Time) ([]Task, error) {
	panic("unwritten")
}

// Task in a node's list.
type Task struct {
	UPID  UPID
	Type  string // "vzcreate", "vzstart", …
	User  string // "berth@pve!app"
	Start time.Time
	End   time.Time // zero while it runs
	Exit  string    // as in TaskStatus
}
