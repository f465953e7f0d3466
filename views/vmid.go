package views

import "strconv"

// ContainerURL is the address of a container's page.
func ContainerURL(nodeID string, vmid int) string {
	return "/containers/" + nodeID + "/" + strconv.Itoa(vmid)
}
