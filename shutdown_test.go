package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"berth/proxmox/sim"
	"berth/store"
)

// house is a berth in a process of its own, with a node whose containers it reaches over SSH: 101 runs.
type house struct {
	t     *testing.T
	url   string
	stop  func() time.Duration // by SIGTERM; how long it took
	user  *http.Client
	place string // path of container 101
	shore *sim.SSH
}

func newHouse(t *testing.T) *house {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	cluster := sim.New(sim.Config{Members: []string{"pve1"}})
	t.Cleanup(cluster.Close)
	cluster.Add(sim.Guest{VMID: 101, Name: "web", Status: "running"})
	host, err := cluster.Serve("pve1")
	must(err)
	shore, err := cluster.ServeSSH("pve1")
	must(err)
	shore.AllowAny()
	data := t.TempDir()
	s, err := store.Open(data, store.Options{})
	must(err)
	const password = "a long word of ada's"
	user, err := s.AddUser("ada", password)
	must(err)
	node, err := s.AddNode(store.Node{
		UserID: user.ID, Name: "attic", Host: "127.0.0.1", Port: host.Port, TokenID: "ada@pve!berth",
		Fingerprint: host.Fingerprint, Member: "pve1", Members: []store.NodeMember{{Name: "pve1", Fingerprint: host.Fingerprint}},
	}, cluster.AddToken("ada@pve!berth", sim.LeastRights()))
	must(err)
	_, err = s.SetSSH(user.ID, node.ID, store.SSHSettings{Host: "127.0.0.1", Port: shore.Port, HostKey: shore.HostKey()})
	must(err)
	must(s.Close())

	cmd, out := startProcess(t, serving(data))
	h := &house{t: t, url: out.wait(saysAddress), user: browser(t), place: fmt.Sprintf("/containers/%s/101", node.ID), shore: shore}
	h.stop = func() time.Duration {
		begun := time.Now()
		must(cmd.Process.Signal(syscall.SIGTERM))
		ended := make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		select {
		case err := <-ended:
			if err != nil {
				t.Errorf("exit: %v", err)
			}
		case <-time.After(3 * shutdownBound):
			t.Fatalf("it has not ended %v after it was told to", 3*shutdownBound)
		}
		return time.Since(begun)
	}
	res, err := h.user.PostForm(h.url+"/login", url.Values{"username": {"ada"}, "password": {password}})
	wantStatus(t, res, err, http.StatusSeeOther)
	return h
}

// asks sends a request whose answer nobody waits for here; it is over with the test.
func (h *house) asks(method, path string) {
	req, err := http.NewRequestWithContext(h.t.Context(), method, h.url+path, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	req.Header.Set("Origin", h.url)
	go func() {
		if res, err := h.user.Do(req); err == nil {
			res.Body.Close()
		}
	}()
}

// Whatever hosts do, Berth ends when it is told to.
func TestBerthEndsThoughAHostIsStuck(t *testing.T) {
	t.Parallel()
	for name, stick := range map[string]func(*sim.SSH){
		"frozen": (*sim.SSH).Freeze,
		"frozen while a program runs": func(s *sim.SSH) {
			s.Play(sim.SSHFault{Shell: func(c ssh.Channel) int {
				s.Freeze()
				_, _ = io.Copy(io.Discard, c) // to its end
				return 255
			}})
		},
		"opens no session": (*sim.SSH).OpenNone,
		"answers nothing":  func(s *sim.SSH) { s.Play(sim.SSHFault{Hang: true}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := newHouse(t)
			res, err := h.user.Get(h.url + h.place + "/services?look=1") // there is a connection now
			wantStatus(t, res, err, http.StatusOK)
			stick(h.shore)
			for _, path := range []string{"/services/updates", "/services/nginx.service/log?look=1", "/services/nginx.service/log/events"} {
				h.asks(http.MethodGet, h.place+path)
			}
			h.asks(http.MethodPost, h.place+"/services/credentials")
			time.Sleep(300 * time.Millisecond) // they wait for the host; nothing tells
			if took := h.stop(); took >= shutdownBound {
				t.Errorf("it took %v", took)
			}
		})
	}
}
