package jobs

import (
	"errors"

	"berth/proxmox"
	"berth/store"
)

// The problems that a job can end with, beside refusals of the host: see refusals.go for those. A comment names the Args
// that a message has.
const (
	ProblemTimeout       store.MessageKind = "timeout"        // a shutdown did not end: Took
	ProblemSilent        store.MessageKind = "silent"         // the node does not answer: Took, Reason
	ProblemNoEffect      store.MessageKind = "no-effect"      // the node did not answer the call, Times times
	ProblemTask          store.MessageKind = "task"           // the task on the host failed: Cause or Said
	ProblemTaskLost      store.MessageKind = "task-lost"      // the host has forgotten the task, which had no effect
	ProblemBusy          store.MessageKind = "busy"           // one of a bulk job: Job was at work on the container
	ProblemCloneRuns     store.MessageKind = "clone-runs"     // the container to clone runs, and no snapshot was chosen
	ProblemAnother       store.MessageKind = "another"        // VMID is another container now, called Name
	ProblemLeftover      store.MessageKind = "leftover"       // of an earlier try: VMID
	ProblemVolume        store.MessageKind = "volume"         // Disk is another one now
	ProblemNodeRemoved   store.MessageKind = "node-removed"   // the user deleted the node
	ProblemNodeElsewhere store.MessageKind = "node-elsewhere" // the node is another host now
	ProblemInit          store.MessageKind = "init"           // the container's system did not come up: Cause
	ProblemFiles         store.MessageKind = "files"          // one could not be written: Cause
	ProblemPackages      store.MessageKind = "packages"       // they could not be installed: Cause
	ProblemScript        store.MessageKind = "script"         // Script failed: Cause
	ProblemLook          store.MessageKind = "look"           // the services could not be checked: Cause
	ProblemLimit         store.MessageKind = "limit"          // a program took longer than it may: Took; Reason is its problem
	ProblemNotEnded      store.MessageKind = "not-ended"      // a program could not be killed: Said
	ProblemSecrets       store.MessageKind = "secrets"        // the values of secret inputs are gone and must be typed again
	ProblemUnsure        store.MessageKind = "unsure"         // of a waiting job: it is not known whether Script ran to its end
	ProblemHAGaveUp      store.MessageKind = "ha-gave-up"     // the HA manager reports an error: Runs
	ProblemHALate        store.MessageKind = "ha-late"        // the HA manager did not act in time: Took, Runs
	ProblemFileSystem    store.MessageKind = "filesystem"     // Disk grew to Size, but not the file system on it: Said
	ProblemInside        store.MessageKind = "inside"         // a fault of Berth's own
	ProblemUnknownStep   store.MessageKind = "no-step"        // a job of another version of Berth has a step Name
)

// failure ends a job as failed.
type failure struct{ store.JobProblem }

func (f *failure) Error() string { return "jobs: " + string(f.Kind) + ": " + f.Said }

// fail makes the failure of a job.
func fail(kind store.MessageKind, args store.Args) *failure {
	return &failure{store.JobProblem{Message: store.Message{Kind: kind, Args: args}}}
}

// refusal tells whether err is an answer of the host, to a call or as the end of a task, and not one of silent.
func refusal(err error) (*proxmox.Error, bool) {
	e, ok := errors.AsType[*proxmox.Error](err)
	return e, ok && !silent(err)
}

// refused makes the failure of a job from a refusal of the host, with the refused properties, or the cause in a task's log.
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

// member returns the name in Proxmox of the job's node; "" where the node's record cannot be read.
func (w *worker) member() string {
	n, err := w.r.cfg.Store.NodeByID(w.job.NodeID)
	if err != nil {
		return ""
	}
	return n.Member
}
