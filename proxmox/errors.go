package proxmox

import "fmt"

// Kind says what went wrong with a call, so that callers can decide without
// reading sentences.
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
	KindUnauthorized               // 401: the token is wrong, unknown, expired or malformed
	KindForbidden                  // 403: Privilege and Path name one missing right, where the host names it
	KindInvalid                    // 400: Fields has the host's words for each parameter
	KindExists                     // the VMID is taken
	KindNotFound                   // no such guest, or no such task
	KindNoSuchNode                 // the host knows no member of that name
	KindMemberDown                 // 595, 596: the host could not reach the member that was asked for
	KindAlreadyRunning             // start of a running container
	KindNotRunning                 // stop or shutdown of a stopped container
	KindStillRunning               // destroy of a running container
	KindLocked                     // the container is locked; Lock has the reason
	KindModified                   // the configuration changed meanwhile (digest)
)

// Error is every failure that a call of Client returns.
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

func (e *Error) Error() string { return fmt.Sprintf("%s: %d %s", e.Call, e.Status, e.Message) }

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// KindOf returns the kind of the *Error in err's tree, and KindOther when there is none.
func KindOf(err error) Kind { panic("unwritten") }
