// Package jobs runs the work that outlives a request: it goes through a job's
// steps, keeps what it did before and after every call that changes something, and
// goes on where it was after a restart.
package jobs

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"berth/proxmox"
	"berth/store"
)

// Config of a Runner.
type Config struct {
	Store *store.Store
	// Client returns the API client of a node.
	Client func(nodeID string) (*proxmox.Client, store.Node, error)
	// Changed is called after a job changed a node's guests; may be nil.
	Changed func(nodeID string)
	// Addressed is called when a container's addresses were learned; may be nil.
	Addressed func(nodeID string, vmid int, addrs []netip.Prefix)
	Clock     Clock        // nil: the real one
	Log       *slog.Logger // nil: discarded
}

// Clock is passed in by tests.
type Clock interface {
	Now() time.Time
	After(d time.Duration) <-chan time.Time
}

// Runner is safe for concurrent use.
type Runner struct{}

// New returns a Runner; Resume sets it going.
func New(cfg Config) *Runner { panic("unwritten") }

// Resume takes up all unfinished jobs.
func (r *Runner) Resume() error { panic("unwritten") }

// Close stops jobs at a step's edge, as far as ctx allows, and waits for them.
// What was cut off is taken up by the next Resume.
func (r *Runner) Close(ctx context.Context) error { panic("unwritten") }

// CreateSpec is what a create job does.
type CreateSpec struct {
	Params proxmox.CreateParams `json:"params"`
	Start  bool                 `json:"start"`
}

// Create begins a create job from a draft ("" for none). *store.BusyError.
func (r *Runner) Create(userID, nodeID, draftID string, spec CreateSpec) (store.Job, error) {
	panic("unwritten")
}

// Action is a change to a container that exists.
type Action struct {
	Kind  store.JobKind // start, shutdown, stop, reboot or delete
	Name  string        // the container's name, for people
	Purge bool          // delete: take it out of backup jobs too
}

// ShutdownTimeout is how long a shutdown or reboot may take inside the container.
const ShutdownTimeout = 60 * time.Second

// Act begins a job on a container. *store.BusyError when another is at work on it.
func (r *Runner) Act(userID, nodeID string, vmid int, a Action) (store.Job, error) {
	panic("unwritten")
}

// Fetch begins to download an OS template to a storage of a node.
func (r *Runner) Fetch(userID, nodeID, storage, template string) (store.Job, error) {
	panic("unwritten")
}

// Cancel asks a job to end; the task on the host is aborted.
func (r *Runner) Cancel(userID, jobID string) (store.Job, error) { panic("unwritten") }

// Retry begins a failed or cancelled job again from the step that failed.
func (r *Runner) Retry(userID, jobID string) (store.Job, error) { panic("unwritten") }

// Keep ends a failed create whose container exists: the container stays.
func (r *Runner) Keep(userID, jobID string) (store.Job, error) { panic("unwritten") }

// Destroy begins the deletion of what a failed or cancelled create made, and returns the delete job.
func (r *Runner) Destroy(userID, jobID string) (store.Job, error) { panic("unwritten") }

// The problems a job can end with: store.JobProblem.Kind.
const (
	ProblemExists    = "exists"    // the VMID is taken
	ProblemGone      = "gone"      // the container vanished
	ProblemForbidden = "forbidden" // a right is missing
	ProblemInvalid   = "invalid"   // Proxmox refused fields
	ProblemTimeout   = "timeout"   // shutdown did not end in its time-out
	ProblemSilent    = "silent"    // the node does not answer
	ProblemTask      = "task"      // the task on the host failed
	ProblemLocked    = "locked"
	ProblemNode      = "node" // the node's record is gone
	ProblemOther     = "other"
)

// Feed follows a job: its log from a line on, and every change of it.
type Feed struct{}

// Follow begins after line number after (0: from the first that is kept). ErrNotFound for another user's job.
func (r *Runner) Follow(userID, jobID string, after int) (*Feed, error) { panic("unwritten") }

// Update is what happened since the last one.
type Update struct {
	Job   store.Job
	Lines []store.LogLine // new ones, in order, none twice, none left out
	Done  bool            // the job is final (or waits) and all its lines were given
}

// Next waits for the next update, at most until ctx ends.
func (f *Feed) Next(ctx context.Context) (Update, error) { panic("unwritten") }

// Close ends the feed.
func (f *Feed) Close() { panic("unwritten") }

// Watch returns a channel that tells when any of the user's jobs changed state or step, and a func that ends it.
func (r *Runner) Watch(userID string) (<-chan struct{}, func()) { panic("unwritten") }
