package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"berth/store"
	"berth/store/live"
)

// perNode bounds the jobs at work on a node; the others wait in order.
const perNode = 2

// Runner takes jobs, queues them by node and works on them. It is safe for concurrent use.
type Runner struct {
	cfg   Config
	clock live.Clock
	log   *slog.Logger
	hub   hub

	// Close cancels stop first, which ends waiting and reading, and later, when it is
	// asked to hurry, kill, which cuts off calls that change something.
	stop, kill             context.Context
	cancelStop, cancelKill context.CancelFunc
	workers                sync.WaitGroup

	mu     sync.Mutex
	going  bool // Resume was called
	closed bool
	nodes  map[string]*nodeQueue
	active map[string]*worker // by job ID
}

// nodeQueue holds the jobs of one node that wait, and counts those at work.
type nodeQueue struct {
	waiting []string // job IDs, in order
	working int
}

// New returns a Runner that takes jobs, but works on none before Resume.
func New(cfg Config) *Runner {
	r := &Runner{
		cfg:    cfg,
		clock:  cfg.Clock,
		log:    cfg.Log,
		nodes:  map[string]*nodeQueue{},
		active: map[string]*worker{},
	}
	if r.clock == nil {
		r.clock = live.RealClock{}
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	r.stop, r.cancelStop = context.WithCancel(context.Background())
	r.kill, r.cancelKill = context.WithCancel(context.Background())
	return r
}

// Resume starts the work, with all unfinished jobs in the store. It is called once, at the start; further calls do nothing.
func (r *Runner) Resume() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return ErrClosed
	}
	if r.going {
		return nil
	}
	open, err := r.cfg.Store.OpenJobs()
	if err != nil {
		return fmt.Errorf("jobs: take up unfinished jobs: %w", err)
	}
	// Those that had begun go before those that had to wait for them.
	for _, begun := range []bool{true, false} {
		for _, j := range open {
			if j.Kind != store.JobBulk && j.State != store.JobWaiting && begun == (j.State == store.JobRunning) {
				r.enqueue(j)
			}
		}
	}
	for _, j := range open {
		if j.Kind == store.JobBulk && j.Cancel {
			if _, err := r.cancelBulk(j, func(*store.Job) error { return nil }); err != nil {
				return fmt.Errorf("jobs: cancel on what was cancelled: %w", err)
			}
		}
	}
	r.going = true
	for _, q := range r.nodes {
		r.dispatch(q)
	}
	return nil
}

// cutWithin bounds Close's wait for jobs after it has cut off their calls.
const cutWithin = 700 * time.Millisecond

// Close stops jobs between two steps or while they wait for their task, and waits for
// them; when ctx ends first, it cuts off their calls. The next Resume takes the jobs up.
// The error is that of ctx when calls that change something had to be cut off.
func (r *Runner) Close(ctx context.Context) error {
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.cancelStop()
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.workers.Wait()
	}()
	defer r.cancelKill()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
	}
	r.cancelKill()
	late := time.NewTimer(cutWithin)
	defer late.Stop()
	select {
	case <-done:
	case <-late.C:
		r.log.Error("jobs went on after their calls were cut off")
	}
	return ctx.Err()
}

// admit calls keep, which writes a job to the store, and puts that job in the queue. ErrClosed after Close.
func (r *Runner) admit(keep func() (store.Job, error)) (store.Job, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return store.Job{}, ErrClosed
	}
	j, err := keep()
	if err != nil {
		return store.Job{}, err
	}
	r.dispatch(r.enqueue(j))
	r.hub.changed(j, true)
	return j, nil
}

// enqueue puts a job at the end of its node's queue, unless it is there already. r.mu is held.
func (r *Runner) enqueue(j store.Job) *nodeQueue {
	q := r.nodes[j.NodeID]
	if q == nil {
		q = &nodeQueue{}
		r.nodes[j.NodeID] = q
	}
	if !slices.Contains(q.waiting, j.ID) {
		q.waiting = append(q.waiting, j.ID)
	}
	return q
}

// dispatch starts workers for the next jobs of a queue, up to perNode. r.mu is held.
func (r *Runner) dispatch(q *nodeQueue) {
	moved := false
	for r.going && !r.closed && q.working < perNode && len(q.waiting) > 0 {
		w := &worker{r: r, id: q.waiting[0], cancelled: make(chan struct{})}
		q.waiting = slices.Delete(q.waiting, 0, 1)
		q.working++
		r.active[w.id] = w
		r.work(w.id, func() {
			defer r.release(w, q)
			w.run()
		})
		moved = true
	}
	if moved {
		r.hub.jobs.Tell(q.waiting...)
	}
}

// release makes room for the next job when a worker has ended.
func (r *Runner) release(w *worker, q *nodeQueue) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.active[w.id] == w { // a retry may have started another one already
		delete(r.active, w.id)
	}
	q.working--
	r.dispatch(q)
}

// Place returns the place of a job in the queue of its node: 1 is the next to begin, 0 a
// job that does not wait there.
func (r *Runner) Place(j store.Job) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	q := r.nodes[j.NodeID]
	if q == nil {
		return 0
	}
	return slices.Index(q.waiting, j.ID) + 1
}

// update changes a job and adds lines to its log in one transaction, and wakes its followers, also after an error.
func (r *Runner) update(id string, lines []store.LogLine, change func(*store.Job) error) (store.Job, error) {
	var (
		state store.JobState
		step  int
	)
	j, err := r.cfg.Store.UpdateJob(id, lines, func(j *store.Job) error {
		state, step = j.State, j.Step
		return change(j)
	})
	if err != nil {
		r.hub.jobs.Tell(id) // its page tells why it stands still
		return store.Job{}, err
	}
	r.hub.changed(j, j.State != state || j.Step != step)
	return j, nil
}
