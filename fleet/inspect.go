package fleet

import (
	"context"
	"sync"
	"time"

	"berth/proxmox"
	"berth/store"
)

// inspection is what is asked of one container, through its node.
type inspection struct {
	*proxmox.Client
	node   store.Node
	member string // of the cluster, as Proxmox calls the node
	vmid   int
}

func (i inspection) ref() store.Ref { return i.node.Ref(i.vmid) }

// inspector is the way to ask about one of a user's containers. store.ErrNotFound for another user's node.
func (f *Fleet) inspector(userID string, at store.Ref) (inspection, error) {
	node, err := f.store.Node(userID, at.NodeID)
	if err != nil {
		return inspection{}, err
	}
	c, _, err := f.Client(node.ID)
	return inspection{c, node, node.Member, at.VMID}, err
}

// inspect puts questions about one of a user's containers to its node, side by side, and waits for their answers, for
// limit at most. Each keeps its answer, and its error, for itself. store.ErrNotFound for another user's node.
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

// inspectOne puts one question about one of a user's containers to its node, and waits for its answer, for limit at most.
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

// change makes a change to a container that a page waits for. Whoever leaves the page does not end it: a change that
// was cut off could not be told from one that was made. store.ErrNotFound for another user's node.
func (f *Fleet) change(ctx context.Context, userID string, at store.Ref, do func(context.Context, inspection) error) error {
	i, err := f.inspector(userID, at)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), proxmox.TwiceTime)
	defer cancel()
	return do(ctx, i)
}
