package store

// Property is what a container, a snapshot or a backup is asked to be like. One that Proxmox names and that is not here has
// Proxmox's name.
type Property string

// The properties.
const (
	PropertyVMID         Property = "vmid"
	PropertyHostname     Property = "hostname"
	PropertyOSTemplate   Property = "ostemplate"
	PropertyCores        Property = "cores"
	PropertyMemory       Property = "memory"
	PropertySwap         Property = "swap"
	PropertyDisk         Property = "disk" // the size of its root file system
	PropertyStorage      Property = "storage"
	PropertyNetwork      Property = "network"
	PropertyNameserver   Property = "nameserver"
	PropertySearchDomain Property = "search domain"
	PropertySSHKeys      Property = "SSH keys"
	PropertyUnprivileged Property = "unprivileged"
	PropertyFeatures     Property = "features"
	PropertyOnBoot       Property = "start on boot"
	PropertyTags         Property = "tags"
	PropertyDescription  Property = "description"
	PropertyPool         Property = "pool"
	PropertySnapshot     Property = "snapshot" // its name
	PropertyNote         Property = "note"
	PropertyMode         Property = "mode" // of a backup
)
