package proxmox

import "time"

// Time limits of calls to a host, each with its reason. All but VMIDTime are above
// refusalTime, so that a refused token is reported as refused, and not as a host
// that does not answer.
const (
	// refusalTime covers the three seconds by which pveproxy delays every 401,
	// against guessing (AnyEvent.pm in pve-http-server).
	refusalTime = 3070 * time.Millisecond

	// PageTime bounds the questions, asked side by side, that a page or button waits
	// for. What has not come by then is shown as it was last known.
	PageTime = 4 * time.Second

	// TurnTime bounds one question where another host is asked next, and the
	// questions of a page that has nothing to show without their answers.
	TurnTime = 5 * time.Second

	// CallTimeout bounds a question whose context has no earlier deadline and is not
	// one of Patiently.
	CallTimeout = 10 * time.Second

	// lockTime is Proxmox's own wait for other work that holds a container, before it
	// refuses a change with KindBusy (lock_config of PVE::AbstractConfig).
	lockTime = 10 * time.Second

	// changeTime bounds a call that changes something, as CallTimeout does a question. It
	// is above lockTime: of a change cut off before the host refuses it, nobody could
	// tell whether it was made.
	changeTime = lockTime + 5*time.Second

	// TwiceTime bounds a change that a page waits for, and that is tried once more
	// when refused with KindBusy (busyTries).
	TwiceTime = 2*lockTime + 5*time.Second

	// probeTimeout bounds a whole Probe: its first call connects, and may be
	// refused; the others are asked side by side.
	probeTimeout = 10 * time.Second

	// VMIDTime bounds the verdict on a VMID, which is shown while somebody types. It may
	// be below refusalTime: a form is taken without a verdict, and that a token is
	// refused is known from other calls.
	VMIDTime = 1500 * time.Millisecond
)
