package proxmox

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"
)

// A Bridge of a host, for a container's network to be attached to.
type Bridge struct {
	Name      string
	Comment   string // without its trailing newline
	CIDR      string
	Active    bool
	VLANAware bool
}

// Bridges is GET /nodes/{node}/network?type=any_bridge, sorted by name. Without
// SDN.Use or SDN.Audit a token sees none.
func (c *Client) Bridges(ctx context.Context, node string) ([]Bridge, error) {
	var data []struct {
		Iface     text  `json:"iface"`
		Comments  text  `json:"comments"`
		CIDR      text  `json:"cidr"`
		Active    truth `json:"active"`
		VLANAware truth `json:"bridge_vlan_aware"`
	}
	args := url.Values{"type": {"any_bridge"}}
	if err := c.get(ctx, nodePath(node, "network"), args, &data); err != nil {
		return nil, err
	}
	bridges := make([]Bridge, 0, len(data))
	for _, d := range data {
		if d.Iface == "" {
			continue
		}
		bridges = append(bridges, Bridge{
			Name: string(d.Iface), Comment: strings.TrimSuffix(string(d.Comments), "\n"), CIDR: string(d.CIDR),
			Active: bool(d.Active), VLANAware: bool(d.VLANAware),
		})
	}
	slices.SortFunc(bridges, func(a, b Bridge) int { return cmp.Compare(a.Name, b.Name) })
	return bridges, nil
}
