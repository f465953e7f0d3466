// Package sim is a simulated Proxmox VE: clusters of hosts that answer the API
// as a real node does, as strict as it is, and can be told to fail.
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
	work   sync.WaitGroup // what runs in containers

	mu      sync.Mutex
	members []*member
	guests  map[int]*guest
	pools   map[string]string // name to comment
	tokens  map[string]*token
	tasks   []*task
	pid     int
	faults  []*Fault
	calls   []Call
	noDHCP  bool
}

// Config of a Cluster.
type Config struct {
	Name     string           // empty: a standalone node
	Members  []string         // host names as Proxmox knows them: "pve1", …
	QDevice  bool             // it has a vote of its own, and is up
	Version  string           // "9.2.3" when empty; "8.4.5" is the other
	Now      func() time.Time // nil: time.Now
	TaskTime time.Duration    // how long a task takes; 0: it has ended when first asked for
	Refusal  time.Duration    // how long it takes to refuse a token: RefusalTime as a real host; 0: at once
	Live     bool             // figures move with time (for the demonstration)
	Hurry    int              // how many times as fast programs in containers sleep; 0: as they ask
}

// RefusalTime is what pveproxy takes to refuse a token.
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

// Calls since the start or the last ResetCalls.
func (c *Cluster) Calls() []Call {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.calls)
}

// ResetCalls forgets them.
func (c *Cluster) ResetCalls() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.calls = nil
}

// Fault is a failure to play.
type Fault struct {
	Method string            // "" any
	Path   string            // pattern as in the schema, "/nodes/{node}/lxc"; "" any
	Where  map[string]string // only calls with these parameters, of the path or the query
	Times  int               // how often; 0: always
	// What happens: one of
	Status    int           // answer this status …
	Message   string        // … with this message (in the body and the reason phrase)
	Drop      bool          // close the connection before the call takes effect
	DropAfter bool          // let it take effect, then close the connection without an answer
	Delay     time.Duration // wait, then answer as usual
	Task      string        // let the call succeed and its task end with this text; "WARNINGS: n" after its effect
	TaskLog   []string      // that such a task says; without Task, that it says besides
	Then      func()        // called when the call is at hand, before it takes effect
}

// Inject plays a fault; the func returned ends it.
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

// fault takes the first one that is meant for a call; the zero Fault when there is none.
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

// StopDHCP lets no container get an address by DHCP any more.
func (c *Cluster) StopDHCP() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noDHCP = true
}
