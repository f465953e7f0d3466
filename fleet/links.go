package fleet

import (
	"berth/proxmox"
	"berth/store"
)

// OwnLinks are the container's links, the first one is what Open leads to; none where they are those of another container that
// had its VMID before.
func (c Container) OwnLinks() []store.Link {
	if !c.Links.Of(c.Name) {
		return nil
	}
	return c.Links.List
}

// LeftLinks are the links of another container that had its VMID before, until somebody says what becomes of them.
func (c Container) LeftLinks() []store.Link {
	if c.Links.Of(c.Name) {
		return nil
	}
	return c.Links.List
}

// LinkURL is where a link leads now; "" while the container has no address that is known and the link needs one.
func (c Container) LinkURL(l store.Link) string {
	address, _ := proxmox.MainAddress(c.Addresses)
	return l.At(address)
}

// Answers tells whether a link leads to something, as far as is known: a look found its port open, or it may be again since
// the container was started.
func (c Container) Answers(l store.Link) bool {
	return l.Closed.IsZero() || c.Uptime > 0 && l.Closed.Before(c.Seen.Add(-c.Uptime))
}

// ChangeLinks changes the links of one of a user's containers with a name, and shows that to the user's watches.
// store.ErrNotFound for another user's node, and the error of change.
func (f *Fleet) ChangeLinks(userID string, at store.Ref, name string, change func(*store.Links) error) error {
	changed, err := f.store.ChangeLinks(userID, at, func(l *store.Links) error {
		l.Call(name)
		return change(l)
	})
	if changed {
		f.news.Tell(userID)
	}
	return err
}

// Found is what a look into a container tells of its links.
type Found struct {
	Pages []store.Link
	Open  []int // the ports that others can reach
	All   bool  // Open has all of them
}

// FoundLinks keeps links to the web pages that a look found in a container, and notes which ports it found closed. What was
// mended or removed by hand stays so, and what was typed for another container that had the VMID before is not mixed with it.
func (f *Fleet) FoundLinks(userID string, at store.Ref, name string, found Found) error {
	if len(found.Pages) == 0 && !found.All {
		return nil
	}
	now := f.clock.Now().UTC().Round(0)
	changed, err := f.store.ChangeLinks(userID, at, func(l *store.Links) error {
		switch {
		case l.Of(name):
		case l.Typed() || len(found.Pages) == 0:
			return nil
		default:
			*l = store.Links{Last: l.Last}
		}
		if found.All {
			l.Close(found.Open, now)
		}
		if l.Find(found.Pages); len(l.List) > 0 {
			l.Call(name)
		}
		return nil
	})
	if changed {
		f.news.Tell(userID)
	}
	return err
}

// Renamed keeps the links and the pin of a container that Berth gives another name.
func (f *Fleet) Renamed(userID string, at store.Ref, from, to string) error {
	_, err := f.store.ChangeLinks(userID, at, func(l *store.Links) error {
		if len(l.List) > 0 && l.Of(from) {
			l.Call(to)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return f.store.RenamePin(userID, at, from, to)
}
