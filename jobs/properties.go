package jobs

import (
	"strings"

	"berth/proxmox"
	"berth/store"
)

// parameters maps parameters of Proxmox's calls to properties, where their names differ.
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

// properties returns the properties that a host refused, with its words about each; nil when it refused none by name.
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
