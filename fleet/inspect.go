package fleet

import (
	"context"
	"sync"
	"time"

	"berth/proxmox"
	"berth/store"
)

// inspection is the way to ask about one container, or to change it: the client of its node, and the names for its calls.
type inspection struct {
	*proxmox.Client
	node   store.Node
	member string // of the cluster, as Proxmox calls the node
	vmid   int
}

func (i inspection) ref() store.Ref { return i.node.Ref(i.vmid) }

// inspector prepares calls about one of a user's containers. store.ErrNotFound for another user's node.
func (f *Fleet) inspector(userID string, at store.Ref) (inspection, error) {
	node, err := f.store.Node(userID, at.NodeID)
	if err != nil {
		return inspection{}, err
	}
	c, _, err := f.Client(node.ID)
	return inspection{c, node, node.Member, at.VMID}, err
}

// inspect runs questions about one of a user's containers side by side, with a context of at most limit, and waits for all.
// Each stores its own answer and error; inspect's is only store.ErrNotFound for another user's node, or store.ErrKey.
func (f *Fleet) inspect(ctx context.Context, userID string, at store.Ref, limit time.Duration, questions ...func(context.Context, inspection)) error {
	i, err := f.inspector(userID, at)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var asking sync.WaitGroup
	for _, ask := range questions {
		asking.Go(func() { ask(ctx, i) })
	}
	asking.Wait()
	return nil
}

// inspectOne asks one question about one of a user's containers, with a context of at most limit, and returns its answer.
// store.ErrNotFound for another user's node.
func inspectOne[T any](ctx context.Context, f *Fleet, userID string, at store.Ref, limit time.Duration, ask func(context.Context, inspection) (T, error)) (T, error) {
	i, err := f.inspector(userID, at)
	if err != nil {
		var none T
		return none, err
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return ask(ctx, i)
}

// change makes a change to a container while a page waits for it. It goes on when the user leaves the page, as nobody could
// tell afterwards whether a change that was cut off was made. store.ErrNotFound for another user's node.
func (f *Fleet) change(ctx context.Context, userID string, at store.Ref, do func(context.Context, inspection) error) error {
	i, err := f.inspector(userID, at)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), proxmox.TwiceTime)
	defer cancel()
	return do(ctx, i)
}
