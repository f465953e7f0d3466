package store

// Property names a setting of a container, a snapshot or a backup that a host may refuse; forms map it to the field to mark.
// A setting that is not among the constants has Proxmox's name.
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
