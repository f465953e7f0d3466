// Package fleet holds the live inventory of each user's containers on all nodes:
// one poller a user however many look, and none when nobody does.
//
// A cluster is asked as a whole: one GET /cluster/resources to one of its nodes covers
// all. The answer is kept in a known, which is never changed but replaced, so that pages
// are made from it without holding a lock.
package fleet

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"berth/fleet/conns"
	"berth/fleet/vmids"
	"berth/proxmox"
	"berth/store"
	"berth/store/live"
)

// Interval is the time between two refreshes of a cluster while someone looks.
const Interval = 10 * time.Second

// Config of a Fleet.
type Config struct {
	Store *store.Store
	VMIDs *vmids.Cache
	Clock live.Clock   // nil: the real one
	Log   *slog.Logger // nil: discarded
	// RefreshWait bounds a page's wait for a refresh of the inventory; 0 for defaultRefreshWait, more only for tests.
	RefreshWait time.Duration
	// ListsWait bounds a page's wait for further lists of a node once one has come; 0 for defaultListsWait, more only for
	// tests.
	ListsWait time.Duration
	// VerdictWait bounds the wait for the verdict on one VMID, with all calls for it; 0 for proxmox.VMIDTime, more only for
	// tests.
	VerdictWait time.Duration
}

// Fleet is safe for concurrent use.
type Fleet struct {
	store       *store.Store
	vmids       *vmids.Cache
	clock       live.Clock
	log         *slog.Logger
	refreshWait time.Duration
	listsWait   time.Duration
	verdictWait time.Duration
	conns       *conns.Pool

	crew      *live.Crew        // all goroutines and calls; ends with Close
	news      live.News[string] // by user ID: the user's inventory, details or alerts may have changed
	cacheGone atomic.Bool       // the VMID cache did not answer the last time

	// Last answers beside the inventory, each with a lock of its own.
	statuses *live.Calls[store.Ref, Container]
	metrics  *live.Calls[metricsKey, []proxmox.Metrics]
	rights   *live.Calls[rightsKey, proxmox.Permissions]
	lists    *lists
	details  containersDetails

	// mu guards the inventory: what follows, and all users and clusters. It is never held during a call, nor while the store
	// is read or written.
	mu     sync.Mutex
	closed bool
	users  map[string]*user
}

// user is someone who looked.
type user struct {
	id       string
	clusters map[string]*cluster
	watches  int                // that are open
	stop     context.CancelFunc // ends the poller
}

// New returns a Fleet that asks nobody yet.
func New(cfg Config) *Fleet {
	f := &Fleet{
		store:       cfg.Store,
		vmids:       cfg.VMIDs,
		clock:       cfg.Clock,
		log:         cfg.Log,
		refreshWait: cmp.Or(cfg.RefreshWait, defaultRefreshWait),
		listsWait:   cmp.Or(cfg.ListsWait, defaultListsWait),
		verdictWait: cmp.Or(cfg.VerdictWait, proxmox.VMIDTime),
		users:       make(map[string]*user),
		details:     containersDetails{byRef: make(map[store.Ref]*keptDetails)},
	}
	if f.clock == nil {
		f.clock = live.RealClock{}
	}
	if f.log == nil {
		f.log = slog.New(slog.DiscardHandler)
	}
	f.conns = conns.New(f.store, f.clock.Now)
	f.crew = live.NewCrew()
	f.lists = newLists(f.crew, f.clock.Now)
	f.statuses = live.NewCalls[store.Ref, Container](f.crew, f.clock.Now, 0, mostStatuses)
	f.metrics = live.NewCalls[metricsKey, []proxmox.Metrics](f.crew, f.clock.Now, metricsLife, maxMetrics)
	f.rights = live.NewCalls[rightsKey, proxmox.Permissions](f.crew, f.clock.Now, rightsLife, mostRights)
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

	errs := []error{f.crew.Close(context.Background()), f.conns.Close()}
	for id, k := range f.unkept() {
		errs = append(errs, f.keep(id, k))
	}
	return errors.Join(errs...)
}

// unkept returns the inventories that Close has still to write to the store, by cluster ID.
func (f *Fleet) unkept() map[string]*known {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := make(map[string]*known)
	for _, u := range f.users {
		for _, c := range u.clusters {
			if c.unkept {
				all[c.id] = c.known
			}
		}
	}
	return all
}

// user returns the user with an ID, new and without clusters the first time. f.mu is held.
func (f *Fleet) user(id string) *user {
	u := f.users[id]
	if u == nil {
		u = &user{
			id:       id,
			clusters: make(map[string]*cluster),
		}
		f.users[id] = u
	}
	return u
}
