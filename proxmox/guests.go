package proxmox

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// LockCreate is the lock of a guest that is being made.
const LockCreate = "create"

// GuestStatus is Proxmox's word for a guest's state, such as "running". One that Berth does not know is kept as it came;
// "" stands for a guest of which the host told nothing.
type GuestStatus string

// The states that Berth tells apart. Of the guests of a member that is silent or has just started, Proxmox tells GuestUnknown.
const (
	GuestRunning GuestStatus = "running"
	GuestStopped GuestStatus = "stopped"
	GuestUnknown GuestStatus = "unknown"
)

// GuestType names the part of Proxmox that runs a guest. "" stands for a guest that the token may not see.
type GuestType string

// The types of guests.
const (
	TypeContainer GuestType = "lxc"
	TypeMachine   GuestType = "qemu" // a virtual machine
)

// Guest is a container or a virtual machine.
type Guest struct {
	Type      GuestType
	VMID      int
	Node      string // member of the cluster that holds it
	Name      string // empty while it is being created
	Status    GuestStatus
	Lock      string        // "backup", "create", …; empty: not locked
	Pool      string        // empty: in none, or in one that the token may not see (Pool.Audit)
	Tags      []string      // sorted
	Template  bool          // an LXC template, which never runs
	HA        string        // the state that the HA manager has for it, as in "started", "error"; empty: it does not manage it
	Cores     float64       // maxcpu
	CPU       float64       // share of Cores in use, 0 to 1
	Memory    uint64        // bytes in use
	MaxMemory uint64        // bytes
	Swap      uint64        // bytes in use; only from Status, as MaxSwap
	MaxSwap   uint64        // bytes
	Disk      uint64        // bytes in use
	MaxDisk   uint64        // bytes
	NetIn     uint64        // bytes since start
	NetOut    uint64        // bytes since start
	Uptime    time.Duration // 0 when stopped
}

// guestData is a guest in /cluster/resources and in …/status/current, which
// differ in the name of the number of cores.
type guestData struct {
	usageData
	VMID     number `json:"vmid"`
	Name     text   `json:"name"`
	Lock     text   `json:"lock"`
	Pool     text   `json:"pool"`
	Tags     text   `json:"tags"`
	Template truth  `json:"template"`
	HAState  text   `json:"hastate"` // in lists
	HA       haData `json:"ha"`      // in …/status/current
	CPUs     number `json:"cpus"`
	Swap     number `json:"swap"`
	MaxSwap  number `json:"maxswap"`
	Disk     number `json:"disk"`
	MaxDisk  number `json:"maxdisk"`
	NetIn    number `json:"netin"`
	NetOut   number `json:"netout"`
}

// haData is the part of …/status/current about HA.
type haData struct {
	Managed truth `json:"managed"`
	State   text  `json:"state"`
}

// haState returns the HA manager's state for a guest, as in "started"; empty when HA does not manage it.
func (d *guestData) haState() string {
	state := string(cmp.Or(d.HAState, d.HA.State))
	switch {
	case state == "ignored":
		return ""
	case state == "" && bool(d.HA.Managed):
		return "queued" // as it is before the manager has seen it
	}
	return state
}

func (d *guestData) guest(kind GuestType) Guest {
	return Guest{
		Type:      kind,
		VMID:      d.VMID.vmid(),
		Node:      string(d.Node),
		Name:      string(d.Name),
		Status:    cmp.Or(GuestStatus(d.Status), GuestUnknown),
		Lock:      string(d.Lock),
		Pool:      string(d.Pool),
		Tags:      d.Tags.words(),
		Template:  bool(d.Template),
		HA:        d.haState(),
		Cores:     float64(max(d.MaxCPU, d.CPUs, 0)),
		CPU:       d.CPU.share(),
		Memory:    d.Mem.bytes(),
		MaxMemory: d.MaxMem.bytes(),
		Swap:      d.Swap.bytes(),
		MaxSwap:   d.MaxSwap.bytes(),
		Disk:      d.Disk.bytes(),
		MaxDisk:   d.MaxDisk.bytes(),
		NetIn:     d.NetIn.bytes(),
		NetOut:    d.NetOut.bytes(),
		Uptime:    d.Uptime.seconds(),
	}
}

// Status is GET …/status/current. KindNotFound: no such container on that node.
func (c *Client) Status(ctx context.Context, node string, vmid int) (Guest, error) {
	var data guestData
	if err := c.get(ctx, containerPath(node, vmid, "status", "current"), nil, &data); err != nil {
		return Guest{}, err
	}
	g := data.guest(TypeContainer)
	g.Node, g.VMID = node, vmid // of which the answer may have neither
	return g, nil
}

// Start is POST /nodes/{node}/lxc/{vmid}/status/start. KindAlreadyRunning: it runs. When it
// does not exist or is locked, the call succeeds and its task fails.
func (c *Client) Start(ctx context.Context, node string, vmid int) (UPID, error) {
	return c.power(ctx, node, vmid, "start", nil)
}

// Shutdown is POST …/status/shutdown; its task fails when the container has
// not ended within ShutdownPatience of timeout, which counts in whole seconds.
func (c *Client) Shutdown(ctx context.Context, node string, vmid int, timeout time.Duration) (UPID, error) {
	return c.power(ctx, node, vmid, "shutdown", inSeconds(timeout))
}

// ShutdownPatience returns how long the task of a Shutdown may run, for those who wait for it: lxc-stop
// waits for the timeout, and then PVE::LXC::vm_stop for the timeout and five seconds once more.
func ShutdownPatience(timeout time.Duration) time.Duration { return timeout + timeout + 5*time.Second }

// Stop is POST …/status/stop: pulls the plug.
func (c *Client) Stop(ctx context.Context, node string, vmid int) (UPID, error) {
	return c.power(ctx, node, vmid, "stop", nil)
}

// Reboot is POST …/status/reboot. A container that has not ended within timeout, which counts in
// whole seconds, is killed; then it starts again.
func (c *Client) Reboot(ctx context.Context, node string, vmid int, timeout time.Duration) (UPID, error) {
	return c.power(ctx, node, vmid, "reboot", inSeconds(timeout))
}

func (c *Client) power(ctx context.Context, node string, vmid int, verb string, args url.Values) (UPID, error) {
	return c.task(ctx, http.MethodPost, containerPath(node, vmid, "status", verb), args)
}

// inSeconds makes the argument timeout of d, rounded up to whole seconds.
func inSeconds(d time.Duration) url.Values {
	seconds := int64(math.Ceil(max(d, 0).Seconds()))
	return url.Values{"timeout": {strconv.FormatInt(seconds, 10)}}
}

// Create is POST /nodes/{node}/lxc without start. The VMID is taken when it
// returns. KindExists: it was taken before.
func (c *Client) Create(ctx context.Context, node string, p CreateParams) (UPID, error) {
	return c.task(ctx, http.MethodPost, nodePath(node, "lxc"), p.values())
}

// Delete is DELETE /nodes/{node}/lxc/{vmid}; purge takes it out of backup jobs, replication and HA
// too. KindInUse: it takes purge. KindProtected, KindLocked, KindStillRunning.
func (c *Client) Delete(ctx context.Context, node string, vmid int, purge bool) (UPID, error) {
	var args url.Values
	if purge {
		args = url.Values{"purge": {"1"}}
	}
	return c.task(ctx, http.MethodDelete, containerPath(node, vmid), args)
}
