// Package fleet holds the live inventory of each user's containers on all nodes:
// one poller a user however many look, and none when nobody does.
//
// What VMIDs are unique in, a scope, is asked as a whole: one GET /cluster/resources
// to one of its nodes tells of all. What was told is kept in a known, which is never
// changed but replaced, so that pages are made from it without holding a lock.
package fleet

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"berth/fleet/vmids"
	"berth/proxmox"
	"berth/store"
)

// Interval is how often a scope is asked while someone looks.
const Interval = 10 * time.Second

// Config of a Fleet.
type Config struct {
	Store *store.Store
	VMIDs *vmids.Cache
	Clock Clock        // nil: the real one
	Log   *slog.Logger // nil: discarded
	// FirstLook is how long a page may wait for fresh figures; 0 for 250 ms, more only for tests.
	FirstLook time.Duration
}

// Clock is passed in by tests. It says when a scope is asked again; the deadlines of
// calls are those of their contexts.
type Clock interface {
	Now() time.Time
	At(t time.Time) <-chan time.Time // tells once when t has come; at once where it is past
}

type realClock struct{}

func (realClock) Now() time.Time                  { return time.Now() }
func (realClock) At(t time.Time) <-chan time.Time { return time.After(time.Until(t)) }

// Fleet is safe for concurrent use.
type Fleet struct {
	store     *store.Store
	vmids     *vmids.Cache
	clock     Clock
	log       *slog.Logger
	firstLook time.Duration
	clients   clients
	hosts     hosts

	ctx       context.Context // of all calls; ends with Close
	end       context.CancelFunc
	work      sync.WaitGroup // all goroutines
	cacheGone atomic.Bool    // the VMID cache did not answer the last time

	mu       sync.Mutex // guards what follows, and all users and scopes; never held during a call
	closed   bool
	users    map[string]*user
	lists    map[listKey]interface{ forget() }
	statuses map[store.Ref]*flight[Container]
	figures  map[frame]*keptFigures
	details  map[store.Ref]*keptDetails
	rights   map[string]*keptRights // by node
}

// user is someone who looked.
type user struct {
	id      string
	scopes  map[string]*scope
	watches map[*Watch]chan<- struct{}
	wake    chan struct{} // tells the poller to look what is due; holds one; nil: there was none yet
	stop    context.CancelFunc
}

// New returns a Fleet that asks nobody yet.
func New(cfg Config) *Fleet {
	f := &Fleet{
		store:     cfg.Store,
		vmids:     cfg.VMIDs,
		clock:     cfg.Clock,
		log:       cfg.Log,
		firstLook: cmp.Or(cfg.FirstLook, FirstLook),
		users:     make(map[string]*user),
		lists:     make(map[listKey]interface{ forget() }),
		statuses:  make(map[store.Ref]*flight[Container]),
		figures:   make(map[frame]*keptFigures),
		details:   make(map[store.Ref]*keptDetails),
		rights:    make(map[string]*keptRights),
	}
	if f.clock == nil {
		f.clock = realClock{}
	}
	if f.log == nil {
		f.log = slog.New(slog.DiscardHandler)
	}
	f.clients = clients{store: f.store, now: f.clock.Now, byNode: make(map[string]*proxmox.Client)}
	f.hosts = hosts{store: f.store, now: f.clock.Now, byNode: make(map[string]sharedHost)}
	f.ctx, f.end = context.WithCancel(context.Background())
	return f
}

// Close ends all polling, waits for it, and keeps the last inventories. A second call does nothing.
func (f *Fleet) Close() error {
	f.mu.Lock()
	if f.closed {
		f.mu.Unlock()
		return nil
	}
	f.closed = true
	f.mu.Unlock()

	f.end()
	f.work.Wait()
	f.clients.close()
	errs := []error{f.hosts.close()}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, u := range f.users {
		for _, s := range u.scopes {
			if s.unkept {
				errs = append(errs, f.keep(s.id, s.known))
			}
		}
	}
	return errors.Join(errs...)
}

// spawn runs work in a goroutine that Close waits for. It does nothing and returns false after Close. f.mu is held.
func (f *Fleet) spawn(work func()) bool {
	if f.closed {
		return false
	}
	f.work.Go(work)
	return true
}

// user returns what is held of a user. f.mu is held.
func (f *Fleet) user(id string) *user {
	u := f.users[id]
	if u == nil {
		u = &user{
			id:      id,
			scopes:  make(map[string]*scope),
			watches: make(map[*Watch]chan<- struct{}),
		}
		f.users[id] = u
	}
	return u
}

// tell lets the user's viewers know of news, and the poller look what is due. f.mu is held.
func (u *user) tell() {
	for _, c := range u.watches {
		select {
		case c <- struct{}{}:
		default: // it knows already
		}
	}
	select {
	case u.wake <- struct{}{}:
	default:
	}
}
