package jobs

import (
	"errors"

	"berth/proxmox"
	"berth/store"
)

// The problems that a job can end with beside a refusal: see refusals.go for those.
const (
	ProblemTimeout       store.MessageKind = "timeout"        // a shutdown did not end: Took
	ProblemSilent        store.MessageKind = "silent"         // the node does not answer: Took, Reason
	ProblemNoEffect      store.MessageKind = "no-effect"      // the node did not answer the call, Times times
	ProblemTask          store.MessageKind = "task"           // the task on the host failed: Cause or Said
	ProblemTaskLost      store.MessageKind = "task-lost"      // how it ended is not known, and what it was for is not so
	ProblemBusy          store.MessageKind = "busy"           // one of a bulk job: Job was at work on the container
	ProblemCloneRuns     store.MessageKind = "clone-runs"     // what is to be cloned runs, which takes a snapshot
	ProblemAnother       store.MessageKind = "another"        // VMID is another container now, called Name
	ProblemLeftover      store.MessageKind = "leftover"       // of an earlier try: VMID
	ProblemVolume        store.MessageKind = "volume"         // Disk is another one now
	ProblemNodeRemoved   store.MessageKind = "node-removed"   // its record is gone
	ProblemNodeElsewhere store.MessageKind = "node-elsewhere" // its record leads elsewhere
	ProblemInit          store.MessageKind = "init"           // the container's system did not come up: Cause
	ProblemFiles         store.MessageKind = "files"          // one could not be put in its place: Cause
	ProblemPackages      store.MessageKind = "packages"       // they could not be installed: Cause
	ProblemScript        store.MessageKind = "script"         // Script failed: Cause
	ProblemLook          store.MessageKind = "look"           // what runs could not be found out: Cause
	ProblemLimit         store.MessageKind = "limit"          // a program took longer than it may: Took; Reason is its problem
	ProblemNotEnded      store.MessageKind = "not-ended"      // a program could not be: Said
	ProblemSecrets       store.MessageKind = "secrets"        // the values of secret inputs are gone and must be typed again
	ProblemUnsure        store.MessageKind = "unsure"         // of a waiting job: it is not known whether Script ran to its end
	ProblemHAGaveUp      store.MessageKind = "ha-gave-up"     // Runs
	ProblemHALate        store.MessageKind = "ha-late"        // the HA manager did not do in time what it was asked for: Took, Runs
	ProblemFileSystem    store.MessageKind = "filesystem"     // Disk grew to Size, but not the file system on it: Said
	ProblemInside        store.MessageKind = "inside"         // a fault of Berth's own
	ProblemUnknownStep   store.MessageKind = "no-step"        // of a job of another version of Berth: Name
)

// failure ends a job as failed.
type failure struct{ store.JobProblem }

func (f *failure) Error() string { return "jobs: " + string(f.Kind) + ": " + f.Said }

// fail makes the failure of a job.
func fail(kind store.MessageKind, args store.Args) *failure {
	return &failure{store.JobProblem{Message: store.Message{Kind: kind, Args: args}}}
}

// refusal tells whether err is what the host said against a call or at the end of a task.
func refusal(err error) (*proxmox.Error, bool) {
	e, ok := errors.AsType[*proxmox.Error](err)
	return e, ok && !silent(err)
}

// refused is the failure that a refusal of the host becomes.
func (w *worker) refused(e *proxmox.Error) *failure {
	f := &failure{store.JobProblem{Message: Refusal(e, w.member()), Properties: properties(e)}}
	switch {
	case f.Kind == ProblemExists:
		f.VMID, _ = w.job.Makes()
	case f.Kind == ProblemOther && e.Call == "task":
		f.Kind, f.Cause = ProblemTask, w.causeOnHost()
	}
	return f
}

// member is the name in Proxmox of the host that is the job's node; "" where it is not known.
func (w *worker) member() string {
	n, err := w.r.cfg.Store.NodeByID(w.job.NodeID)
	if err != nil {
		return ""
	}
	return n.Member
}
