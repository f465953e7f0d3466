package explain

import (
	"cmp"
	"strconv"
	"strings"

	"berth/proxmox"
	"berth/store"
	"berth/views/human"
)

// What a container has and another one that is to be like it will not. Said is the setting as Proxmox has it.
const (
	NotTakenNetwork    store.MessageKind = "not-taken-network"    // Name, as in "net1"
	NotTakenOfNetwork  store.MessageKind = "not-taken-of-network" // Name; what OfNetwork has
	NotTakenMount      store.MessageKind = "not-taken-mount"      // Name, as in "mp0"
	NotTakenDevice     store.MessageKind = "not-taken-device"     // Name, as in "dev0"
	NotTakenFeatures   store.MessageKind = "not-taken-features"   // with commas between
	NotTakenDisk       store.MessageKind = "not-taken-disk"       // options of the root disk
	NotTakenStartup    store.MessageKind = "not-taken-startup"    // in which order
	NotTakenProtection store.MessageKind = "not-taken-protection" //
	NotTakenCPULimit   store.MessageKind = "not-taken-cpulimit"   // cores
	NotTakenTimezone   store.MessageKind = "not-taken-timezone"   //
	NotTakenSetting    store.MessageKind = "not-taken-setting"    // Name
)

// notTaken has the rows of the table for them; {setting} stands for Said in words.
var notTaken = map[store.MessageKind]row{
	NotTakenNetwork:    {title: "The network {name} ({setting})"},
	NotTakenOfNetwork:  {title: "Of the network {name}: {setting}"},
	NotTakenMount:      {title: "The mount point {name}: {setting}"},
	NotTakenDevice:     {title: "The device {name}: {setting} of the host"},
	NotTakenFeatures:   {title: "The features {setting}, which only root@pam may set"},
	NotTakenDisk:       {title: "The options of its disk: {setting}"},
	NotTakenStartup:    {title: "Its start order: {setting}"},
	NotTakenProtection: {title: "Its deletion protection"},
	NotTakenCPULimit:   {title: "Its limit of {setting} cores"},
	NotTakenTimezone:   {title: "Its time zone: {setting}"},
	NotTakenSetting:    {title: "The setting {name}: {setting}"},
}

// NotTaken names what a new container does not take over from the one that it is to be like.
func NotTaken(m store.Message) string {
	return cmp.Or(m.Told, fill(rowOf(m.Kind).title, about{}.in(m)))
}

// setting words the value in Said of something that was not taken over.
func setting(m store.Message) string {
	switch m.Kind {
	case NotTakenNetwork:
		n := proxmox.ParseNetwork(m.Said)
		return cmp.Or(n.Name, "no name") + " on " + cmp.Or(n.Bridge, "no bridge")
	case NotTakenOfNetwork:
		return human.List(OfNetwork(proxmox.ParseNetwork(m.Said)))
	case NotTakenMount:
		return mountPoint(proxmox.ParseVolume(m.Said))
	case NotTakenDevice:
		path, _, _ := strings.Cut(m.Said, ",")
		return strings.TrimPrefix(path, "path=")
	case NotTakenFeatures:
		return human.List(strings.Split(m.Said, ","))
	case NotTakenDisk:
		return strings.ReplaceAll(m.Said, ",", ", ")
	}
	return m.Said
}

// OfNetwork names the settings of a network that the wizard has no field for, and a fixed address.
func OfNetwork(n proxmox.Network) []string {
	var of []string
	for _, ip := range []string{n.IPv4, n.IPv6} {
		if proxmox.FixedAddress(ip) {
			of = append(of, "the address "+ip)
		}
	}
	if n.Firewall {
		of = append(of, "its firewall")
	}
	if n.MTU != "" {
		of = append(of, "MTU "+n.MTU)
	}
	if n.Rate > 0 {
		of = append(of, "its limit of "+strconv.FormatFloat(n.Rate, 'f', -1, 64)+" MB/s")
	}
	if n.Trunks != "" {
		of = append(of, "the VLAN trunk "+strings.ReplaceAll(n.Trunks, ";", ", "))
	}
	if n.Down {
		of = append(of, "its link being disconnected")
	}
	return of
}

func mountPoint(v proxmox.Volume) string {
	if v.Bound() {
		return v.Source + " of the host at " + v.Path
	}
	size := ""
	if v.Size > 0 {
		size = human.Bytes(v.Size) + " "
	}
	return size + "on " + v.Storage + " at " + v.Path
}
