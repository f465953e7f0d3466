package fleet

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"berth/fleet/vmids"
	"berth/proxmox/sim"
	"berth/store"
	"berth/store/storetest"
)

// patience bounds a test's wait for something that must happen.
const patience = 40 * time.Second

// world is a Fleet over a store and simulated hosts.
type world struct {
	*Fleet
	t      testing.TB
	db     *store.Store
	cache  *vmids.Cache
	time   *storetest.Clock
	tokens map[tokenKey]string // secrets
}

func newWorld(t testing.TB) *world {
	t.Helper()
	return worldAt(t, t.TempDir(), "")
}

// worldAt is a world over a data folder that may have been used before, with the Redis at url.
func worldAt(t testing.TB, dir, url string) *world {
	t.Helper()
	w := &world{t: t, time: storetest.NewClock(noon), tokens: make(map[tokenKey]string)}
	w.db = storetest.OpenAt(t, dir, store.Options{Now: w.time.Now})
	cache, err := vmids.Open(url)
	w.must(err)
	w.cache = cache
	t.Cleanup(func() { cache.Close() })
	w.Fleet = New(Config{Store: w.db, VMIDs: cache, Clock: w.time, RefreshWait: patience, ListsWait: patience})
	t.Cleanup(func() { w.must(w.Fleet.Close()) })
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// addUser returns a user without an account, of which a Fleet knows nothing.
func (w *world) addUser(name string) store.User { return store.User{ID: "u" + name, Name: name} }

// newCluster starts a simulated cluster, of which each member is served.
func newCluster(t testing.TB, members ...string) (*sim.Cluster, []*sim.Host) {
	t.Helper()
	c := sim.New(sim.Config{Members: members})
	t.Cleanup(c.Close)
	hosts := make([]*sim.Host, len(members))
	for i, m := range members {
		h, err := c.Serve(m)
		if err != nil {
			t.Fatal(err)
		}
		hosts[i] = h
	}
	return c, hosts
}

// tokenKey names a token of a cluster.
type tokenKey struct {
	cluster *sim.Cluster
	id      string
}

// addNode keeps a record of host for a user, with a token of the user's own for the cluster.
func (w *world) addNode(u store.User, name string, c *sim.Cluster, h *sim.Host, members []*sim.Host, rights sim.Rights) store.Node {
	w.t.Helper()
	token := u.Name + "@pve!berth"
	secret, made := w.tokens[tokenKey{c, token}]
	if !made {
		secret = c.AddToken(token, rights)
		w.tokens[tokenKey{c, token}] = secret
	}
	n := store.Node{
		UserID: u.ID, Name: name, Host: "127.0.0.1", Port: h.Port, TokenID: token,
		Fingerprint: h.Fingerprint, Member: h.Member,
	}
	for _, m := range members {
		n.Members = append(n.Members, store.NodeMember{Name: m.Member, Fingerprint: m.Fingerprint})
	}
	n, err := w.db.AddNode(n, secret)
	w.must(err)
	w.NodeChanged(n.ID)
	return n
}

// harbour is a user with one node on a host of its own.
type harbour struct {
	user    store.User
	node    store.Node
	cluster *sim.Cluster
	host    *sim.Host
}

func (w *world) harbour(member string, guests ...sim.Guest) harbour {
	w.t.Helper()
	return w.berthed(w.addUser("user-"+member), member, guests...)
}

// berthed adds a host of its own to a user's nodes.
func (w *world) berthed(u store.User, member string, guests ...sim.Guest) harbour {
	w.t.Helper()
	c, hosts := newCluster(w.t, member)
	c.Add(guests...)
	return harbour{u, w.addNode(u, member, c, hosts[0], hosts, sim.LeastRights()), c, hosts[0]}
}

// inventory returns the inventory as a page gets it.
func (w *world) inventory(u store.User) Inventory {
	w.t.Helper()
	p, err := w.Inventory(w.t.Context(), u.ID)
	w.must(err)
	return p
}

// verdict of a VMID as typed.
func (w *world) verdict(u store.User, n store.Node, typed string) Verdict {
	w.t.Helper()
	v, err := w.Check(w.t.Context(), u.ID, n.ID, typed)
	w.must(err)
	return v
}

// viewer is somebody who looks.
type viewer struct {
	*Watch
	w    *world
	user store.User
}

func (w *world) viewer(u store.User) viewer {
	watch := w.Watch(u.ID)
	w.t.Cleanup(watch.Close)
	return viewer{watch, w, u}
}

// until waits for news until fits.
func (v viewer) until(what string, fits func() bool) {
	v.w.t.Helper()
	ctx, cancel := context.WithTimeout(v.w.t.Context(), patience)
	defer cancel()
	for !fits() {
		select {
		case <-v.C:
		case <-ctx.Done():
			v.w.t.Fatalf("never came: %s", what)
		}
	}
}

// rested waits until no cluster of the viewer's is being asked and all were.
func (v viewer) rested() {
	v.w.t.Helper()
	v.until("an end of all questions", func() bool {
		v.w.mu.Lock()
		defer v.w.mu.Unlock()
		for _, s := range v.w.users[v.user.ID].clusters {
			if s.refresh != nil || !s.settled || !s.due.After(v.w.time.Now()) {
				return false
			}
		}
		return len(v.w.users[v.user.ID].clusters) > 0
	})
}

// pass lets time pass until the next cluster is due, and it be asked.
func (v viewer) pass(d time.Duration) {
	v.w.t.Helper()
	v.w.time.AdvanceAwaited(v.w.t, d)
	v.rested()
}

// asked counts the questions to a cluster's hosts that are at path.
func asked(c *sim.Cluster, path string) int {
	n := 0
	for _, call := range c.Calls() {
		if call.Path == path {
			n++
		}
	}
	return n
}

// askedBy returns the members that were asked for a path, in the order of the calls. One that is asked whether it is back
// may answer late.
func askedBy(c *sim.Cluster, path string) []string {
	var members []string
	for _, call := range c.Calls() {
		if call.Path == path {
			members = append(members, call.Member)
		}
	}
	return members
}

const resourcesPath = "/cluster/resources"

// names of containers, in their order.
func names(p Inventory) string {
	var list []string
	for _, c := range p.Containers {
		list = append(list, c.Name)
	}
	return strings.Join(list, " ")
}

// state of a node in an inventory.
func state(t testing.TB, p Inventory, n store.Node) NodeState {
	t.Helper()
	i := slices.IndexFunc(p.Nodes, func(s NodeState) bool { return s.Node.ID == n.ID })
	if i < 0 {
		t.Fatalf("%s is not in the inventory", n.Name)
	}
	return p.Nodes[i]
}
