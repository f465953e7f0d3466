// Package jobs runs the work that outlives a request: it goes through a job's
// steps, keeps what it did before and after every call that changes something, and
// goes on where it was after a restart.
//
// A step that changes something does so by one call, which becomes a task on the
// host. The step notes in this order: the tasks that are there already and its
// intent, the task's UPID, how much of the task's log it has read, and how the task
// ended. Whatever is missing when the process dies or an answer gets lost is looked
// up on the host, and nothing is sent again before that: see change.go.
package jobs

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"time"

	"berth/pct"
	"berth/proxmox"
	"berth/store"
	"berth/store/live"
)

// Config of a Runner.
type Config struct {
	Store *store.Store
	// Client returns the API client of a node, and its record. store.ErrNotFound, store.ErrKey.
	Client func(nodeID string) (*proxmox.Client, store.Node, error)
	// Host returns the SSH connection to the host that holds a user's container. store.ErrNotFound, *store.NoSSHError.
	Host func(userID string, at store.Ref) (*pct.Host, error)
	// Changed is called after a job changed a node's guests or OS templates; may be nil.
	Changed func(nodeID string)
	// Addressed is called with the addresses of a new container once it has some; may be nil.
	Addressed func(at store.Ref, addrs []netip.Prefix)
	Clock     live.Clock   // nil: the real one
	Log       *slog.Logger // nil: discarded
}

// The sentinels that callers ask for with errors.Is.
var (
	ErrClosed = errors.New("jobs: Berth is shutting down") // no job is begun or changed any more
	ErrState  = errors.New("jobs: not in the job's state") // as in a retry of a job that runs
	// ErrSecrets is a job that needs the values of its secret inputs (again).
	ErrSecrets = errors.New("jobs: the values of the secret inputs are missing")
)

// The names of the steps, as in store.JobStep.Name.
const (
	StepCheck    = "check"   // that the VMID is free; of Destroy: that the container is still the one that was made
	StepCreate   = "create"  // the container, not started
	StepStart    = "start"   // also of a create
	StepAddress  = "address" // wait until the container has one
	StepShutdown = "shutdown"
	StepStop     = "stop" // also of Destroy
	StepReboot   = "reboot"
	StepDelete   = "delete"
	StepDownload = "download" // of an OS template
	StepResize   = "grow"     // a disk
	StepInit     = "init"     // wait until the container's system is up
	StepFiles    = "files"    // write them
	StepPackages = "packages" // install them
	StepScript   = "script:"  // run one; its name follows
	StepLook     = "look"     // check whether the services run
	StepTag      = "tag"      // change the tags
	StepSnapshot = "snapshot" // make one
	StepRollback = "rollback" // stop the container and take it back to a snapshot
	StepClone    = "clone"
	StepBackup   = "backup"

	StepDeleteSnapshot = "delete-snapshot"
)

// CreateSpec holds the parameters of a create job; the job keeps it as JSON.
type CreateSpec struct {
	Params proxmox.CreateParams `json:"params"`
	Start  bool                 `json:"start"`
	// AddTags are set by a step of its own after the create. That step reads them as actionSpec, so the JSON name is the same.
	AddTags []string `json:"add_tags,omitempty"`
}

// Create begins a create job from a draft ("" for none). *store.BusyError.
func (r *Runner) Create(userID, nodeID, draftID string, spec CreateSpec) (store.Job, error) {
	return r.add(userID, nodeID, createJob(draftID, spec, createSteps(spec)), spec, r.cfg.Store.AddJob)
}

// CreateProvisioned is Create for a container that is set up from within, for which it is
// started in any case. secrets are the values of the secret inputs, by name.
func (r *Runner) CreateProvisioned(userID, nodeID, draftID string, spec CreateSpec, provision store.Provision, secrets map[string]string) (store.Job, error) {
	spec, steps := provisioned(spec, provision)
	return r.add(userID, nodeID, createJob(draftID, spec, steps), spec, func(j store.Job) (store.Job, error) {
		return r.cfg.Store.AddJobProvision(j, provision, valuesFor(provision, secrets))
	})
}

// provisioned returns the parameters and the steps of a create job with a Provision.
func provisioned(spec CreateSpec, provision store.Provision) (CreateSpec, []string) {
	spec.Start = spec.Start || !provision.Empty()
	return spec, append(createSteps(spec), provisionSteps(provision)...)
}

// valuesFor are the values of the secret inputs that a Provision has.
func valuesFor(provision store.Provision, secrets map[string]string) map[string]string {
	values := make(map[string]string, len(provision.Secrets))
	for _, name := range provision.Secrets {
		values[name] = secrets[name]
	}
	return values
}

func createJob(draftID string, spec CreateSpec, steps []string) store.Job {
	return store.Job{
		Kind:    store.JobCreate,
		VMID:    spec.Params.VMID,
		Name:    spec.Params.Hostname,
		DraftID: draftID,
		Steps:   todo(steps...),
	}
}

// Action is a change to a container that exists.
type Action struct {
	Kind     store.JobKind // start, shutdown, stop, reboot, delete, tag, snapshot or backup
	Name     string        // the container's name, for people
	Purge    bool          // delete: take it out of backup jobs too
	Stop     bool          // delete: stop it first if it runs
	Add      []string      // tag: to add
	Remove   []string      // tag: to remove, unless it is among Add
	Snapshot SnapshotSpec  // snapshot: its name and note
	Backup   proxmox.BackupParams
}

// actionSpec holds the parameters of a job of an Action, as the job keeps them as JSON.
type actionSpec struct {
	Purge      bool     `json:"purge,omitempty"`
	AddTags    []string `json:"add_tags,omitempty"`
	RemoveTags []string `json:"remove_tags,omitempty"`
	// CreateJob made the container that is to be deleted, by the task CreateUPID. Set by Destroy.
	CreateJob  string       `json:"create_job,omitempty"`
	CreateUPID proxmox.UPID `json:"create_upid,omitempty"`
}

// shutdownTimeout is sent to the host with a shutdown or reboot. A reboot kills what has not ended by then; a shutdown
// that does not end fails after about twice as long: see proxmox.ShutdownPatience.
const shutdownTimeout = 60 * time.Second

// Act begins the job of an action on a container. *store.BusyError when another job is at work on it.
func (r *Runner) Act(userID string, at store.Ref, a Action) (store.Job, error) {
	j, spec, err := actionJob(at.VMID, a)
	if err != nil {
		return store.Job{}, err
	}
	return r.add(userID, at.NodeID, j, spec, r.cfg.Store.AddJob)
}

// actionJob makes the job of an Action, still without its node, and its parameters.
func actionJob(vmid int, a Action) (j store.Job, spec any, err error) {
	var kept actionSpec
	var steps []string
	switch a.Kind {
	case store.JobStart:
		steps = []string{StepStart}
	case store.JobShutdown:
		steps = []string{StepShutdown}
	case store.JobStop:
		steps = []string{StepStop}
	case store.JobReboot:
		steps = []string{StepReboot}
	case store.JobDelete:
		kept.Purge = a.Purge
		steps = []string{StepDelete}
		if a.Stop {
			steps = []string{StepStop, StepDelete}
		}
	case store.JobTag:
		kept.AddTags, kept.RemoveTags = a.Add, a.Remove
		steps = []string{StepTag}
	case store.JobSnapshot:
		return snapshotJob(a.Kind, vmid, a.Name, StepSnapshot), a.Snapshot, nil
	case store.JobBackup:
		return backupJob(vmid, a.Name), a.Backup, nil
	default:
		return store.Job{}, nil, fmt.Errorf("jobs: %q is no action on a container", a.Kind)
	}
	return store.Job{Kind: a.Kind, VMID: vmid, Name: a.Name, Steps: todo(steps...)}, kept, nil
}

// fetchSpec holds the parameters of a fetch job, as the job keeps them as JSON; the file name is in store.Job.Name.
type fetchSpec struct {
	Storage string `json:"storage"`
}

// Fetch begins to download an OS template to a storage of a node. *store.BusyError
// when it is being downloaded there already.
func (r *Runner) Fetch(userID, nodeID, storage, template string) (store.Job, error) {
	return r.add(userID, nodeID, store.Job{
		Kind:  store.JobFetch,
		Name:  template,
		Steps: todo(StepDownload),
	}, fetchSpec{Storage: storage}, r.cfg.Store.AddJob)
}

// add writes a new job on a user's node to the store, by keep, and puts it in the queue.
func (r *Runner) add(userID, nodeID string, j store.Job, spec any, keep func(store.Job) (store.Job, error)) (store.Job, error) {
	j, err := r.on(userID, nodeID, j, spec)
	if err != nil {
		return store.Job{}, err
	}
	return r.admit(func() (store.Job, error) { return keep(j) })
}

// on completes a job with a user's node and its parameters. store.ErrNotFound for another user's node.
func (r *Runner) on(userID, nodeID string, j store.Job, spec any) (store.Job, error) {
	node, err := r.cfg.Store.Node(userID, nodeID)
	if err != nil {
		return store.Job{}, err
	}
	if j.Spec, err = json.Marshal(spec); err != nil {
		return store.Job{}, fmt.Errorf("jobs: keep what to do: %w", err)
	}
	j.UserID, j.NodeID, j.NodeName = userID, nodeID, node.Name
	j.Member, j.Scope = node.Member, node.Scope
	j.Percent = -1
	return j, nil
}

func todo(names ...string) []store.JobStep {
	steps := make([]store.JobStep, len(names))
	for i, name := range names {
		steps[i] = store.JobStep{Name: name, State: store.StepTodo}
	}
	return steps
}
