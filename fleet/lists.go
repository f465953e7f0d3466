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
	// listsSoon is how long a page waits for the last lists when others are there.
	listsSoon = 1500 * time.Millisecond
	// listsPatience is how long it waits for the first. It is above the 3.07 s that Proxmox takes to refuse a token.
	listsPatience = 4500 * time.Millisecond
	// listLimit is how long a list may take.
	listLimit = time.Minute
	// missedLife is how long an answer is kept for which nobody waited until it came, be it an error.
	missedLife = 30 * time.Second
)

// List is what was found, sorted. Where it could not be asked, or has not come yet, Items are what is known from before.
type List[T any] struct {
	Items   []T
	Err     error     // why it could not be asked
	Late    bool      // it has not come yet: who asks again later gets it
	Missing []Missing // storages whose part is not among Items, by name
}

// Missing is a storage that did not tell what it holds.
type Missing struct {
	Storage string
	Err     error // nil: it is late, or not active
	Late    bool
}

// lists are what nodes were last asked for, for all pages. They have a lock of their own: nothing of the inventory goes
// into them, and a page that gathers many does not hold up who wants the inventory.
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

// keptList is what was last answered, and the question for it.
type keptList[T any] struct {
	*live.Call[[]T]
	asked    int       // how often
	landedAt time.Time // zero: it has not
	missed   bool      // somebody did not wait until it came
	stale    bool      // what it tells may have changed since it was asked
	last     []T       // that came without an error
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

// inquiry is what one page asks of a node.
type inquiry struct {
	f      *Fleet
	ctx    context.Context
	node   store.Node
	client *proxmox.Client
	begun  time.Time // by the real clock
	asked  []interface{ IsDone() bool }
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

// answer is a question that was put.
type answer[T any] struct {
	*live.Call[[]T]
	kept *keptList[T]
}

// ask puts a question, unless its answer is kept, no older than life, or on its way.
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

// launchList asks, and keeps what comes. lists.mu is held.
func launchList[T any](q *inquiry, kept *keptList[T], call func(context.Context, *proxmox.Client, string) ([]T, error)) *live.Call[[]T] {
	l, client, member, turn := q.f.lists, q.client, q.node.Member, kept.asked
	return live.Begin(l.crew, func(ctx context.Context) ([]T, error) {
		ctx, cancel := proxmox.Patiently(ctx, listLimit)
		defer cancel()
		items, err := call(ctx, client, member)
		l.mu.Lock()
		defer l.mu.Unlock()
		if kept.asked != turn {
			return items, err // a later question is on its way
		}
		kept.landedAt = l.now()
		if err == nil {
			kept.last = items
		}
		return items, err
	})
}

// wait until the answers are there, or it has been long enough for this page: see listsSoon.
func (q *inquiry) wait(answers ...interface{ IsDone() bool }) {
	const pause = 10 * time.Millisecond
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for {
		spent := time.Since(q.begun)
		switch {
		case all(answers), spent >= listsPatience, q.ctx.Err() != nil:
			return
		case spent >= listsSoon && slices.ContainsFunc(q.asked, func(a interface{ IsDone() bool }) bool { return a.IsDone() }):
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

// list is the answer as it is now; known is what is known otherwise where none ever came.
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

// askStorages asks for the storages that hold a kind of content. Proxmox looks at each of them for that, so one that
// hangs makes the list late.
func (q *inquiry) askStorages(content string) answer[proxmox.Storage] {
	return ask(q, "storages "+content, choicesLife, func(ctx context.Context, c *proxmox.Client, member string) ([]proxmox.Storage, error) {
		return c.Storages(ctx, member, content)
	})
}

// storages are those of askStorages; where they are late or cannot be asked, those that the inventory knows.
func (q *inquiry) storages(a answer[proxmox.Storage], content string) List[proxmox.Storage] {
	return a.list(q, q.f.knownStorages(q.node, content)...)
}

// knownStorages are those of a node in the inventory.
func (f *Fleet) knownStorages(n store.Node, content string) []proxmox.Storage {
	var list []proxmox.Storage
	for _, s := range f.knownOf(n).Storages {
		if s.Node == n.Member && slices.Contains(s.Content, content) {
			list = append(list, proxmox.Storage{Name: s.Name, Type: s.Type, Active: s.Size > 0, Shared: s.Shared, Used: s.Used, Size: s.Size, Free: s.Free()})
		}
	}
	return list
}

// askEach asks each active storage what it holds, side by side.
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

// gather waits for what each storage holds, and names those that did not tell.
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

// drop forgets all lists of a node, which may lead elsewhere now.
func (l *lists) drop(nodeID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	maps.DeleteFunc(l.kept, func(key listKey, _ interface{ forget() }) bool { return key.nodeID == nodeID })
}

// mostLists bounds how many lists are kept, over all nodes.
const mostLists = 500

// makeRoom forgets all when there are many: a list that is needed is asked again. l.mu is held.
func (l *lists) makeRoom() {
	if len(l.kept) >= mostLists {
		clear(l.kept)
	}
}
