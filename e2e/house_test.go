//go:build e2e

// Package e2e walks through Berth in a browser, over simulated hosts, with and without JavaScript.
package e2e

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http/httptest"
	"testing"
	"time"

	"berth/fleet"
	"berth/fleet/vmids"
	"berth/handlers"
	"berth/handlers/web"
	"berth/jobs"
	"berth/pct/consoles"
	"berth/pct/inside"
	"berth/proxmox/sim"
	"berth/store"
)

// The account and the token of the tests.
const (
	username = "mira"
	password = "harbour lights"
	tokenID  = "berth@pve!app"
)

// house is Berth with its real wiring and a home of simulated hosts.
type house struct {
	t       *testing.T
	url     string
	code    string // for the set-up
	store   *store.Store
	fleet   *fleet.Fleet
	cluster *sim.Cluster
	host    *sim.Host // pve1
	secret  string    // of the token
	node    string    // ID of pve1 in Berth, once it is ashore
	folder  string    // of templates
}

// taskTime lets a job be watched.
const taskTime = 1200 * time.Millisecond

// newHouse serves a new Berth without accounts, beside a Proxmox host with some containers; further names further
// members of its cluster.
func newHouse(t *testing.T, further ...string) *house {
	t.Helper()
	s, err := store.Open(t.TempDir(), store.Options{HashMemory: 64, Unsynced: true})
	if err != nil {
		t.Fatal(err)
	}
	vmids, err := vmids.Open("")
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	f := fleet.New(fleet.Config{Store: s, VMIDs: vmids, Log: log, RefreshWait: 10 * time.Second, ListsWait: 10 * time.Second, VerdictWait: 5 * time.Second})
	j := jobs.New(jobs.Config{Store: s, Client: f.Client, Host: f.Host, Changed: f.GuestsChanged, Addressed: f.NoteAddresses, Log: log})
	folder := t.TempDir()
	cluster := sim.New(sim.Config{Members: append([]string{"pve1"}, further...), TaskTime: taskTime, Live: true})
	in := inside.New(inside.Config{Dial: cluster.Dial})
	k := consoles.New(consoles.Config{Store: s, Host: f.Host, Log: log})
	handler, err := handlers.New(web.Config{Store: s, Fleet: f, Jobs: j, Inside: in, Consoles: k, Log: log, Version: "test", Templates: folder})
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Resume(); err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	server := httptest.NewUnstartedServer(handler)
	server.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	server.Start()
	t.Cleanup(func() {
		end() // the streams
		server.Close()
		stop, cancel := context.WithTimeout(context.Background(), 40*time.Second)
		defer cancel()
		if err := errors.Join(k.Close(stop), j.Close(stop), in.Close(stop), f.Close(), vmids.Close(), s.Close()); err != nil {
			t.Error(err)
		}
		cluster.Close()
	})
	cluster.Add(
		sim.Guest{VMID: 101, Name: "pihole", Status: "running", Tags: []string{"dns"}, CPU: 0.03, Memory: 140 << 20, Disk: 2 << 30, Uptime: 41 * 24 * time.Hour},
		sim.Guest{VMID: 102, Name: "jellyfin", Status: "running", Tags: []string{"media"}, Cores: 4, CPU: 0.4, Memory: 300 << 20, Disk: 3 << 30, Uptime: time.Hour},
		sim.Guest{VMID: 103, Name: "paperless", Status: "stopped"},
		sim.Guest{VMID: 110, Name: "win11", Type: "qemu", Status: "running"},
	)
	host, err := cluster.Serve("pve1")
	if err != nil {
		t.Fatal(err)
	}
	code, err := s.SetUpCode()
	if err != nil {
		t.Fatal(err)
	}
	return &house{t: t, url: server.URL, code: code, store: s, fleet: f, cluster: cluster, host: host, secret: cluster.AddToken(tokenID, sim.LeastRights()), folder: folder}
}

// furnished is a newHouse with an account and its node.
func furnished(t *testing.T, further ...string) *house {
	t.Helper()
	h := newHouse(t, further...)
	u, err := h.store.AddUser(username, password)
	if err != nil {
		t.Fatal(err)
	}
	n, err := h.store.AddNode(store.Node{
		UserID: u.ID, Name: "pve1", Host: "127.0.0.1", Port: h.host.Port, TokenID: tokenID, Fingerprint: h.host.Fingerprint,
		Member: "pve1", Members: []store.NodeMember{{Name: "pve1", Fingerprint: h.host.Fingerprint}},
	}, h.secret)
	if err != nil {
		t.Fatal(err)
	}
	h.fleet.NodeChanged(n.ID)
	return h
}
