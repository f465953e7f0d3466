package parts

import (
	"net/url"
	"strconv"
	"strings"

	"berth/forms"
)

// NodesURL is the page of a user's nodes; that of one node is below it.
const NodesURL = "/settings/nodes"

// NodeURL is a node's own page, or what follows below it.
func NodeURL(id string, below ...string) string {
	return NodesURL + "/" + strings.Join(append([]string{id}, below...), "/")
}

// SSHURL is where SSH to a node is set up; back is the page that this is done for, of this site.
func SSHURL(nodeID, back string) string {
	return NodeURL(nodeID) + "?back=" + url.QueryEscape(back) + "#ssh"
}

// WizardURL is the address of a draft's page, or of something done with the draft.
func WizardURL(draftID, page string) string { return "/containers/new/" + draftID + "/" + page }

// WizardFoldURL is the page of a draft with one of its folds open.
func WizardFoldURL(draftID string, fold forms.Fold) string {
	return WizardURL(draftID, "configure") + "?open=" + string(fold) + "#" + string(fold)
}

// TemplateURL is the page of a template.
func TemplateURL(id string) string { return "/templates/" + id }

// JobURL is the address of a job's page.
func JobURL(id string) string { return "/jobs/" + id }

// ContainerURL is the address of a container's page.
func ContainerURL(nodeID string, vmid int) string {
	return "/containers/" + nodeID + "/" + strconv.Itoa(vmid)
}

// BulkURL is the page that asks before the same is done to several containers.
const BulkURL = "/containers/several"

// PackagesURL is the form of a package bucket.
func PackagesURL(id string) string { return "/packages/" + id }
