package proxmox

import "time"

// How long calls to a host may take, each with its reason. All of them, but for
// VMIDTime, are above refusalTime: a token that is refused is told as that, not
// as a host that does not answer.
const (
	// refusalTime is what pveproxy takes to refuse a token: it delays every 401
	// by three seconds (AnyEvent.pm in pve-http-server), against guessing.
	refusalTime = 3070 * time.Millisecond

	// PageTime bounds the questions, side by side, that a page or button waits for.
	// What did not come by then is shown as it was last known.
	PageTime = 4 * time.Second

	// TurnTime bounds one question where another host is asked next, and the
	// questions of a page that is nothing without their answers.
	TurnTime = 5 * time.Second

	// CallTimeout bounds a question whose context has no earlier deadline and is not
	// one of Patiently.
	CallTimeout = 10 * time.Second

	// lockTime is what Proxmox waits for other work that holds a container before it
	// refuses a change (lock_config of PVE::AbstractConfig).
	lockTime = 10 * time.Second

	// changeTime bounds a call that changes something, as CallTimeout does a question.
	// One cut off before the host refuses it could not be told from one that was made.
	changeTime = lockTime + 5*time.Second

	// TwiceTime bounds a change that a page waits for, with a second try where the
	// first was refused for other work.
	TwiceTime = 2*lockTime + 5*time.Second

	// probeTimeout bounds a whole Probe: its first call connects, and may be
	// refused; the others are asked side by side.
	probeTimeout = 10 * time.Second

	// VMIDTime bounds the verdict on a VMID, which somebody waits for while typing.
	// No verdict in time holds up no form, and of a token that was refused before
	// it is known why none came.
	VMIDTime = 1500 * time.Millisecond
)
