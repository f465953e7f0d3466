package fleet

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	"berth/proxmox"
	"berth/store"
)

const (
	// coloursEvery is the time between two questions for the colours of a cluster's tags.
	coloursEvery = time.Hour
	// coloursDenied is that after a token was refused: its rights are not what somebody changes for colours.
	coloursDenied = 24 * time.Hour
)

// askColours asks a cluster for the colours of its tags, when that is due and a container has any. A failure leaves those that
// are known; a refusal leaves none.
func (s surveyor) askColours(ctx context.Context, n store.Node, k *known) bool {
	now := s.f.clock.Now()
	if now.Before(s.cluster.survey.found().colours) || !slices.ContainsFunc(k.Guests, isTagged) {
		return false
	}
	client, call, cancel, err := s.callTo(ctx, n)
	if err != nil {
		return false
	}
	defer cancel()
	colours, err := client.TagColours(call)
	denied := proxmox.KindOf(err) == proxmox.KindForbidden
	due := now.Add(coloursEvery)
	if denied {
		due = now.Add(coloursDenied)
	}
	s.cluster.survey.change(func(all *findings) { all.colours = due })
	return (err == nil || denied) && s.f.noteColours(s.cluster, colours)
}

func isTagged(g guest) bool { return g.Type == proxmox.TypeContainer && len(g.Tags) > 0 }

// noteColours takes the colours of a cluster's tags into what is known of it, and tells whether they are others now.
func (f *Fleet) noteColours(c *cluster, colours map[string]proxmox.TagColour) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if maps.Equal(c.known.Colours, colours) {
		return false
	}
	next := *c.known
	next.Colours = colours
	c.known, c.unkept = &next, true
	return true
}

// TagColours are the colours that the clusters of a user's nodes set for tags of their containers, each once, in order. It asks
// no host.
func (f *Fleet) TagColours(nodes []store.Node) []proxmox.TagColour {
	worn := make(map[proxmox.TagColour]bool)
	clusters := f.clustersOf(nodes)
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, c := range clusters {
		if len(c.known.Colours) == 0 {
			continue
		}
		for i := range c.known.Guests {
			for _, tag := range c.known.Guests[i].Tags {
				if colour, there := c.known.Colours[tag]; there {
					worn[colour] = true
				}
			}
		}
	}
	return slices.SortedFunc(maps.Keys(worn), func(a, b proxmox.TagColour) int {
		return cmp.Or(cmp.Compare(a.Ground, b.Ground), cmp.Compare(a.Text, b.Text))
	})
}
