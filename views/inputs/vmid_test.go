package inputs

import (
	"testing"

	"berth/fleet"
	"berth/forms"
	"berth/views/golden"
)

func TestVMIDVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		verdict fleet.Verdict
		unknown string
	}{
		"empty":         {fleet.Verdict{}, ""},
		"free":          {fleet.Verdict{State: "free", VMID: 142}, ""},
		"taken":         {fleet.Verdict{State: "taken", VMID: 101, Name: "pihole", Type: "lxc", NodeName: "pve1", NodeID: "n1"}, ""},
		"taken_machine": {fleet.Verdict{State: "taken", VMID: 200, Name: "truenas", Type: "qemu", NodeName: "pve1", NodeID: "n1"}, ""},
		"taken_unseen":  {fleet.Verdict{State: "taken", VMID: 300}, ""},
		"invalid":       {fleet.Verdict{State: "invalid", Text: "42", VMID: 42}, ""},
		"unknown":       {fleet.Verdict{State: "unknown", VMID: 142}, "pve1 does not answer"},
	} {
		t.Run(name, func(t *testing.T) { golden.Compare(t, "vmid_"+name, VMIDVerdict("vmid", c.verdict, c.unknown)) })
	}
}

func TestVMIDSentence(t *testing.T) {
	for _, c := range []struct {
		verdict fleet.Verdict
		want    string
	}{
		{fleet.Verdict{State: "free", VMID: 142}, ""},
		{fleet.Verdict{State: "unknown", VMID: 142}, ""},
		{fleet.Verdict{}, ""},
		{fleet.Verdict{State: "taken", VMID: 101, Name: "pihole", Type: "lxc", NodeName: "pve1"}, "101 is taken by pihole on pve1"},
		{fleet.Verdict{State: "taken", VMID: 101, Type: "lxc", NodeName: "pve1"}, "101 is taken by a container on pve1"},
		{fleet.Verdict{State: "taken", VMID: 101, Type: "qemu", NodeName: "pve1"}, "101 is taken by a virtual machine on pve1"},
		{fleet.Verdict{State: "taken", VMID: 101, Name: "nas", Type: "qemu"}, "101 is taken by the virtual machine nas"},
		{fleet.Verdict{State: "taken", VMID: 101}, "101 is taken by a guest that this token may not see"},
		{fleet.Verdict{State: "invalid", Text: "12a"}, "“12a” is not a whole number: a VMID is 100 to 999999999"},
	} {
		if got := forms.VMIDSentence(c.verdict); got != c.want {
			t.Errorf("%+v\n got %s\nwant %s", c.verdict, got, c.want)
		}
	}
}
