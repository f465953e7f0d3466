package fleet

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"berth/proxmox"
	"berth/store"
	"berth/store/live"
)

// A page needs several lists of a node: its storages, what each of them holds, its bridges. One storage that hangs, or a
// backup server that takes its time, must not empty the others. So each list is a question of its own that outlives
// the page: the page shows what has come, says what is late or failed, and the answer that comes later is kept for
// whoever asks again.
const (
	// defaultListsWait bounds a page's wait for further lists once one has come, unless Config says otherwise.
	defaultListsWait = 1500 * time.Millisecond
	// firstListFactor, times as long, bounds its wait for the first one: 4.5 s, above the 3.07 s that Proxmox takes to
	// refuse a token.
	firstListFactor = 3
	// listLimit bounds the call for a list, which goes on after the page has given up.
	listLimit = time.Minute
	// missedLife bounds the age of an answer, be it an error, that the next page gets because the one that asked had given up.
	missedLife = 30 * time.Second
)

// List of one kind from a node, sorted. Where it is late or failed, Items are older ones, if there are any.
type List[T any] struct {
	Items   []T
	Err     error     // of the call
	Late    bool      // it has not come yet; asking again later gets it
	Missing []Missing // storages whose part is not among Items, by name
}

// Missing is a storage that did not list its content.
type Missing struct {
	Storage string
	Err     error // nil: it is late, or not active
	Late    bool
}

// lists keeps the last answer for each list of each node, shared by all pages. It has a lock of its own, so that a page
// that gathers many lists does not hold up those that need the inventory.
type lists struct {
	crew *live.Crew
	now  func() time.Time

	mu   sync.Mutex // guards what follows, and each keptList
	kept map[listKey]interface{ forget() }
}

func newLists(crew *live.Crew, now func() time.Time) *lists {
	return &lists{crew: crew, now: now, kept: make(map[listKey]interface{ forget() })}
}

// listKey names a list of a node.
type listKey struct{ nodeID, list string }

// keptList is the last call for a list, with the last answer that was no error.
type keptList[T any] struct {
	*live.Call[[]T]
	asked    int       // number of the call
	landedAt time.Time // when it ended; zero: not yet
	missed   bool      // a page gave up before it ended
	stale    bool      // forget was called since it began
	last     []T
}

// forget lets the list be asked anew the next time. lists.mu is held.
func (k *keptList[T]) forget() { k.stale = true }

// good tells whether the list need not be asked anew. lists.mu is held.
func (k *keptList[T]) good(now time.Time, life time.Duration) bool {
	if k.Call == nil || k.stale {
		return false
	}
	if !k.IsDone() {
		return true
	}
	_, err := k.Answer()
	age := now.Sub(k.landedAt)
	return err == nil && age < life || k.missed && age < missedLife
}

// inquiry gathers the lists that one page needs of a node, under one time limit.
type inquiry struct {
	f      *Fleet
	ctx    context.Context
	node   store.Node
	client *proxmox.Client
	begun  time.Time                    // by the real clock
	asked  []interface{ IsDone() bool } // all calls so far
}

// inquire begins an inquiry. store.ErrNotFound for another user's node.
func (f *Fleet) inquire(ctx context.Context, userID, nodeID string) (*inquiry, error) {
	node, err := f.store.Node(userID, nodeID)
	if err != nil {
		return nil, err
	}
	c, _, err := f.Client(nodeID)
	if err != nil {
		return nil, err
	}
	return &inquiry{f: f, ctx: ctx, node: node, client: c, begun: time.Now()}, nil
}

// answer is the handle on a list that an inquiry asked for: a later call of its list takes what has come.
type answer[T any] struct {
	*live.Call[[]T]
	kept *keptList[T]
}

// ask asks the node for a list, unless an answer no older than life is kept, or a call for it is under way. It does not
// wait. All calls with the same name of a list must have the same T.
func ask[T any](q *inquiry, list string, life time.Duration, call func(ctx context.Context, c *proxmox.Client, member string) ([]T, error)) answer[T] {
	l, key := q.f.lists, listKey{q.node.ID, list}
	l.mu.Lock()
	defer l.mu.Unlock()
	kept, there := l.kept[key].(*keptList[T])
	if !there {
		l.makeRoom()
		kept = &keptList[T]{}
		l.kept[key] = kept
	}
	if !kept.good(l.now(), life) {
		kept.missed, kept.stale = false, false
		kept.asked++
		kept.Call = launchList(q, kept, call)
	}
	q.asked = append(q.asked, kept.Call)
	return answer[T]{kept.Call, kept}
}

// launchList begins the call for a list, whose answer goes into kept unless a later call has taken its place. lists.mu is
// held.
func launchList[T any](q *inquiry, kept *keptList[T], call func(context.Context, *proxmox.Client, string) ([]T, error)) *live.Call[[]T] {
	l, client, member, turn := q.f.lists, q.client, q.node.Member, kept.asked
	return live.Begin(l.crew, func(ctx context.Context) ([]T, error) {
		ctx, cancel := proxmox.Patiently(ctx, listLimit)
		defer cancel()
		items, err := call(ctx, client, member)
		l.mu.Lock()
		defer l.mu.Unlock()
		if kept.asked != turn {
			return items, err // a later call is under way
		}
		kept.landedAt = l.now()
		if err == nil {
			kept.last = items
		}
		return items, err
	})
}

// wait returns when all answers have come, or the page has waited long enough: see Config.ListsWait and firstListFactor.
func (q *inquiry) wait(answers ...interface{ IsDone() bool }) {
	const pause = 10 * time.Millisecond
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		spent := time.Since(q.begun)
		switch {
		case all(answers), spent >= firstListFactor*q.f.listsWait, q.ctx.Err() != nil:
			return
		case spent >= q.f.listsWait && slices.ContainsFunc(q.asked, func(a interface{ IsDone() bool }) bool { return a.IsDone() }):
			return
		}
		select {
		case <-tick.C:
		case <-q.ctx.Done():
		}
	}
}

func all(answers []interface{ IsDone() bool }) bool {
	return !slices.ContainsFunc(answers, func(a interface{ IsDone() bool }) bool { return !a.IsDone() })
}

// list returns the answer as it is now, without waiting. While there is none, Items are the last good answer, or else
// known.
func (a answer[T]) list(q *inquiry, known ...T) List[T] {
	q.f.lists.mu.Lock()
	defer q.f.lists.mu.Unlock()
	before := a.kept.last
	if before == nil {
		before = known
	}
	if !a.IsDone() {
		a.kept.missed = true
		return List[T]{Items: slices.Clone(before), Late: true}
	}
	items, err := a.Answer()
	if err != nil {
		return List[T]{Items: slices.Clone(before), Err: err}
	}
	return List[T]{Items: slices.Clone(items)}
}

// askStorages asks for the storages that hold a kind of content. Proxmox checks each of them for that, so one that hangs
// makes the list late.
func (q *inquiry) askStorages(content string) answer[proxmox.Storage] {
	return ask(q, "storages "+content, choicesLife, func(ctx context.Context, c *proxmox.Client, member string) ([]proxmox.Storage, error) {
		return c.Storages(ctx, member, content)
	})
}

// storages returns the list of askStorages; where it is late or failed, with the storages from the inventory.
func (q *inquiry) storages(a answer[proxmox.Storage], content string) List[proxmox.Storage] {
	return a.list(q, q.f.knownStorages(q.node, content)...)
}

// knownStorages returns the storages of a node with a kind of content, from the inventory.
func (f *Fleet) knownStorages(n store.Node, content string) []proxmox.Storage {
	var list []proxmox.Storage
	for _, s := range f.knownOf(n).Storages {
		if s.Node == n.Member && slices.Contains(s.Content, content) {
			list = append(list, proxmox.Storage{Name: s.Name, Type: s.Type, Active: s.Size > 0, Shared: s.Shared, Used: s.Used, Size: s.Size, Free: s.Free()})
		}
	}
	return list
}

// askEach asks for the content of each active storage, side by side; what begins the name of the list. An answer without
// Call stands for a storage that is not active.
func askEach[T any](q *inquiry, what string, life time.Duration, storages []proxmox.Storage,
	call func(ctx context.Context, c *proxmox.Client, member, storage string) ([]T, error),
) []answer[T] {
	answers := make([]answer[T], len(storages))
	for i, s := range storages {
		if s.Active {
			answers[i] = ask(q, what+" "+s.Name, life, func(ctx context.Context, c *proxmox.Client, member string) ([]T, error) {
				return call(ctx, c, member, s.Name)
			})
		}
	}
	return answers
}

// gather waits for the answers of askEach and joins them, naming the storages that did not answer in Missing.
func gather[T any](q *inquiry, storages List[proxmox.Storage], answers []answer[T]) List[T] {
	for _, a := range answers {
		if a.Call != nil {
			q.wait(a)
		}
	}
	found := List[T]{Late: storages.Late, Err: storages.Err}
	for i, s := range storages.Items {
		if answers[i].Call == nil {
			found.Missing = append(found.Missing, Missing{Storage: s.Name})
			continue
		}
		part := answers[i].list(q)
		found.Items = append(found.Items, part.Items...)
		if part.Late || part.Err != nil {
			found.Missing = append(found.Missing, Missing{s.Name, part.Err, part.Late})
		}
	}
	return found
}

// forget lets the lists of a node be asked anew.
func (l *lists) forget(nodeID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for key, kept := range l.kept {
		if key.nodeID == nodeID {
			kept.forget()
		}
	}
}

// drop forgets all lists of a node, whose address may be another one now.
func (l *lists) drop(nodeID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.kept, func(key listKey, _ interface{ forget() }) bool { return key.nodeID == nodeID })
}

// mostLists bounds the lists that are kept, over all nodes.
const mostLists = 500

// makeRoom forgets all lists when there are mostLists: those still needed are asked for again. l.mu is held.
func (l *lists) makeRoom() {
	if len(l.kept) >= mostLists {
		clear(l.kept)
	}
}
