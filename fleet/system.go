package fleet

import (
	"maps"

	"berth/store"
)

// NoteSystem takes which system a look into a container found, in few words, into the inventory; pages call it after they had
// one. It is kept as long as NoteUpdates keeps what it takes.
func (f *Fleet) NoteSystem(at store.Ref, system string) {
	f.learn(at, func(k *known) *known {
		if _, there := k.guest(at.VMID); !there || system == "" || k.Systems[at.VMID] == system {
			return nil
		}
		next := *k
		next.Systems = maps.Clone(k.Systems)
		if next.Systems == nil {
			next.Systems = make(map[int]string)
		}
		next.Systems[at.VMID] = system
		return &next
	})
}

// stillThere are those of what k knows from inside of containers, by VMID, that are among guests still.
func stillThere[T any](k *known, guests []guest, found map[int]T) map[int]T {
	var still map[int]T
	for vmid, v := range found {
		before, _ := k.guest(vmid)
		i, there := find(guests, vmid)
		if !there || guests[i].Type != before.Type || guests[i].Name != before.Name {
			continue // another may have taken its VMID
		}
		if still == nil {
			still = make(map[int]T)
		}
		still[vmid] = v
	}
	return still
}
