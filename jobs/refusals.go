package jobs

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"berth/proxmox"
	"berth/store"
)

// The messages for errors of calls to a node: it refused, or did not answer. Problems of jobs alone are in problems.go.
const (
	ProblemNoSuchHost     store.MessageKind = "no-such-host"
	ProblemNothingListens store.MessageKind = "nothing-listens"
	ProblemUnreachable    store.MessageKind = "unreachable"
	ProblemNoAnswer       store.MessageKind = "no-answer"
	ProblemCut            store.MessageKind = "cut" // the caller went away before an answer came
	ProblemUntrusted      store.MessageKind = "untrusted"
	ProblemCertChanged    store.MessageKind = "certificate-changed"
	ProblemNotProxmox     store.MessageKind = "not-proxmox"
	ProblemProxy          store.MessageKind = "proxy" // Status is its answer
	ProblemMemberDown     store.MessageKind = "member-down"
	ProblemDaemonDown     store.MessageKind = "daemon-down"  // Service, Member, Restart
	ProblemToken          store.MessageKind = "token"        // the token was refused
	ProblemTokenLost      store.MessageKind = "token-lost"   // it did not arrive
	ProblemForbidden      store.MessageKind = "forbidden"    // Right is missing on Path
	ProblemNoRight        store.MessageKind = "no-right"     // which one is not known
	ProblemInvalid        store.MessageKind = "invalid"      // the host refused parameters: Said
	ProblemExists         store.MessageKind = "exists"       // the VMID is taken
	ProblemGone           store.MessageKind = "gone"         // the container vanished
	ProblemNoSuchNode     store.MessageKind = "no-such-node" // the host has another name in Proxmox
	ProblemRuns           store.MessageKind = "runs"         // the container runs already
	ProblemStopped        store.MessageKind = "stopped"      // it does not run
	ProblemStillRuns      store.MessageKind = "still-runs"   // so that it cannot be deleted
	ProblemLocked         store.MessageKind = "locked"       // Lock
	ProblemNoSnapshot     store.MessageKind = "no-snapshot"
	ProblemSnapshotTaken  store.MessageKind = "snapshot-taken" // there is one of that name
	ProblemNotNewest      store.MessageKind = "not-newest"     // of the snapshots
	ProblemStorage        store.MessageKind = "storage"        // a disk is on a storage without the feature
	ProblemModified       store.MessageKind = "modified"       // somebody changed the configuration meanwhile
	ProblemTemplate       store.MessageKind = "template"       // it is an LXC template, with which this cannot be done
	ProblemProtected      store.MessageKind = "protected"      // from deletion
	ProblemInUse          store.MessageKind = "in-use"         // HA or a replication job has it: it is deleted only together with that
	ProblemHeld           store.MessageKind = "held"           // other work held the container for long; nothing was done
	ProblemOther          store.MessageKind = "other"          // a refusal that has no kind: Said
)

// The same over SSH.
const (
	ProblemNotSSH           store.MessageKind = "not-ssh"
	ProblemHostKeyUnknown   store.MessageKind = "host-key-unknown"
	ProblemHostKeyChanged   store.MessageKind = "host-key-changed"
	ProblemKeyRefused       store.MessageKind = "key-refused"
	ProblemNoForcedCommand  store.MessageKind = "no-gate"
	ProblemOldForcedCommand store.MessageKind = "old-gate"
	ProblemNoPct            store.MessageKind = "no-pct"
	ProblemNoShell          store.MessageKind = "no-shell"
	ProblemDropped          store.MessageKind = "dropped"
	ProblemNoSession        store.MessageKind = "no-session"
	ProblemTooMuch          store.MessageKind = "too-much"
	ProblemNoTerminal       store.MessageKind = "no-terminal"

	ProblemNoSSH  store.MessageKind = "no-ssh"  // SSH is not set up for the node Name
	ProblemNoNode store.MessageKind = "no-node" // the container is on Member, which is no node of the user's

	// Kinds that have other words than for the API.
	ProblemSSHNoSuchHost     store.MessageKind = "ssh-no-such-host"
	ProblemSSHNothingListens store.MessageKind = "ssh-nothing-listens"
	ProblemSSHUnreachable    store.MessageKind = "ssh-unreachable"
	ProblemSSHNoAnswer       store.MessageKind = "ssh-no-answer"
	ProblemSSHStopped        store.MessageKind = "ssh-stopped"
	ProblemSSHGone           store.MessageKind = "ssh-gone"
	ProblemSSHOther          store.MessageKind = "ssh-other"
)

// refusals maps the kinds of errors to messages. A test makes sure that it has every kind of proxmox.
var refusals = map[proxmox.Kind]store.MessageKind{
	proxmox.KindOther:            ProblemOther,
	proxmox.KindNoSuchHost:       ProblemNoSuchHost,
	proxmox.KindRefused:          ProblemNothingListens,
	proxmox.KindUnreachable:      ProblemUnreachable,
	proxmox.KindTimeout:          ProblemNoAnswer,
	proxmox.KindUntrusted:        ProblemUntrusted,
	proxmox.KindCertChanged:      ProblemCertChanged,
	proxmox.KindNotProxmox:       ProblemNotProxmox,
	proxmox.KindProxy:            ProblemProxy,
	proxmox.KindUnauthorized:     ProblemToken,
	proxmox.KindTokenLost:        ProblemTokenLost,
	proxmox.KindForbidden:        ProblemForbidden,
	proxmox.KindInvalid:          ProblemInvalid,
	proxmox.KindExists:           ProblemExists,
	proxmox.KindNotFound:         ProblemGone,
	proxmox.KindNoSuchNode:       ProblemNoSuchNode,
	proxmox.KindMemberDown:       ProblemMemberDown,
	proxmox.KindDaemonDown:       ProblemDaemonDown,
	proxmox.KindAlreadyRunning:   ProblemRuns,
	proxmox.KindNotRunning:       ProblemStopped,
	proxmox.KindStillRunning:     ProblemStillRuns,
	proxmox.KindLocked:           ProblemLocked,
	proxmox.KindNoSnapshot:       ProblemNoSnapshot,
	proxmox.KindNameTaken:        ProblemSnapshotTaken,
	proxmox.KindNoFeature:        ProblemStorage,
	proxmox.KindNotNewest:        ProblemNotNewest,
	proxmox.KindModified:         ProblemModified,
	proxmox.KindTemplate:         ProblemTemplate,
	proxmox.KindProtected:        ProblemProtected,
	proxmox.KindInUse:            ProblemInUse,
	proxmox.KindBusy:             ProblemHeld,
	proxmox.KindCancelled:        ProblemCut,
	proxmox.KindNotSSH:           ProblemNotSSH,
	proxmox.KindHostKeyUnknown:   ProblemHostKeyUnknown,
	proxmox.KindHostKeyChanged:   ProblemHostKeyChanged,
	proxmox.KindKeyRefused:       ProblemKeyRefused,
	proxmox.KindNoForcedCommand:  ProblemNoForcedCommand,
	proxmox.KindOldForcedCommand: ProblemOldForcedCommand,
	proxmox.KindNoPct:            ProblemNoPct,
	proxmox.KindNoShell:          ProblemNoShell,
	proxmox.KindDropped:          ProblemDropped,
	proxmox.KindNoSession:        ProblemNoSession,
	proxmox.KindTooMuch:          ProblemTooMuch,
	proxmox.KindNoTerminal:       ProblemNoTerminal,
}

// refusalsOverSSH has the messages that differ for calls over SSH.
var refusalsOverSSH = map[proxmox.Kind]store.MessageKind{
	proxmox.KindOther:       ProblemSSHOther,
	proxmox.KindNoSuchHost:  ProblemSSHNoSuchHost,
	proxmox.KindRefused:     ProblemSSHNothingListens,
	proxmox.KindUnreachable: ProblemSSHUnreachable,
	proxmox.KindTimeout:     ProblemSSHNoAnswer,
	proxmox.KindNotRunning:  ProblemSSHStopped,
	proxmox.KindNotFound:    ProblemSSHGone,
}

// Refusal makes the message for an error of a call, for jobs and pages alike. own is the name in Proxmox of the host that
// was asked.
func Refusal(e *proxmox.Error, own string) store.Message {
	m := store.Message{Kind: refusals[e.Kind], Args: store.Args{
		Said: saidBy(e), Right: e.Privilege, Path: e.Path, Lock: e.Lock, Status: e.Status,
	}}
	if address, overSSH := e.OverSSH(); overSSH {
		m.Address = address
		m.Kind = cmp.Or(refusalsOverSSH[e.Kind], m.Kind)
	}
	switch e.Kind {
	case proxmox.KindForbidden:
		if e.Privilege == "" || e.Path == "" {
			m.Kind = ProblemNoRight
		}
	case proxmox.KindDaemonDown:
		m.Service, m.Member, m.Restart = e.StoppedService(own)
	}
	return m
}

// NoSSH makes the message for a host that cannot be reached over SSH for want of settings.
func NoSSH(e *store.NoSSHError) store.Message {
	if e.Member != "" {
		return store.Message{Kind: ProblemNoNode, Args: store.Args{Member: e.Member}}
	}
	return store.Message{Kind: ProblemNoSSH, Args: store.Args{Name: e.Node}}
}

// saidBy returns the host's words in an error on one line, those about each parameter if there are any; "" for none.
func saidBy(e *proxmox.Error) string {
	parts := make([]string, 0, len(e.Fields))
	for _, parameter := range slices.Sorted(maps.Keys(e.Fields)) {
		parts = append(parts, parameter+": "+e.Fields[parameter])
	}
	if len(parts) == 0 {
		parts = []string{e.Message}
	}
	return strings.Join(strings.Fields(strings.Join(parts, "; ")), " ")
}
