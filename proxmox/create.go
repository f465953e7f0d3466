package proxmox

// CreateParams is what a new container shall be. Zero values are left to Proxmox
// unless a field says otherwise. The JSON names are kept in job records.
type CreateParams struct {
	VMID         int      `json:"vmid"`
	Hostname     string   `json:"hostname"`
	OSTemplate   string   `json:"ostemplate"` // volume
	Cores        int      `json:"cores"`
	Memory       int      `json:"memory"` // MiB
	Swap         int      `json:"swap"`   // MiB; 0 is sent: no swap
	Disk         int      `json:"disk"`   // GiB
	Storage      string   `json:"storage"`
	Bridge       string   `json:"bridge"`
	VLAN         int      `json:"vlan,omitempty"`
	IP           string   `json:"ip"` // "dhcp", a CIDR, or "" for none
	Gateway      string   `json:"gateway,omitempty"`
	IP6          string   `json:"ip6"` // "dhcp", "auto" (SLAAC), a CIDR, or "" for none
	Gateway6     string   `json:"gateway6,omitempty"`
	Nameserver   string   `json:"nameserver,omitempty"` // separated by spaces
	SearchDomain string   `json:"searchdomain,omitempty"`
	SSHKeys      []string `json:"ssh_keys,omitempty"`
	Unprivileged bool     `json:"unprivileged"`
	Nesting      bool     `json:"nesting"`
	OnBoot       bool     `json:"onboot"`
	Tags         []string `json:"tags,omitempty"`
	Description  string   `json:"description,omitempty"`
	Pool         string   `json:"pool,omitempty"`
}

// PctCreate is the equivalent command line for the host's shell, each word quoted where it needs to be.
func (p CreateParams) PctCreate() string { panic("unwritten") }
