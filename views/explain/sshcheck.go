package explain

import (
	"cmp"
	"errors"
	"fmt"

	"berth/jobs"
	"berth/proxmox"
	"berth/store"
)

// CheckState is what a test has found of one thing that it looks at.
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

// sshCheck is where a test of SSH ends with a kind of error, and what is said there.
type sshCheck struct {
	at          sshStep
	words, next string
}

// pasteBelow is what puts right what is wrong with Berth's key on a host, on the page that has the block.
const pasteBelow = "Paste the block below into a root shell of the host, then test again."

// otherCheck is for an error that no test of SSH should end with.
var otherCheck = sshCheck{sshGate, "The gate did not answer as it should[: {said}]", pasteBelow}

// SSHChecks are what a test of SSH has found, by what it ended with: an *proxmox.Error, or nil. address has the port;
// version is that of the forced command that Berth speaks to.
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
