package pct_test

import (
	"context"
	"crypto/ed25519"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"berth/pct"
)

// fakePct is a stand-in for pct with the messages of a real one. Its containers use this machine's shell, with a folder of
// their own for /run/berth and login files of their own: 100; 101, which does not run; 103, with busybox's shell and
// commands; 104, without a shell; 105, without named pipes; and 106, where a session begins late. A program that ignores signals
// gets less time in 100, 103 and 106 than in a real container.
const fakePct = `#!/bin/sh
case $1 in exec) trap '' PIPE ;; esac # as pct does
login='s,/etc/environment,DIR/environment,g; s,/etc/profile,DIR/profile,g; s,$HOME/.profile,DIR/root-profile,g'
haste='s,0.2 0.5 1 1 1 1 1,0.2 0.5,; s,timeout -s KILL 3,timeout -s KILL 1,'
case $1:$2 in
enter:100) PS1='root@web:~# ' exec /bin/sh -i ;;
enter:101) echo "container '101' not running!" >&2; exit 255 ;;
enter:*) echo "Configuration file 'nodes/pve1/lxc/$2.conf' does not exist" >&2; exit 2 ;;
exec:100) sed "$login; $haste; s,/run/berth,DIR/run,g" | /bin/sh -s ;;
exec:103) sed "$login; $haste; s,/run/berth,DIR/run,g; s,^PATH=.*,PATH=DIR/busybox,; s,/bin/sh,DIR/busybox/sh,g" | DIR/busybox/sh -s ;;
exec:105) sed "$login; s,/run/berth,DIR/run,g; s,if mkfifo,if false," | /bin/sh -s ;;
exec:106) sed "$login; $haste; s,/run/berth,DIR/run,g; s,setsid /bin/sh,DIR/late /bin/sh," | /bin/sh -s ;;
exec:101) echo "CT 101 not running" >&2; exit 255 ;;
exec:102) exit 255 ;;
exec:104) echo 'lxc-attach: 104: ../src/lxc/attach.c: lxc_attach_run_command: 1841 No such file or directory - Failed to exec "/bin/sh"' >&2; exit 127 ;;
exec:*) echo "Configuration file 'nodes/pve1/lxc/$2.conf' does not exist" >&2; exit 2 ;;
esac
`

// sshd is a real SSH server on loopback with Berth's forced command.
type sshd struct {
	t    testing.TB
	dir  string
	cfg  pct.HostConfig
	mu   sync.Mutex
	open []net.Conn
	made int // connections
}

// newSSHD starts the machine's sshd with keys, a port and a home of the test's own, so that no start-up files of whoever
// tests are run in each session; settings are further lines of its configuration.
func newSSHD(t testing.TB, settings ...string) *sshd {
	t.Helper()
	path, err := exec.LookPath("sshd")
	if err != nil {
		if path = "/usr/sbin/sshd"; !exists(path) {
			t.Skip("LEFT OUT: there is no sshd on this machine (apt-get install openssh-server)")
		}
	}
	me, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	s := &sshd{t: t, dir: t.TempDir()}
	hostKey, key := s.key("host_key"), s.key("client_key")
	gate := strings.Replace(pct.GateScript, "PATH=", "PATH="+s.dir+":", 1)
	gate = strings.Replace(gate, `"$(id -u)" != 0`, `"" != ""`, 1) // the user who runs the test may run pct
	s.write("gate", gate, 0o755)
	s.write("pct", strings.ReplaceAll(fakePct, "DIR", s.dir), 0o755)
	s.allow(key, `restrict,pty,command="`+s.dir+`/gate" `)
	s.cfg = pct.HostConfig{User: me.Username, Key: key, HostKey: ssh.FingerprintSHA256(hostKey.PublicKey()), Dial: s.dial}
	if me.Uid == "0" {
		if err := os.MkdirAll("/run/sshd", 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for range 10 {
		if s.listen(path, settings) {
			s.made = 0
			return s
		}
	}
	t.Fatal("sshd does not listen")
	return nil
}

// listen starts sshd on a port that was free just now. It tells false where another took it meanwhile.
func (s *sshd) listen(path string, settings []string) bool {
	s.t.Helper()
	port := freePort(s.t)
	s.write("sshd_config", fmt.Sprintf("Port %d\nListenAddress 127.0.0.1\nHostKey %[2]s/host_key\nAuthorizedKeysFile %[2]s/authorized_keys\nStrictModes no\nUsePAM no\nSetEnv HOME=%[2]s\nPidFile none\nPasswordAuthentication no\nLogLevel ERROR\n", port, s.dir)+strings.Join(append(settings, ""), "\n"), 0o600)
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, "-D", "-e", "-f", filepath.Join(s.dir, "sshd_config"))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.cfg.Addr = fmt.Sprintf("127.0.0.1:%d", port)
	if !s.answers() {
		cancel()
		cmd.Wait() // it was killed
		return false
	}
	s.t.Cleanup(func() {
		cancel()
		cmd.Wait() // it was killed
	})
	return true
}

// answers waits until something listens on the port, and tells whether it is this sshd.
func (s *sshd) answers() (mine bool) {
	s.t.Helper()
	look := &ssh.ClientConfig{User: "nobody", Timeout: 10 * time.Second, HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
		mine = ssh.FingerprintSHA256(key) == s.cfg.HostKey
		return errors.New("this was to be known")
	}}
	for deadline := time.Now().Add(40 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) { // another process starts
		_, err := ssh.Dial("tcp", s.cfg.Addr, look)
		if mine || !errors.Is(err, syscall.ECONNREFUSED) {
			return mine
		}
	}
	return false
}

// busybox puts its commands where container 103 finds them.
func (s *sshd) busybox() {
	s.t.Helper()
	path, err := exec.LookPath("busybox")
	if err != nil {
		s.t.Skip("LEFT OUT: there is no busybox on this machine (apt-get install busybox-static)")
	}
	dir := filepath.Join(s.dir, "busybox")
	if err := os.Mkdir(dir, 0o755); err != nil {
		s.t.Fatal(err)
	}
	if out, err := exec.CommandContext(s.t.Context(), path, "--install", "-s", dir).CombinedOutput(); err != nil {
		s.t.Fatalf("%v: %s", err, out)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func freePort(t testing.TB) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// key makes a key pair and writes its private half to a file.
func (s *sshd) key(file string) ssh.Signer {
	s.t.Helper()
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		s.t.Fatal(err)
	}
	s.write(file, string(pem.EncodeToMemory(block)), 0o600)
	signer, err := ssh.NewSignerFromKey(private)
	if err != nil {
		s.t.Fatal(err)
	}
	return signer
}

func (s *sshd) write(file, content string, mode os.FileMode) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, file), []byte(content), mode); err != nil {
		s.t.Fatal(err)
	}
}

// allow lets a key in, with those options, and no other.
func (s *sshd) allow(key ssh.Signer, options string) {
	s.write("authorized_keys", options+string(ssh.MarshalAuthorizedKey(key.PublicKey())), 0o600)
}

func (s *sshd) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.made++
	if err == nil {
		s.open = append(s.open, conn)
	}
	return conn, err
}

// cut breaks all connections.
func (s *sshd) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.open {
		c.Close()
	}
	s.open = nil
}

func (s *sshd) dials() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.made
}

// host is a client of the server, closed with the test.
func (s *sshd) host() *pct.Host {
	h := pct.NewHost(s.cfg)
	s.t.Cleanup(func() {
		if err := h.Close(); err != nil {
			s.t.Error(err)
		}
	})
	return h
}
