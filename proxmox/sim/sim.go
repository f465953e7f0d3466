// Package sim simulates Proxmox VE, for tests and the demonstration: clusters of
// hosts that answer the API over HTTPS and SSH as strictly as real ones do, and
// can be told to fail.
package sim

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"sync"
	"time"
)

// Cluster is a cluster of hosts, or one host that is in none. It is safe for concurrent use.
type Cluster struct {
	cfg    Config
	ca     *authority
	schema schema
	routes []route
	life   context.Context // until Close
	end    context.CancelFunc
	work   sync.WaitGroup // programs in containers

	mu       sync.Mutex
	members  []*member
	guests   map[int]*guest
	pools    map[string]string // name to comment
	tokens   map[string]*token
	tasks    []*task
	pid      int
	faults   []*Fault
	calls    []Call
	noDHCP   bool
	colorMap string // the tag-style's in datacenter.cfg; "": it has none
}

// Config of a Cluster.
type Config struct {
	Name     string           // empty: a standalone node
	Members  []string         // host names as Proxmox knows them: "pve1", …
	QDevice  bool             // there is a QDevice, which is up and has one vote
	Version  string           // "9.2.3" when empty; "8.4.5" is the other
	Now      func() time.Time // nil: time.Now
	TaskTime time.Duration    // from a task's start to its end; 0: it has ended when first asked for
	Refusal  time.Duration    // delay of the refusal of a token: RefusalTime as a real host; 0: at once
	Live     bool             // figures vary with time (for the demonstration)
	Hurry    int              // divides the sleeps of programs in containers; 0: 1
}

// RefusalTime is the delay with which pveproxy refuses a token, for Config.Refusal.
const RefusalTime = 3070 * time.Millisecond

// member is one host of a cluster.
type member struct {
	name     string
	ip       string
	cores    int
	memory   uint64 // bytes
	started  time.Time
	storages []*storage
	bridges  []bridge
	cert     certificate
	host     *Host // nil until it is served
	ssh      []*SSH
}

type storage struct {
	name, kind string
	contents   []string
	size, used uint64 // bytes
	inactive   bool
	files      map[string]uint64 // OS templates: file name to bytes
	backups    []*backup         // the oldest first
	left       []string          // folders in its dump folder that aborted backups left behind
}

// Storage to put onto a member.
type Storage struct {
	Name     string
	Kind     string // "dir", "zfspool", …
	Contents []string
	Size     uint64 // bytes
	Used     uint64 // bytes
	Inactive bool   // its server does not answer, or its folder is not there
}

// AddStorage gives a member another storage.
func (c *Cluster) AddStorage(member string, s Storage) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m := c.member(member)
	m.storages = append(m.storages, &storage{name: s.Name, kind: s.Kind, contents: s.Contents, size: s.Size, used: s.Used, inactive: s.Inactive})
}

type bridge struct{ name, comment, cidr string }

// New makes a cluster with, on each member, the storages local (OS templates) and local-lvm (containers),
// the bridges vmbr0 and vmbr1, one OS template, and no guests and no tokens.
func New(cfg Config) *Cluster {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Version = cmp.Or(cfg.Version, "9.2.3")
	c := &Cluster{
		cfg:    cfg,
		ca:     newAuthority(),
		schema: readSchema(),
		guests: make(map[int]*guest),
		pools:  map[string]string{"home": "What the house needs"},
		tokens: make(map[string]*token),
		pid:    1200,
	}
	c.life, c.end = context.WithCancel(context.Background())
	c.routes = c.allRoutes()
	for i, name := range cfg.Members {
		c.members = append(c.members, &member{
			name:    name,
			ip:      fmt.Sprintf("192.0.2.%d", 11+i),
			cores:   8,
			memory:  32 << 30,
			started: cfg.Now().Add(-41*24*time.Hour - 6*time.Hour),
			storages: []*storage{
				{name: "local", kind: "dir", contents: []string{"backup", "iso", "vztmpl"}, size: 94 << 30, used: 21 << 30,
					files: map[string]uint64{"debian-13-standard_13.1-2_amd64.tar.zst": 129_710_398}},
				{name: "local-lvm", kind: "lvmthin", contents: []string{"images", "rootdir"}, size: 340 << 30, used: 66 << 30},
			},
			bridges: []bridge{{"vmbr0", "The house\n", fmt.Sprintf("192.0.2.%d/24", 11+i)}, {"vmbr1", "", ""}},
			cert:    c.ca.issue(name, time.Now().Add(certLife)),
		})
	}
	return c
}

// Close ends all hosts.
func (c *Cluster) Close() {
	c.mu.Lock()
	if c.life.Err() != nil {
		c.mu.Unlock()
		return
	}
	c.end()
	var hosts []*Host
	var servers []*SSH
	for _, m := range c.members {
		servers = append(servers, m.ssh...)
		if m.host != nil {
			hosts = append(hosts, m.host)
		}
	}
	c.mu.Unlock()
	for _, h := range hosts {
		h.Stop()
	}
	for _, s := range servers {
		s.Stop()
	}
	c.work.Wait()
}

// member by name; nil when there is none.
func (c *Cluster) member(name string) *member {
	i := slices.IndexFunc(c.members, func(m *member) bool { return m.name == name })
	if i < 0 {
		return nil
	}
	return c.members[i]
}

func (m *member) storage(name string) *storage {
	i := slices.IndexFunc(m.storages, func(s *storage) bool { return s.name == name })
	if i < 0 {
		return nil
	}
	return m.storages[i]
}

// AddOSTemplate puts an archive onto a storage.
func (c *Cluster) AddOSTemplate(member, storage, file string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.member(member).storage(storage)
	if s.files == nil {
		s.files = make(map[string]uint64)
	}
	s.files[file] = applianceSize
}

// RemoveOSTemplates takes all archives away.
func (c *Cluster) RemoveOSTemplates() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, m := range c.members {
		for _, s := range m.storages {
			s.files = nil
		}
	}
}

// Call is one request that reached a host.
type Call struct {
	At     time.Time
	Member string // that was asked
	Method string
	Path   string // below /api2/json, decoded
	Params map[string]string
	Status int
}

// Calls returns the requests since the start or the last ResetCalls.
func (c *Cluster) Calls() []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

// ResetCalls forgets the requests so far.
func (c *Cluster) ResetCalls() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = nil
}

// Fault is a failure of matching calls, for Inject.
type Fault struct {
	Method string            // "" any
	Path   string            // pattern as in the schema, "/nodes/{node}/lxc"; "" any
	Where  map[string]string // only calls with these parameters, of the path or the query
	Times  int               // the number of calls that it is for; 0: all
	// The failure, one of:
	Status    int           // answer this status …
	Message   string        // … with this message (in the body and the reason phrase)
	Drop      bool          // close the connection before the call takes effect
	DropAfter bool          // let it take effect, then close the connection without an answer
	Delay     time.Duration // wait, then answer as usual
	Task      string        // let the call succeed and its task end with this text; "WARNINGS: n" after its effect
	TaskLog   []string      // the log of such a task; without Task, more lines of its log
	Then      func()        // called when the call has come, before it takes effect; may be nil
}

// Inject adds a fault; remove takes it away.
func (c *Cluster) Inject(f Fault) (remove func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.faults = append(c.faults, &f)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.faults = slices.DeleteFunc(c.faults, func(o *Fault) bool { return o == &f })
	}
}

// fault returns the first fault that is meant for a call, and counts it down; the zero Fault when there is none.
func (c *Cluster) fault(method, pattern string, params map[string]string, query url.Values) Fault {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i, f := range c.faults {
		if f.Method != "" && f.Method != method || f.Path != "" && f.Path != pattern {
			continue
		}
		if !meant(f.Where, params, query) {
			continue
		}
		if f.Times == 1 {
			c.faults = slices.Delete(c.faults, i, i+1)
		} else if f.Times > 1 {
			f.Times--
		}
		return *f
	}
	return Fault{}
}

// meant tells whether a call has the parameters that a fault is for.
func meant(where, params map[string]string, query url.Values) bool {
	for name, value := range where {
		if params[name] != value && query.Get(name) != value {
			return false
		}
	}
	return true
}

// StopDHCP leaves containers without an address by DHCP from now on.
func (c *Cluster) StopDHCP() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noDHCP = true
}
