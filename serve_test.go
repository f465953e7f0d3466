package main

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// asBerth in the environment makes this test binary behave as berth.
const asBerth = "BERTH_TEST_AS_BERTH"

func TestMain(m *testing.M) {
	if os.Getenv(asBerth) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// shutdownBound bounds the time of a shutdown.
const shutdownBound = 5 * time.Second

// output collects what a program says, and tells when a line that fits has come.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
	more sync.Cond
	over bool
}

func newOutput() *output {
	o := &output{}
	o.more.L = &o.mu
	return o
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.more.Broadcast()
	return o.text.Write(p)
}

func (o *output) Close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.over = true
	o.more.Broadcast()
	return nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// wait returns what the first group of re matched, or "" when the program ended without it.
func (o *output) wait(re *regexp.Regexp) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	for {
		if m := re.FindSubmatch(o.text.Bytes()); m != nil {
			return string(m[1])
		}
		if o.over {
			return ""
		}
		o.more.Wait()
	}
}

var (
	saysAddress  = regexp.MustCompile(` is at (https?://\S+)\n`)
	saysCode     = regexp.MustCompile(`/setup\?code=(\S+)\n`)
	saysUser     = regexp.MustCompile(`Sign in as (\S+) `)
	saysPassword = regexp.MustCompile(`with the password (\S+)\n`)
)

// program is a berth at work in this process.
type program struct {
	url            string
	stdout, stderr *output
	end            func() int // as a signal does; returns the exit status
}

func startBerth(t *testing.T, env environment, args ...string) *program {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	p := &program{stdout: newOutput(), stderr: newOutput()}
	status := make(chan int, 1)
	go func() {
		defer p.stdout.Close()
		status <- run(ctx, args, env.get, strings.NewReader(""), p.stdout, p.stderr)
	}()
	p.end = sync.OnceValue(func() int {
		cancel()
		select {
		case s := <-status:
			return s
		case <-time.After(shutdownBound):
			t.Errorf("still at work %v after it was told to end", shutdownBound)
			return -1
		}
	})
	t.Cleanup(func() { p.end() })
	if p.url = p.stdout.wait(saysAddress); p.url == "" {
		t.Fatalf("berth %s did not start:\n%s", strings.Join(args, " "), p.stderr)
	}
	return p
}

// serving is the environment of a berth serve on a data folder, on a port that is free.
func serving(data string) environment {
	return environment{"BERTH_DATA": data, "BERTH_LISTEN": "127.0.0.1:0"}
}

// browser keeps cookies, and does not follow redirects.
func browser(t *testing.T) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Jar:           jar,
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func wantStatus(t *testing.T, res *http.Response, err error, want int) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != want {
		t.Fatalf("%s %s: status %d, want %d", res.Request.Method, res.Request.URL, res.StatusCode, want)
	}
	return string(body)
}

func TestSessionsOutliveARestart(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	b := startBerth(t, serving(data))
	info, err := os.Stat(data)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("the data folder: %v, %v, want mode 700", info, err)
	}
	code := b.stdout.wait(saysCode)
	client := browser(t)
	res, err := client.Get(b.url + "/healthz")
	wantStatus(t, res, err, http.StatusOK)
	res, err = client.PostForm(b.url+"/setup", url.Values{"code": {code}, "username": {"ada"}, "password": {"correct horse"}})
	wantStatus(t, res, err, http.StatusSeeOther)
	res, err = client.Get(b.url + "/account")
	wantStatus(t, res, err, http.StatusOK)
	if status := b.end(); status != exitOK {
		t.Errorf("exit status %d: %s", status, b.stderr)
	}
	if strings.Contains(b.stderr.String(), "correct horse") || strings.Contains(b.stderr.String(), code) {
		t.Errorf("the log holds a secret:\n%s", b.stderr)
	}

	env := serving(data)
	env["BERTH_LISTEN"] = strings.TrimPrefix(b.url, "http://") // the port can be had again at once
	b = startBerth(t, env)
	if strings.Contains(b.stdout.String(), "/setup") {
		t.Errorf("a set-up code although there is an account:\n%s", b.stdout)
	}
	res, err = client.Get(b.url + "/account")
	if page := wantStatus(t, res, err, http.StatusOK); !strings.Contains(page, "ada") {
		t.Error("the account page after the restart is not ada's")
	}
}

func TestServeSaysWhyItCannotStart(t *testing.T) {
	data := t.TempDir()
	b := startBerth(t, serving(data))
	wantRefusal(t, "in use by another Berth process: "+data, data, "", "serve", "--listen", "127.0.0.1:0")
	wantRefusal(t, "in use by another Berth process: "+data, data, "", "backup", filepath.Join(t.TempDir(), "x"))

	taken := strings.TrimPrefix(b.url, "http://")
	wantRefusal(t, "another program listens on "+taken, t.TempDir(), "", "serve", "--listen", taken)
	wantRefusal(t, "cannot listen on 192.0.2.1:80", t.TempDir(), "", "serve", "--listen", "192.0.2.1:80")
}

// A request that never ends does not keep the program from ending.
func TestServeEndsWhileARequestHangs(t *testing.T) {
	t.Parallel()
	b := startBerth(t, serving(t.TempDir()))
	conn := hangingRequest(t, b.url)
	start := time.Now()
	if status := b.end(); status != exitOK {
		t.Errorf("exit status %d: %s", status, b.stderr)
	}
	if took := time.Since(start); took > shutdownBound {
		t.Errorf("took %v", took)
	}
	if _, err := net.Dial("tcp", strings.TrimPrefix(b.url, "http://")); err == nil {
		t.Error("somebody still listens")
	}
	if _, err := io.Copy(io.Discard, conn); err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the request was not cut off: %v", err)
	}
}

// hangingRequest sends a form but for its last bytes, and returns when the handler waits for them.
func hangingRequest(t *testing.T, berth string) net.Conn {
	t.Helper()
	host := strings.TrimPrefix(berth, "http://")
	conn, err := net.Dial("tcp", host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	// With Expect, the server says 100 when the handler begins to read.
	fmt.Fprintf(conn, "POST /login HTTP/1.1\r\nHost: %s\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n", host)
	if err := conn.SetReadDeadline(time.Now().Add(shutdownBound)); err != nil {
		t.Fatal(err)
	}
	want := "HTTP/1.1 100 Continue\r\n\r\n"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
		t.Fatalf("got %q, %v", got, err)
	}
	return conn
}

// startProcess runs this test binary as berth, in a process of its own.
func startProcess(t *testing.T, env environment) (*exec.Cmd, *output) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = []string{asBerth + "=1"}
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	out := newOutput()
	cmd.Stdout, cmd.Stderr = out, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			cmd.Process.Kill()
			cmd.Wait()
		}
	})
	return cmd, out
}

func TestSIGTERMEndsTheProcessCleanly(t *testing.T) {
	cmd, out := startProcess(t, serving(t.TempDir()))
	out.wait(saysAddress)
	start := time.Now()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("exit: %v", err)
	}
	if took := time.Since(start); took > shutdownBound {
		t.Errorf("took %v", took)
	}
}

func TestASecondSignalEndsTheProcessAtOnce(t *testing.T) {
	t.Parallel()
	cmd, out := startProcess(t, serving(t.TempDir()))
	hangingRequest(t, out.wait(saysAddress)) // the shutdown waits for it
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for {
		// Nothing tells when the first signal was taken note of, so there are more than two.
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
			t.Fatal(err)
		}
		select {
		case <-ended:
			if ws := cmd.ProcessState.Sys().(syscall.WaitStatus); !ws.Signaled() || ws.Signal() != syscall.SIGTERM {
				t.Errorf("ended by %v, want by the signal itself", cmd.ProcessState)
			}
			return
		case <-again.C:
		}
	}
}

func TestServeSpeaksTLS(t *testing.T) {
	cert, key, roots := makeCertificate(t)
	env := serving(t.TempDir())
	env["BERTH_TLS_CERT"], env["BERTH_TLS_KEY"] = cert, key
	b := startBerth(t, env)
	if !strings.HasPrefix(b.url, "https://") {
		t.Fatalf("address %s", b.url)
	}
	client := browser(t)
	client.Transport.(*http.Transport).TLSClientConfig.RootCAs = roots
	res, err := client.Get(b.url + "/healthz")
	wantStatus(t, res, err, http.StatusOK)
}

// makeCertificate writes a certificate for 127.0.0.1 and its key to files.
func makeCertificate(t *testing.T) (certFile, keyFile string, roots *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	roots = x509.NewCertPool()
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots.AddCert(leaf)
	return write("cert.pem", "CERTIFICATE", der), write("key.pem", "PRIVATE KEY", keyDER), roots
}

func TestServeWarnsOfAnUnencryptedNetwork(t *testing.T) {
	env := serving(t.TempDir())
	env["BERTH_LISTEN"] = "0.0.0.0:0"
	b := startBerth(t, env)
	if !strings.HasPrefix(b.url, "http://localhost:") {
		t.Errorf("address %s", b.url)
	}
	if status := b.end(); status != exitOK {
		t.Errorf("exit status %d", status)
	}
	if !strings.Contains(b.stderr.String(), "unencrypted") {
		t.Errorf("no warning:\n%s", b.stderr)
	}
}

func TestDemonstration(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	b := startBerth(t, environment{"BERTH_LISTEN": "127.0.0.1:0"}, "demo")
	user, password := b.stdout.wait(saysUser), b.stdout.wait(saysPassword)
	client := browser(t)
	res, err := client.PostForm(b.url+"/login", url.Values{"username": {user}, "password": {password}})
	wantStatus(t, res, err, http.StatusSeeOther)
	res, err = client.Get(b.url + "/")
	page := wantStatus(t, res, err, http.StatusOK)
	for _, want := range []string{"data-vmid=", "demonstration"} {
		if !strings.Contains(page, want) {
			t.Errorf("the dashboard lacks %s", want)
		}
	}
	if status := b.end(); status != exitOK {
		t.Errorf("exit status %d: %s", status, b.stderr)
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
