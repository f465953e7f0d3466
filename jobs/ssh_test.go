package jobs_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/crypto/ssh"

	"berth/pct"
)

// gate is a host that can be reached over SSH. Its containers are this machine's own
// shell, with a folder of theirs for what they run and for commands that a test puts there.
type gate struct {
	t     *testing.T
	dir   string
	host  *pct.Host
	apart bool // its containers have none of this machine's folders and commands

	mu     sync.Mutex
	conns  []net.Conn
	opened int // connections
	runs   sync.WaitGroup

	sessions int        // that go on
	ended    *sync.Cond // one of them
}

// newGate serves a host until the test's end.
func newGate(t *testing.T) *gate {
	t.Helper()
	g := &gate{t: t, dir: t.TempDir()}
	g.ended = sync.NewCond(&g.mu)
	mustNot(t, os.Mkdir(filepath.Join(g.dir, "bin"), 0o755))
	server := &ssh.ServerConfig{PublicKeyCallback: func(ssh.ConnMetadata, ssh.PublicKey) (*ssh.Permissions, error) { return nil, nil }}
	hostKey, userKey := newSigner(t), newSigner(t)
	server.AddHostKey(hostKey)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	mustNot(t, err)
	g.runs.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			g.mu.Lock()
			g.conns, g.opened = append(g.conns, c), g.opened+1
			g.mu.Unlock()
			g.runs.Go(func() { g.serve(c, server) })
		}
	})
	g.host = pct.NewHost(pct.HostConfig{Addr: l.Addr().String(), User: "root", Key: userKey, HostKey: ssh.FingerprintSHA256(hostKey.PublicKey())})
	t.Cleanup(func() {
		mustNot(t, g.host.Close())
		mustNot(t, l.Close())
		g.drop()
		g.runs.Wait()
	})
	return g
}

func newSigner(t *testing.T) ssh.Signer {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	mustNot(t, err)
	s, err := ssh.NewSignerFromKey(key)
	mustNot(t, err)
	return s
}

// drop breaks all connections off. What runs in the containers goes on.
func (g *gate) drop() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, c := range g.conns {
		c.Close()
	}
	g.conns = nil
}

func (g *gate) serve(c net.Conn, cfg *ssh.ServerConfig) {
	conn, channels, requests, err := ssh.NewServerConn(c, cfg)
	if err != nil {
		return
	}
	defer conn.Close()
	go ssh.DiscardRequests(requests)
	for n := range channels {
		channel, requests, err := n.Accept()
		if err != nil {
			return
		}
		g.count(1)
		g.runs.Go(func() {
			defer g.count(-1)
			g.session(channel, requests)
		})
	}
}

func (g *gate) count(more int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sessions += more
	g.ended.Broadcast()
}

// settle returns when no session goes on: on a busy machine one may begin its program after who opened it died.
func (g *gate) settle() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for g.sessions > 0 {
		g.ended.Wait()
	}
}

// session answers `exec VMID SECONDS` as the forced command and pct do.
func (g *gate) session(channel ssh.Channel, requests <-chan *ssh.Request) {
	defer channel.Close()
	for r := range requests {
		var vmid, seconds int
		var line struct{ Command string }
		if r.Type != "exec" || ssh.Unmarshal(r.Payload, &line) != nil {
			r.Reply(false, nil)
			continue
		}
		r.Reply(true, nil)
		status := 64
		if n, _ := fmt.Sscanf(line.Command, "exec %d %d", &vmid, &seconds); n == 2 {
			status = g.inside(channel)
		}
		channel.SendRequest("exit-status", false, ssh.Marshal(struct{ Status uint32 }{uint32(status)}))
		return
	}
}

// inside runs a program in a container.
func (g *gate) inside(channel ssh.Channel) int {
	program, err := io.ReadAll(channel)
	if err != nil {
		return 255
	}
	text := string(program)
	if g.apart {
		text = g.within(text)
	}
	text = strings.NewReplacer("/etc/profile", filepath.Join(g.dir, "profile"), "$HOME/.profile", filepath.Join(g.dir, "root-profile"),
		"/run/berth", filepath.Join(g.dir, "run"), "PATH=/usr/local/sbin:", "PATH="+filepath.Join(g.dir, "bin")+":/usr/local/sbin:").Replace(text)
	cmd := exec.Command("/bin/sh", "-c", "trap '' PIPE; exec /bin/sh -s") // as pct exec does
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(text), channel, channel.Stderr()
	cmd.Env = []string{"BOX=" + g.dir}
	ended := new(exec.ExitError)
	switch err := cmd.Run(); {
	case errors.As(err, &ended) && ended.ExitCode() >= 0:
		return ended.ExitCode()
	case errors.As(err, &ended):
		return 137 // killed
	case err != nil:
		return 255
	}
	return 0
}

// command puts a command into the containers.
func (g *gate) command(name, body string) {
	g.t.Helper()
	mustNot(g.t, os.RemoveAll(filepath.Join(g.dir, "bin", name))) // it may be a link to this machine's
	mustNot(g.t, os.WriteFile(filepath.Join(g.dir, "bin", name), []byte("#!/bin/sh\n"+body+"\n"), 0o755))
}

func (g *gate) read(name string) string {
	g.t.Helper()
	text, err := os.ReadFile(filepath.Join(g.dir, name))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		g.t.Error(err)
	}
	return string(text)
}

func (g *gate) put(name, text string) {
	g.t.Helper()
	mustNot(g.t, os.WriteFile(filepath.Join(g.dir, name), []byte(text), 0o644))
}
