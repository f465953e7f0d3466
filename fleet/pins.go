package fleet

import "berth/store"

// Pin puts a container before all others of its user, or back among them, shows that to the user's watches, and returns it as it
// is then. store.ErrNotFound where the container is not known.
func (f *Fleet) Pin(n store.Node, vmid int, pinned bool) (Container, error) {
	c, known, err := f.asKnown(n, vmid)
	switch {
	case err != nil:
		return c, err
	case !known:
		return c, store.ErrNotFound
	case c.Pinned == pinned:
		return c, nil
	}
	c.Pinned = pinned
	if pinned {
		err = f.store.Pin(n.UserID, c.Ref(), c.Name)
	} else {
		err = f.store.Unpin(n.UserID, c.Ref())
	}
	if err == nil {
		f.news.Tell(n.UserID)
	}
	return c, err
}
