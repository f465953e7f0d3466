package proxmox

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Kind says what went wrong with a call, so that callers can tell failures
// apart without matching text.
type Kind int

// The kinds. Their order carries no meaning.
const (
	KindOther          Kind = iota // the host refused for a reason of its own; Message has its words
	KindNoSuchHost                 // the name does not resolve
	KindRefused                    // nothing listens on the port
	KindUnreachable                // no route, connection reset or closed
	KindTimeout                    // no answer before the deadline
	KindUntrusted                  // the certificate is neither known to the system nor pinned; Certificate is set
	KindCertChanged                // the certificate is not the pinned one; Certificate is set
	KindNotProxmox                 // something answered, but not a Proxmox VE API
	KindProxy                      // 502, 503, 504: a reverse proxy answered, which does not reach the host behind it
	KindUnauthorized               // 401: the token is wrong, unknown, expired or malformed
	KindTokenLost                  // 401 "No ticket": the token did not arrive, as something between took the header away
	KindForbidden                  // 403: Privilege and Path name one missing right, where the host names it
	KindInvalid                    // 400: Fields has the host's words for each parameter
	KindExists                     // the VMID is taken
	KindNotFound                   // no such guest, or no such task
	KindNoSuchNode                 // the host knows no member of that name
	KindMemberDown                 // 595, 596: the host could not reach the member that was asked for
	KindDaemonDown                 // 595 "Connection refused": the host is up, but its pvedaemon (of another member: pveproxy) is not
	KindAlreadyRunning             // start of a running container
	KindNotRunning                 // stop or shutdown of a stopped container
	KindStillRunning               // destroy, or full clone without a snapshot, of a running container
	KindLocked                     // the container is locked; Lock has the reason
	KindNoSnapshot                 // the container has no snapshot of that name
	KindNameTaken                  // the container has a snapshot of that name already
	KindNoFeature                  // a disk is on a storage that cannot do it: snapshot, linked clone
	KindNotNewest                  // rolling back to it would take newer snapshots away, which the storage refuses
	KindModified                   // the configuration changed meanwhile (digest)
	KindTemplate                   // the container is an LXC template, with which this cannot be done
	KindProtected                  // its configuration says protection: 1
	KindInUse                      // it cannot be deleted without purge: HA or a replication job has it
	KindBusy                       // other work held its file for longer than Proxmox waits; nothing was done
	KindCancelled                  // the caller's context was cancelled before an answer came

	// Of a Host, over SSH:
	KindNotSSH           // something answered, but not an SSH server that can be spoken to
	KindHostKeyUnknown   // no host key is pinned; the cause is a *HostKeyError
	KindHostKeyChanged   // the host key is not the pinned one; the cause is a *HostKeyError
	KindKeyRefused       // the host does not accept the key for that user
	KindNoForcedCommand  // the forced command is not there
	KindOldForcedCommand // the forced command is of another version
	KindNoPct            // there is no pct: not a Proxmox host
	KindNoShell          // there is no /bin/sh in the container
	KindDropped          // the connection was lost while a program ran
	KindNoSession        // the host answers, but opens no session: nothing was run
	KindTooMuch          // more was said than there is room for, so the session was ended
	KindNoTerminal       // the host gives the key no terminal: restrict without pty, or PermitTTY no
)

var kindNames = [...]string{
	KindOther:            "refused by the host",
	KindNoSuchHost:       "no such host",
	KindRefused:          "connection refused",
	KindUnreachable:      "unreachable",
	KindTimeout:          "timed out",
	KindUntrusted:        "untrusted certificate",
	KindCertChanged:      "certificate changed",
	KindNotProxmox:       "not a Proxmox VE API",
	KindProxy:            "proxy without the host",
	KindUnauthorized:     "unauthorized",
	KindTokenLost:        "token did not arrive",
	KindForbidden:        "forbidden",
	KindInvalid:          "invalid parameters",
	KindExists:           "already exists",
	KindNotFound:         "not found",
	KindNoSuchNode:       "no such node",
	KindMemberDown:       "cluster member down",
	KindDaemonDown:       "pvedaemon down",
	KindAlreadyRunning:   "already running",
	KindNotRunning:       "not running",
	KindStillRunning:     "still running",
	KindLocked:           "locked",
	KindModified:         "modified meanwhile",
	KindTemplate:         "is a template",
	KindProtected:        "protected",
	KindInUse:            "in use elsewhere",
	KindBusy:             "busy",
	KindNoSnapshot:       "no such snapshot",
	KindNameTaken:        "name taken",
	KindNoFeature:        "not possible on its storage",
	KindNotNewest:        "not the newest snapshot",
	KindNotSSH:           "not an SSH server",
	KindHostKeyUnknown:   "unknown host key",
	KindHostKeyChanged:   "host key changed",
	KindKeyRefused:       "key refused",
	KindNoForcedCommand:  "no gate",
	KindOldForcedCommand: "gate of another version",
	KindNoPct:            "no pct",
	KindNoShell:          "no shell in the container",
	KindDropped:          "connection dropped",
	KindNoSession:        "no session opened",
	KindTooMuch:          "too much said",
	KindNoTerminal:       "no terminal",
	KindCancelled:        "cancelled",
}

// String is a short name for logs.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return fmt.Sprintf("kind %d", int(k))
	}
	return kindNames[k]
}

// Error is every failure that a call of Client returns. Neither its fields nor
// its text hold the token's secret, even if the host sent it back.
//
// A call that changes something may have taken effect when the Kind is
// KindUnreachable, KindTimeout, KindCancelled, KindProxy or KindNotProxmox: ask the host.
type Error struct {
	Kind        Kind
	Call        string            // method and path without arguments, as in "POST /nodes/pve1/lxc"
	Status      int               // HTTP status, 0 when no answer came
	Message     string            // Proxmox's own words, trimmed; may be empty
	Fields      map[string]string // KindInvalid: parameter name to Proxmox's words
	Privilege   string            // KindForbidden: as in "VM.Audit"; may be empty
	Path        string            // KindForbidden: as in "/vms/100"; may be empty
	Lock        string            // KindLocked: as in "backup"
	Certificate *Certificate      // KindUntrusted, KindCertChanged: what the host presented
	Cause       error             // the error beneath, or nil
}

// Error tells call, kind, status and the host's words in one line, for logs.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString(e.Call)
	b.WriteString(": ")
	b.WriteString(e.Kind.String())
	if e.Status != 0 {
		fmt.Fprintf(&b, " (%d)", e.Status)
	}
	if e.Message != "" {
		b.WriteString(": ")
		b.WriteString(strings.Join(strings.Fields(e.Message), " "))
	}
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		fmt.Fprintf(&b, "; %s: %s", name, strings.Join(strings.Fields(e.Fields[name]), " "))
	}
	if e.Cause != nil {
		b.WriteString(": ")
		b.WriteString(e.Cause.Error())
	}
	return b.String()
}

// CallSSH begins the Call of an error that came over SSH; the address follows it.
const CallSSH = "ssh "

// OverSSH tells whether the call was not one of the API, and the address that it went to.
func (e *Error) OverSSH() (address string, ok bool) { return strings.CutPrefix(e.Call, CallSSH) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// member returns the member of the cluster that the call was for; "" for a call to the whole cluster.
func (e *Error) member() string {
	_, path, _ := strings.Cut(e.Call, " ")
	rest, ok := strings.CutPrefix(path, "/nodes/")
	if !ok {
		return ""
	}
	member, _, _ := strings.Cut(rest, "/")
	return member
}

// StoppedService names, for a KindDaemonDown, the service that does not run, the
// member that it is missing on, and the command that starts it there. own is the
// name of the host that was asked. For its own host pveproxy knows that pvedaemon
// is missing; for another member it cannot tell pveproxy from pvedaemon.
func (e *Error) StoppedService(own string) (service, member, restart string) {
	member = e.member()
	if member == "" || own == "" || member == own {
		return "pvedaemon", own, "systemctl restart pvedaemon"
	}
	return "pveproxy or pvedaemon", member, "systemctl restart pvedaemon pveproxy"
}

// Ended returns the error of a call whose caller's context ended before an answer came: KindCancelled when why is
// context.Canceled, else KindTimeout.
func Ended(call string, why error) *Error {
	kind := KindTimeout
	if errors.Is(why, context.Canceled) {
		kind = KindCancelled
	}
	return &Error{Kind: kind, Call: call, Cause: why}
}

// KindOf returns the kind of the *Error in err's tree, and KindOther when there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return KindOther
}
