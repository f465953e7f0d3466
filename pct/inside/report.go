package inside

import (
	"net/netip"
	"time"
)

// Bounds of a report, as a container may print whatever it likes.
const (
	maxField     = 200 // characters of a name, a description, a path
	maxServices  = 500
	maxListeners = 500
	maxProcesses = 5000
	maxDisks     = 50
)

// Report is a container's own account of itself, from one run of look.sh.
type Report struct {
	OS       OS
	Uptime   time.Duration // 0: not told
	Load     []float64     // over 1, 5 and 15 minutes; nil: not told
	Memory   Memory
	Disks    []Disk
	Init     Init
	Services []Service  // by state, failed ones first, and then by name
	Others   []Listener // that belong to no known service
	// Listened is false when no tool could list the listeners, or not all of them.
	Listened bool
	// Whole is false when the look was cut off before its end.
	Whole bool
}

// OS is the system of a container, from its os-release.
type OS struct {
	ID   string // as in "debian"; "": not told
	Name string // for people, as in "Debian GNU/Linux 13 (trixie)"
	// Short is its name and version in few words, as in "Debian 13"; "": not told.
	Short string
}

// Memory of a container, in bytes; all 0 when it was not told.
type Memory struct{ Total, Available, SwapTotal, SwapFree uint64 }

// Used returns the bytes that are not available to programs.
func (m Memory) Used() uint64 { return less(m.Total, m.Available) }

// SwapUsed returns the bytes that are swapped out.
func (m Memory) SwapUsed() uint64 { return less(m.SwapTotal, m.SwapFree) }

func less(all, part uint64) uint64 { return all - min(part, all) }

// Disk is a mounted file system; its sizes are in bytes.
type Disk struct {
	Mount, Device          string
	Total, Used, Available uint64
}

// Percent returns the used share of the space that users may write to, 0 to 100, as df counts it.
func (d Disk) Percent() float64 {
	if d.Used+d.Available == 0 {
		return 0
	}
	return 100 * float64(d.Used) / float64(d.Used+d.Available)
}

// Init names the init system of a container, which starts its services.
type Init string

// The init systems that look.sh can ask for services.
const (
	InitUnknown Init = ""
	InitSystemd Init = "systemd"
	InitOpenRC  Init = "openrc"
)

// State of a service.
type State string

// The states, in the order in which they are listed.
const (
	StateFailed   State = "failed"
	StateStarting State = "starting" // or stopping, or waiting to be started again
	StateRunning  State = "running"
	StateExited   State = "exited" // it ended well, and counts as active
	StateStopped  State = "stopped"
)

var stateOrder = map[State]int{StateFailed: 0, StateStarting: 1, StateRunning: 2, StateExited: 3, StateStopped: 4}

// A Service of the container's init system.
type Service struct {
	Name        string // of the init system's, as in "nginx.service"
	Description string
	State       State
	Failure     Failure   // of a failed one
	Since       time.Time // when it came into its state; zero: not told
	Listeners   []Listener
}

// Failure tells how a failed service ended.
type Failure struct {
	Result   string // in systemd's words, as in "exit-code"; OpenRC's word is "crashed"
	Status   int    // exit status or number of the signal
	Signal   bool   // a signal ended it
	Restarts int    // automatic restarts before it failed
}

// A Listener is a socket on which a process waits for others.
type Listener struct {
	Proto   string // "tcp" or "udp"
	Addr    netip.Addr
	Port    uint16
	Process string // name of the process; "": not known
	pid     int    // 0: not known
	inode   string // of the socket, to find the pid by; only from /proc/net
}

// Local tells whether only the container itself can reach it.
func (l Listener) Local() bool { return l.Addr.IsLoopback() }
