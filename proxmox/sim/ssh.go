package sim

import (
	"crypto/ed25519"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
)

// gateVersion is the version of the forced command on the simulated hosts.
const gateVersion = 1

// SSH is a served member's SSH server with Berth's forced command: it runs nothing but programs in
// the member's containers. It is safe for concurrent use.
type SSH struct {
	Member string
	Addr   string // "127.0.0.1:PORT"
	Port   int

	cluster  *Cluster
	listener net.Listener
	serving  sync.WaitGroup

	mu      sync.Mutex
	key     ssh.Signer
	allowed map[string]bool // fingerprints of keys
	any     bool            // every key is allowed
	conns   map[net.Conn]struct{}
	made    int
	runs    int
	faults  []*SSHFault
	frozen  chan struct{} // while it is frozen; closed by Thaw
	opens   bool          // it opens sessions
	stopped bool
}

// SSHFault is a failure of matching runs, for Play.
type SSHFault struct {
	VMID  int // 0: any
	Times int // the number of runs that it is for; 0: all
	// The failure, one of:
	NoGate, OldGate, NoPct bool
	NoShell                bool          // the container has no /bin/sh
	Hang                   bool          // take the command and answer nothing
	DropAfter              int           // break the connection off after so many bytes of output
	Slow                   time.Duration // wait before each piece of output
	// Shell is called in place of the container's /bin/sh, with the session that the program can be read from. It returns
	// the exit status. Its writes fail once the session is closed.
	Shell   func(ssh.Channel) int
	NoNames bool   // package managers in the container find no server, as no name resolves
	Then    func() // called when the run has come, before anything happens; may be nil
}

// ServeSSH begins to serve a member's SSH on a loopback port. No key is allowed yet.
func (c *Cluster) ServeSSH(member string) (*SSH, error) {
	c.mu.Lock()
	m := c.member(member)
	c.mu.Unlock()
	if m == nil {
		return nil, fmt.Errorf("the simulated cluster has no member %q", member)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &SSH{
		Member: member, Addr: l.Addr().String(), Port: l.Addr().(*net.TCPAddr).Port,
		cluster: c, listener: l, allowed: make(map[string]bool), conns: make(map[net.Conn]struct{}),
		opens: true,
	}
	s.RenewHostKey()
	s.serving.Go(s.accept)
	c.mu.Lock()
	m.ssh = append(m.ssh, s)
	c.mu.Unlock()
	return s, nil
}

// RenewHostKey gives the host another key.
func (s *SSH) RenewHostKey() {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err) // the system's random numbers never fail
	}
	key, err := ssh.NewSignerFromKey(private)
	if err != nil {
		panic(err) // an ed25519 key always makes one
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.key = key
}

// HostKey is the fingerprint of the host's key as ssh.FingerprintSHA256 writes it.
func (s *SSH) HostKey() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return ssh.FingerprintSHA256(s.key.PublicKey())
}

// Allow lets a key in, as if its line had been added to authorized_keys.
func (s *SSH) Allow(key ssh.PublicKey) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.allowed[ssh.FingerprintSHA256(key)] = true
}

// AllowAny lets every key in.
func (s *SSH) AllowAny() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.any = true
}

// AllowNone lets no key in any more, as if authorized_keys were empty.
func (s *SSH) AllowNone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.any = false
	clear(s.allowed)
}

// Play adds a fault.
func (s *SSH) Play(f SSHFault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// PlayNone ends all faults.
func (s *SSH) PlayNone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// fault returns the first fault that is meant for a run, and counts it down; the zero SSHFault when there is none.
func (s *SSH) fault(vmid int) SSHFault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.VMID != 0 && f.VMID != vmid {
			continue
		}
		if f.Times == 1 {
			s.faults = append(s.faults[:i:i], s.faults[i+1:]...)
		} else if f.Times > 1 {
			f.Times--
		}
		return *f
	}
	return SSHFault{}
}

// Freeze stops the server as SIGSTOP does: connections stay, and nothing is read or written, until
// Thaw or Stop. A test has to call one of them, so that what it began can end.
func (s *SSH) Freeze() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.frozen == nil && !s.stopped { // a fault that freezes it may be played while it is stopped
		s.frozen = make(chan struct{})
	}
}

// Thaw ends Freeze and OpenNone.
func (s *SSH) Thaw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opens = true
	if s.frozen != nil {
		close(s.frozen)
		s.frozen = nil
	}
}

// OpenNone makes the server neither open nor refuse sessions, until Thaw. It goes on answering everything else.
func (s *SSH) OpenNone() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opens = false
}

func (s *SSH) opensSessions() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opens
}

// awaitThaw waits while the server is frozen.
func (s *SSH) awaitThaw() {
	s.mu.Lock()
	frozen := s.frozen
	s.mu.Unlock()
	if frozen != nil {
		<-frozen
	}
}

// wire is the server's end of a connection, which waits while the server is frozen.
type wire struct {
	net.Conn
	server *SSH
}

func (w wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	w.server.awaitThaw()
	return n, err
}

func (w wire) Write(p []byte) (int, error) {
	w.server.awaitThaw()
	return w.Conn.Write(p)
}

// Connections counts the connections that were made and signed in so far.
func (s *SSH) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.made
}

// Execs counts the `pct exec` so far, for tests of how often a container is asked.
func (s *SSH) Execs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.runs
}

// Drop breaks all connections off. What runs in the containers goes on.
func (s *SSH) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.Close()
	}
}

// Stop closes the port and all connections, for good.
func (s *SSH) Stop() {
	s.mu.Lock()
	s.stopped = true
	s.mu.Unlock()
	s.listener.Close()
	s.Drop()
	s.Thaw()
	s.serving.Wait()
}

func (s *SSH) accept() {
	for {
		c, err := s.listener.Accept()
		if err != nil {
			return // stopped
		}
		s.mu.Lock()
		if s.stopped {
			s.mu.Unlock()
			c.Close()
			return
		}
		s.conns[c] = struct{}{}
		s.serving.Go(func() { s.serve(c) })
		s.mu.Unlock()
	}
}

func (s *SSH) serve(c net.Conn) {
	defer func() {
		c.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.conns, c)
	}()
	cfg := &ssh.ServerConfig{PublicKeyCallback: func(meta ssh.ConnMetadata, key ssh.PublicKey) (*ssh.Permissions, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if meta.User() == "root" && (s.any || s.allowed[ssh.FingerprintSHA256(key)]) {
			return nil, nil
		}
		return nil, fmt.Errorf("the key is not in authorized_keys")
	}}
	s.mu.Lock()
	cfg.AddHostKey(s.key)
	s.mu.Unlock()
	conn, channels, requests, err := ssh.NewServerConn(wire{c, s}, cfg)
	if err != nil {
		return
	}
	s.mu.Lock()
	s.made++
	s.mu.Unlock()
	var sessions sync.WaitGroup
	defer sessions.Wait()
	gone := make(chan struct{})
	sessions.Go(func() {
		defer close(gone)
		_ = conn.Wait() // however it ended, it is gone
	})
	sessions.Go(func() { ssh.DiscardRequests(requests) })
	for n := range channels {
		if !s.opensSessions() {
			continue
		}
		if n.ChannelType() != "session" {
			_ = n.Reject(ssh.Prohibited, "open failed")
			continue
		}
		channel, requests, err := n.Accept()
		if err != nil {
			return
		}
		sessions.Go(func() { s.session(c, channel, requests, gone) })
	}
}

// session answers the first command that the client asks to run, and then closes.
func (s *SSH) session(c net.Conn, channel ssh.Channel, requests <-chan *ssh.Request, gone <-chan struct{}) {
	defer channel.Close()
	var t *tty
	for r := range requests {
		var line struct{ Command string }
		if r.Type == "pty-req" && t == nil {
			t = newTTY(r.Payload, channel)
			reply(r, t != nil)
			continue
		}
		if r.Type != "exec" || ssh.Unmarshal(r.Payload, &line) != nil {
			reply(r, false)
			continue
		}
		reply(r, true)
		var rest sync.WaitGroup
		rest.Go(func() { t.requests(requests) })
		if t != nil {
			t.serving = &rest
		}
		status := s.gate(c, channel, t, line.Command, gone)
		_, _ = channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(status)})) // the client may have gone
		channel.Close()
		rest.Wait()
		return
	}
}

func reply(r *ssh.Request, ok bool) {
	if r.WantReply {
		_ = r.Reply(ok, nil) // the client may have gone
	}
}

// gate does the work of the forced command for a request, and returns the exit status. All output
// goes to the terminal if the session has one. gone is closed when the connection has ended.
func (s *SSH) gate(c net.Conn, channel ssh.Channel, t *tty, request string, gone <-chan struct{}) int {
	words := strings.Fields(request)
	vmid, seconds, enters := 0, 0, false
	switch {
	case len(words) == 3 && words[0] == "exec":
		vmid, seconds = gateNumber(words[1]), gateNumber(words[2])
	case len(words) == 2 && words[0] == "enter":
		vmid, enters = gateNumber(words[1]), true
	}
	var stdout, stderr io.Writer = channel, channel.Stderr()
	if t != nil {
		stdout, stderr = t.Terminal, t.Terminal
	}
	f := s.fault(vmid)
	if f.Then != nil {
		f.Then()
	}
	refuse := func(version int, pct string) int {
		fmt.Fprintf(stderr, "berth-gate: version %d, pct %s\n", version, pct)
		return 64
	}
	switch {
	case f.NoGate:
		fmt.Fprintln(stderr, "bash: line 1: /usr/local/sbin/berth-gate: No such file or directory")
		return 127
	case f.OldGate:
		return refuse(gateVersion-1, "/usr/sbin/pct")
	case f.NoPct:
		return refuse(gateVersion, "none")
	case f.Hang:
		select {
		case <-gone:
		case <-s.cluster.life.Done():
		}
		return 255
	case vmid == 0 || seconds == 0 && !enters:
		return refuse(gateVersion, "/usr/sbin/pct")
	case enters && f.Shell != nil:
		return f.Shell(channel)
	case enters:
		return s.enter(channel, t, vmid, stderr)
	}
	s.mu.Lock()
	s.runs++
	s.mu.Unlock()
	if f.NoShell {
		fmt.Fprintf(channel.Stderr(), "lxc-attach: %d: ../src/lxc/attach.c: lxc_attach_run_command: 1841 No such file or directory - Failed to exec \"/bin/sh\"\n", vmid)
		return 127
	}
	if f.Shell != nil { // which need not read the program to its end
		return f.Shell(channel)
	}
	program, err := io.ReadAll(channel)
	if err != nil {
		return 255
	}
	b, status, words0 := s.cluster.inside(s.Member, vmid)
	if b == nil {
		fmt.Fprintln(stderr, words0)
		return status
	}
	w := &outward{conn: c, fault: f, closed: s.cluster.life.Done()}
	return b.exec(string(program), time.Duration(seconds)*time.Second, stream{w, stdout}, stream{w, stderr}, f.NoNames)
}

// enter is `pct enter` of the forced command; it returns the exit status.
func (s *SSH) enter(channel ssh.Channel, t *tty, vmid int, stderr io.Writer) int {
	b, status, words := s.cluster.inside(s.Member, vmid)
	switch {
	case b == nil && status == 255:
		fmt.Fprintf(stderr, "container '%d' not running!\n", vmid)
		return status
	case b == nil:
		fmt.Fprintln(stderr, words)
		return status
	case t == nil:
		fmt.Fprintln(stderr, "lxc-attach: No tty")
		return 1
	}
	return b.enter(t, channel)
}

// gateNumber reads a number as strictly as the forced command does; 0 for any other word.
func gateNumber(word string) int {
	if word[0] == '0' || len(word) > 9 || strings.Trim(word, "0123456789") != "" {
		return 0
	}
	n, err := strconv.Atoi(word)
	if err != nil {
		return 0
	}
	return n
}

// outward carries both outputs of a session, and plays its fault on them.
type outward struct {
	conn   net.Conn
	fault  SSHFault
	closed <-chan struct{}

	mu   sync.Mutex
	sent int
}

// stream is one of a session's two outputs. When the session is closed, writes fail with EPIPE,
// as pct exec ignores SIGPIPE, and the writer may go on.
type stream struct {
	*outward
	to io.Writer
}

func (s stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fault.Slow > 0 {
		select {
		case <-time.After(s.fault.Slow):
		case <-s.closed:
		}
	}
	if limit := s.fault.DropAfter; limit > 0 && s.sent+len(p) >= limit {
		n, _ := s.to.Write(p[:max(limit-s.sent, 0)])
		s.sent = limit
		s.conn.Close()
		return n, syscall.EPIPE
	}
	s.sent += len(p)
	n, err := s.to.Write(p)
	if err != nil {
		err = syscall.EPIPE
	}
	return n, err
}
