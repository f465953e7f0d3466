package fleet

import (
	"maps"
	"time"

	"berth/store"
)

// Updates that the last look into a container found waiting. Nobody looks for the list's sake: only when a user asks.
type Updates struct {
	Count    int       // packages with newer versions
	Security int       `json:",omitempty"` // of them, those that mend security holes, where the package manager tells
	At       time.Time // of the look; zero: there was none
}

// NoteUpdates takes what a look into a container found into the inventory; pages call it after they had one. It is kept
// over a restart, until the container is gone or has another name.
func (f *Fleet) NoteUpdates(at store.Ref, count, security int) {
	f.learn(at, func(k *known) *known {
		if _, there := k.guest(at.VMID); !there {
			return nil
		}
		next := *k
		next.Updates = maps.Clone(k.Updates)
		if next.Updates == nil {
			next.Updates = make(map[int]Updates)
		}
		next.Updates[at.VMID] = Updates{count, security, f.clock.Now().UTC().Round(0)}
		return &next
	})
}
