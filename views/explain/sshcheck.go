package explain

import (
	"cmp"
	"errors"
	"fmt"

	"berth/jobs"
	"berth/proxmox"
	"berth/store"
)

// CheckState is the result of one of the checks that a test makes.
type CheckState string

// What tests find.
const (
	CheckYes     CheckState = "yes"
	CheckNo      CheckState = "no"
	CheckUnknown CheckState = "unknown" // it was not come to
)

// SSHCheck is one thing that a test of SSH looked at.
type SSHCheck struct {
	State CheckState
	Words string
	Next  string // what to do about it; "" for nothing
}

// sshStep is a step of a test of SSH, in their order; 0 is none.
type sshStep int

const (
	sshAnswers sshStep = iota + 1
	sshHostKey
	sshKey
	sshGate
	sshVersion
	sshPct
)

// sshCheck places a kind of error in a test of SSH: the check that it fails, and the words there.
type sshCheck struct {
	at          sshStep
	words, next string
}

// pasteBelow is the remedy for a key or a forced command that is missing or old, on the page that has the block.
const pasteBelow = "Paste the block below into a root shell of the host, then test again."

// otherCheck is for an error that no test of SSH should end with.
var otherCheck = sshCheck{sshGate, "The gate did not answer as it should[: {said}]", pasteBelow}

// SSHChecks makes the list of a test's checks from what it ended with: an *proxmox.Error, or nil. Those before the one that
// failed have passed, those after it were not reached. address has the port; version is that of the forced command that
// Berth speaks to.
func SSHChecks(address string, version int, err error) []SSHCheck {
	all := []SSHCheck{
		{Words: address + " answers"},
		{Words: "Its host key is the trusted one"},
		{Words: "It accepts Berth's key"},
		{Words: "Berth's gate is in place"},
		{Words: fmt.Sprintf("The gate is of version %d", version)},
		{Words: "The gate finds pct"},
	}
	end := len(all)
	if e, ok := errors.AsType[*proxmox.Error](err); ok {
		m := jobs.Refusal(e, "")
		m.Address, m.Said = address, e.Message
		check := cmp.Or(rowOf(m.Kind).check, otherCheck)
		in := aboutNode(store.Node{}).in(m)
		end = int(check.at) - 1
		all[end].Words, all[end].Next = fill(check.words, in), check.next
	}
	for i := range all {
		switch {
		case i < end:
			all[i].State = CheckYes
		case i == end:
			all[i].State = CheckNo
		default:
			all[i].State = CheckUnknown
		}
	}
	return all
}
