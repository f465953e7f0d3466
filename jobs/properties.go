package jobs

import (
	"strings"

	"berth/proxmox"
	"berth/store"
)

// parameters are the properties behind the parameters of calls that bear another name.
var parameters = map[string]store.Property{
	"rootfs":          store.PropertyDisk,
	"net0":            store.PropertyNetwork,
	"ssh-public-keys": store.PropertySSHKeys,
	"searchdomain":    store.PropertySearchDomain,
	"onboot":          store.PropertyOnBoot,
	"newid":           store.PropertyVMID,
	"snapname":        store.PropertySnapshot,
	"notes-template":  store.PropertyNote,
}

// properties are those at fault of what a host refused, with its words against each; nil for none.
func properties(e *proxmox.Error) map[store.Property]string {
	switch {
	case e.Kind == proxmox.KindExists:
		return map[store.Property]string{store.PropertyVMID: ""}
	case e.Kind != proxmox.KindInvalid:
		return nil
	}
	refused := make(map[store.Property]string, len(e.Fields))
	for parameter, words := range e.Fields {
		property, renamed := parameters[parameter]
		if !renamed {
			property = store.Property(parameter)
		}
		refused[property] = strings.Join(strings.Fields(words), " ")
	}
	return refused
}
