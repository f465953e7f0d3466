package handlers

import (
	"crypto/rand"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"berth/handlers/web"
	"berth/proxmox/sim"
	"berth/store"
)

// ask asks for the health and returns what it says.
func (ta *testApp) ask(want int) string {
	ta.t.Helper()
	return ta.browser().get("/healthz", want).body
}

func TestHealthIsAskedWithoutAWriteOrALineOfTheLog(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	path := filepath.Join(ta.dir, "berth.db")
	read := func() string {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	before := read()
	for range 20 {
		if got := ta.ask(http.StatusOK); got != "ok\n" {
			t.Errorf("it says %q", got)
		}
	}
	if read() != before {
		t.Error("something was written")
	}
	ta.clock.Advance(61 * time.Second)
	ta.ask(http.StatusOK)
	after := read()
	if after == before {
		t.Error("nothing was written in a minute: a disk that takes no more would not be noticed")
	}
	ta.ask(http.StatusOK)
	if read() != after {
		t.Error("something was written twice in a minute")
	}
	if strings.Contains(ta.log.String(), "level=INFO") {
		t.Errorf("the log:\n%s", ta.log)
	}
}

// smallDisk is a folder on a disk of its own. Without the right to mount one, the test is left out.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=3m,mode=700"); err != nil {
		t.Skipf("LEFT OUT: this user may not mount a disk of memory: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill takes all room that a disk has, and returns what gives it back.
func fill(t testing.TB, disk string) (free func()) {
	t.Helper()
	path := filepath.Join(disk, "fill")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4<<10); ; {
		if _, err := f.Write(block); err != nil {
			break
		}
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAFullDiskIsToldAndPagesGoOn(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	ta := newTestAppAt(t, filepath.Join(disk, "data"))
	c := ta.signedIn("ada")
	free, err := ta.exhaust(disk, c.user.ID)
	if got, want := ta.ask(http.StatusServiceUnavailable), "the disk that holds Berth's data is full\n"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
	if got := web.Trouble(err); !strings.HasPrefix(got, "The disk that holds Berth's data is full") {
		t.Errorf("%q: %v", got, err)
	}
	var names strings.Builder
	for range 60 {
		fmt.Fprintln(&names, strings.ToLower(strings.Repeat(rand.Text(), 2)))
	}
	form := url.Values{"name": {"much"}, "packages_apt": {names.String()}}
	a := c.post("/packages", form, http.StatusInsufficientStorage)
	if !strings.Contains(a.body, "The disk that holds Berth&#39;s data is full") {
		t.Errorf("the answer: %s", a.body)
	}
	ta.clock.Advance(2 * time.Minute) // the session would be prolonged
	if page := c.get("/packages", http.StatusOK); !strings.Contains(page.body, "data is full: nothing new can be saved, and jobs wait") {
		t.Errorf("a page does not tell: %s", page.body)
	}
	free()
	ta.clock.Advance(time.Minute)
	if got := ta.ask(http.StatusOK); got != "ok\n" {
		t.Errorf("with room again it says %q", got)
	}
	if page := c.get("/packages", http.StatusOK); strings.Contains(page.body, "is full") {
		t.Error("a page still tells of it")
	}
}

// exhaust fills a disk, and the room that is left in the database itself. It returns what gives the room back, and
// what its last write was told.
func (ta *testApp) exhaust(disk, userID string) (free func(), err error) {
	ta.t.Helper()
	free = fill(ta.t, disk)
	for _, size := range []int{20 << 10, 4 << 10, 500} {
		for range 200 {
			_, err = ta.Store.PutPackageBucket(store.PackageBucket{UserID: userID, Name: rand.Text(), Packages: []store.Package{{Name: strings.Repeat("x", size)}}})
			if err != nil {
				break
			}
		}
	}
	return free, err
}

func TestAJobThatCannotBeSavedSaysSoAndGoesOnOnceItCan(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	ta := newTestAppAt(t, filepath.Join(disk, "data"))
	h := ta.harbour("mira", sim.Guest{VMID: 101, Name: "pihole", Status: "stopped"})
	release := make(chan struct{})
	h.cluster.Inject(sim.Fault{Path: "/nodes/{node}/lxc/{vmid}/status/start", Times: 1, Then: func() { <-release }})
	j := h.act(101, store.JobStart)
	stream := h.events("/jobs/"+j.ID+"/events", "")
	free, _ := ta.exhaust(disk, h.user.ID)
	close(release)
	told, last := false, ""
	for e := range stream {
		if e.name != "state" {
			continue
		}
		last = e.data
		if !told && strings.Contains(last, "data is full: nothing new can be saved, and jobs wait") {
			told = true
			free()
			ta.clock.Advance(time.Minute)
		}
	}
	if !told {
		t.Error("its page does not tell that it cannot be saved")
	}
	if !strings.Contains(last, `data-state="done"`) || strings.Contains(last, "is full") {
		t.Errorf("with room again it ended as %s", last)
	}
}

func TestADiskThatCanOnlyBeReadIsTold(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t)
	dir := filepath.Join(disk, "data")
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	_, err = store.Open(dir, store.Options{})
	if got := healthWord(err); got != "the disk that holds Berth's data is read-only" {
		t.Errorf("it says %q: %v", got, err)
	}
}

func TestDamageThatComesWhileItRunsIsTold(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ta := newTestAppAt(t, dir)
	c := ta.signedIn("ada")
	c.get("/packages", http.StatusOK)
	if err := os.Truncate(filepath.Join(dir, "berth.db"), 8<<10); err != nil {
		t.Fatal(err)
	}
	page := c.get("/packages", http.StatusServiceUnavailable)
	if !strings.Contains(page.body, "Berth&#39;s database is damaged") || !strings.Contains(page.body, "restore a backup") {
		t.Errorf("the page: %s", page.body)
	}
	if got := ta.ask(http.StatusServiceUnavailable); got != "the database is damaged\n" {
		t.Errorf("it says %q", got)
	}
	if err := ta.Store.Close(); err != nil { // before it is looked at once more
		t.Error(err)
	}
}
