package forms

import (
	"cmp"
	"strconv"

	"berth/fleet"
	"berth/proxmox"
)

// VMIDSentence returns a complaint about a VMID: that it is none, or who has it; "" for one that may be used.
func VMIDSentence(v fleet.Verdict) string {
	switch v.State {
	case fleet.VMIDInvalid:
		return checkVMID(v.Text)
	case fleet.VMIDTaken:
		return strconv.Itoa(v.VMID) + " is taken by " + takenBy(v)
	}
	return ""
}

// takenBy names who has a VMID, as far as the user may know.
func takenBy(v fleet.Verdict) string {
	who := cmp.Or(v.Name, "a container")
	if v.Type == proxmox.TypeMachine {
		who = "the virtual machine " + v.Name
		if v.Name == "" {
			who = "a virtual machine"
		}
	}
	switch {
	case v.Type == "":
		return "a guest that this token may not see"
	case v.NodeName == "":
		return who
	}
	return who + " on " + v.NodeName
}
