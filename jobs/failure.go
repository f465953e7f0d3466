package jobs

import (
	"errors"
	"fmt"
	"strings"

	"berth/proxmox"
	"berth/store"
)

// The problems a job can end with beside a refusal: store.JobProblem.Kind.
const (
	ProblemTimeout    store.MessageKind = "timeout"    // shutdown did not end in its time-out
	ProblemSilent     store.MessageKind = "silent"     // the node does not answer
	ProblemTask       store.MessageKind = "task"       // the task on the host failed
	ProblemBusy       store.MessageKind = "busy"       // one of several: another job was at work on the container
	ProblemSnapshot   store.MessageKind = "snapshot"   // one of that name is there already or not any more, or newer ones stand in the way
	ProblemPower      store.MessageKind = "power"      // it runs where it must not, or the other way round
	ProblemNode       store.MessageKind = "node"       // the node's record is gone, or leads elsewhere
	ProblemHost       store.MessageKind = "host"       // SSH to the host is not set up, or does not work
	ProblemInit       store.MessageKind = "init"       // the container's system did not come up
	ProblemFiles      store.MessageKind = "files"      // one could not be put in its place
	ProblemPackages   store.MessageKind = "packages"   // they could not be installed
	ProblemScript     store.MessageKind = "script"     // one failed
	ProblemLimit      store.MessageKind = "limit"      // a program in the container took longer than it may
	ProblemSecrets    store.MessageKind = "secrets"    // the values of secret inputs are gone and must be typed again
	ProblemUnsure     store.MessageKind = "unsure"     // of a waiting job: it is not known whether a script ran to its end
	ProblemHA         store.MessageKind = "ha"         // the HA manager did not do in time what it was asked for
	ProblemFileSystem store.MessageKind = "filesystem" // a disk grew, but not the file system on it
)

// failure ends a job as failed.
type failure struct{ store.JobProblem }

func (f *failure) Error() string { return "jobs: " + string(f.Kind) + ": " + f.Message }

// fail makes the failure of a job; message is for people.
func fail(kind store.MessageKind, message string) *failure {
	return &failure{store.JobProblem{Kind: kind, Message: message}}
}

// refusal tells whether err is what the host said against a call or at the end of a task.
func refusal(err error) (*proxmox.Error, bool) {
	e, ok := errors.AsType[*proxmox.Error](err)
	return e, ok && !silent(err)
}

// explain says in words for people why the host refused.
func (w *worker) explain(e *proxmox.Error) *failure {
	name, node := w.what(), w.job.NodeName
	switch e.Kind {
	case proxmox.KindExists:
		vmid, _ := w.job.Makes()
		f := fail(ProblemExists, fmt.Sprintf("VMID %d is taken: %s", vmid, hostWords(e)))
		f.Fields = map[string]string{"vmid": fmt.Sprintf("%d is taken", vmid)}
		return f
	case proxmox.KindNotFound, proxmox.KindNoSuchNode:
		return fail(ProblemGone, fmt.Sprintf("%s is not on %s any more: it was deleted or moved", name, node))
	case proxmox.KindForbidden:
		if e.Privilege != "" {
			return fail(ProblemForbidden, fmt.Sprintf("The token of %s lacks the right %s on %s", node, e.Privilege, e.Path))
		}
		return fail(ProblemForbidden, fmt.Sprintf("The token of %s lacks a right for this: %s", node, hostWords(e)))
	case proxmox.KindUnauthorized:
		return fail(ProblemForbidden, fmt.Sprintf("The token of %s was refused: it is wrong, or has expired, was disabled or removed. Give the node another one in the settings", node))
	case proxmox.KindTokenLost:
		return fail(ProblemForbidden, fmt.Sprintf("The token does not arrive at %s: something between, such as a reverse proxy, takes it away", node))
	case proxmox.KindUntrusted, proxmox.KindCertChanged:
		return fail(ProblemOther, fmt.Sprintf("%s shows another certificate than the one that is trusted, so nothing was sent to it", node))
	case proxmox.KindInvalid:
		f := fail(ProblemInvalid, fmt.Sprintf("%s refused what was asked for: %s", node, fieldWords(e)))
		f.Fields = fieldSentences(e.Fields)
		return f
	case proxmox.KindLocked:
		reason := e.Lock
		if reason == "" {
			reason = "the host does not say why"
		}
		return fail(ProblemLocked, fmt.Sprintf("%s is locked on %s (%s)", name, node, reason))
	case proxmox.KindStillRunning:
		return fail(ProblemPower, name+" runs, so it cannot be deleted")
	case proxmox.KindAlreadyRunning:
		return fail(ProblemPower, name+" runs already")
	case proxmox.KindNotRunning:
		return fail(ProblemPower, name+" does not run")
	case proxmox.KindNoFeature:
		return fail(ProblemStorage, fmt.Sprintf("A disk of %s is on a storage that cannot do this: %s", name, hostWords(e)))
	case proxmox.KindTemplate:
		return fail(ProblemTemplate, name+" is a template: it never runs and does not change")
	case proxmox.KindProtected:
		return fail(ProblemProtected, name+" is protected, so neither it nor its disks can be deleted")
	case proxmox.KindInUse:
		f := fail(ProblemInUse, fmt.Sprintf("%s is still used elsewhere on %s, so it was not deleted", name, node))
		f.Said = hostWords(e)
		return f
	case proxmox.KindBusy:
		return fail(ProblemHeld, fmt.Sprintf("Other work on %s holds %s, and did not let go of it in time", node, name))
	case proxmox.KindModified:
		return fail(ProblemOther, fmt.Sprintf("%s was changed by someone else at the same time", name))
	}
	if words, ok := hostProblem(e.Kind); ok {
		return fail(ProblemHost, fmt.Sprintf(words, node))
	}
	if e.Call == "task" {
		if f, ok := w.causeOnHost(ProblemTask, "The task on "+node+" failed"); ok {
			return f
		}
		return fail(ProblemTask, fmt.Sprintf("The task on %s failed: %s", node, hostWords(e)))
	}
	return fail(ProblemOther, fmt.Sprintf("%s refused: %s", node, hostWords(e)))
}

// hostProblem is what is wrong with SSH to a host, which is named in it.
func hostProblem(kind proxmox.Kind) (words string, ok bool) {
	switch kind {
	case proxmox.KindHostKeyUnknown:
		words = "The SSH host key of %[1]s is not trusted yet. Compare and trust it on the page of %[1]s in the settings, then try again"
	case proxmox.KindHostKeyChanged:
		words = "%[1]s shows another SSH host key than the one that is trusted, so nothing was sent to it. See its page in the settings, then try again"
	case proxmox.KindNotSSH:
		words = "What answers on the SSH port of %[1]s is not SSH. Correct the port on its page in the settings, then try again"
	case proxmox.KindKeyRefused:
		words = "%[1]s does not accept Berth's SSH key. Paste the block from its page in the settings on the host, then try again"
	case proxmox.KindNoGate:
		words = "Berth's gate script is not on %[1]s, or its key leads elsewhere. Paste the block from its page in the settings on the host, then try again"
	case proxmox.KindOldGate:
		words = "Berth's gate script on %[1]s is of another version. Paste the block from its page in the settings on the host, then try again"
	case proxmox.KindNoPct:
		words = "The gate script on %[1]s finds no pct there: is it a Proxmox VE host?"
	case proxmox.KindTooMuch:
		words = "The shell of the container prints without end and does not begin what it is to run, so Berth hung up. " +
			"On %[1]s, pct exec VMID -- /bin/sh -c true should print nothing. Mend that, then try again"
	}
	return words, words != ""
}

// hostWords are what the host said.
func hostWords(err error) string {
	e, ok := errors.AsType[*proxmox.Error](err)
	if !ok || strings.TrimSpace(e.Message) == "" {
		return proxmox.KindOf(err).String()
	}
	return strings.Join(strings.Fields(e.Message), " ")
}

// fieldWords are what the host said about parameters, in one line.
func fieldWords(e *proxmox.Error) string {
	if len(e.Fields) == 0 {
		return hostWords(e)
	}
	return joinWords(e.Fields)
}
