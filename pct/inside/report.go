package inside

import (
	"net/netip"
	"time"
)

// What a report holds at the most. A container may say whatever it likes.
const (
	maxField     = 200 // characters of a name, a description, a path
	maxServices  = 500
	maxListeners = 500
	maxProcesses = 5000
	maxDisks     = 50
)

// Report is what a container told of itself in one look.
type Report struct {
	OS       OS
	Uptime   time.Duration // 0: not told
	Load     []float64     // over 1, 5 and 15 minutes; nil: not told
	Memory   Memory
	Disks    []Disk
	Init     Init
	Services []Service  // failed ones first, then those that run, then the others; by name
	Others   []Listener // what listens and belongs to no service
	// Whole is false when the look was cut off before its end.
	Whole bool
}

// OS is the system of a container.
type OS struct {
	ID   string // as in "debian"; "" when it does not say
	Name string // as people know it
}

// Memory in bytes; all 0 when it was not told.
type Memory struct{ Total, Available, SwapTotal, SwapFree uint64 }

// Used is what is not available.
func (m Memory) Used() uint64 { return less(m.Total, m.Available) }

// SwapUsed is what is swapped out.
func (m Memory) SwapUsed() uint64 { return less(m.SwapTotal, m.SwapFree) }

func less(all, part uint64) uint64 { return all - min(part, all) }

// Disk is a file system that is mounted, in bytes.
type Disk struct {
	Mount, Device          string
	Total, Used, Available uint64
}

// Percent is how much of what users may write to is used, as df counts it.
func (d Disk) Percent() float64 {
	if d.Used+d.Available == 0 {
		return 0
	}
	return 100 * float64(d.Used) / float64(d.Used+d.Available)
}

// Init is what starts the services of a container.
type Init string

// The inits that can be asked for their services.
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
	StateExited   State = "exited" // it did its work and ended
	StateStopped  State = "stopped"
)

var stateOrder = map[State]int{StateFailed: 0, StateStarting: 1, StateRunning: 2, StateExited: 3, StateStopped: 4}

// Service is one that the init knows.
type Service struct {
	Name        string // as the init knows it
	Description string
	State       State
	Failure     Failure   // of a failed one
	Since       time.Time // when it came into its state; zero: not told
	Listeners   []Listener
}

// Failure is why a service failed.
type Failure struct {
	Result   string // in systemd's words, as in "exit-code"; OpenRC says "crashed"
	Status   int    // exit status or number of the signal
	Signal   bool   // a signal ended it
	Restarts int    // how often it was started again before
}

// Listener is a socket that something listens on.
type Listener struct {
	Proto   string // tcp or udp
	Addr    netip.Addr
	Port    uint16
	Process string // name of the process; "" when that is not known
	pid     int    // 0: not known
	inode   string // where the pid has to be found by it
}

// Local tells whether only the container itself reaches it.
func (l Listener) Local() bool { return l.Addr.IsLoopback() }
