package proxmox

import "context"

// Nodes and Replications are for the tests of what a simulated host answers.

func (c *Client) Nodes(ctx context.Context) ([]Member, error) { return c.nodes(ctx) }

func (c *Client) Replications(ctx context.Context, node string, vmid int) ([]string, error) {
	return c.replications(ctx, node, vmid)
}
