package explain

import (
	"berth/store"
)

// What a list lacks. Where something could not be read, Said has the host's own words or Cause the refusal.
const (
	GapUnread          store.MessageKind = "gap-unread"
	GapStorageUnread   store.MessageKind = "gap-storage-unread"   // Name
	GapStorageLate     store.MessageKind = "gap-storage-late"     // Name: it did not answer in time
	GapStorageInactive store.MessageKind = "gap-storage-inactive" // Name: its content cannot be listed
	GapStorageUnusable store.MessageKind = "gap-storage-unusable" // Name: it is listed, and takes nothing

	// What arrives by itself.
	GapStorageComes    store.MessageKind = "gap-storage-comes"    // Name
	GapStoragesCome    store.MessageKind = "gap-storages-come"    // Storages
	GapSlowStorages    store.MessageKind = "gap-slow-storages"    // the node is slow to list them
	GapSlowBackups     store.MessageKind = "gap-slow-backups"     // the same, of the storages that take backups
	GapSlowOSTemplates store.MessageKind = "gap-slow-ostemplates" // those on the node
	GapSlowAppliances  store.MessageKind = "gap-slow-appliances"  // OS templates to download
	GapSlowBridges     store.MessageKind = "gap-slow-bridges"
	GapSlowPools       store.MessageKind = "gap-slow-pools"
)

// gapOld is said besides where the list that was last known stands in place of a new one.
const gapOld = "The last known list is shown."

var gaps = map[store.MessageKind]row{
	GapUnread:          {title: "The list could not be read[: {said}][: {cause}]"},
	GapStorageUnread:   {title: "The storage {name} could not be read[: {said}][: {cause}]"},
	GapStorageLate:     {title: "The storage {name} did not answer in time, so its content is not known"},
	GapStorageInactive: {title: "The storage {name} is not active, so its content is not known"},
	GapStorageUnusable: {title: "The storage {name} is not active on {node}, so nothing can be stored on it"},

	GapStorageComes:    {title: "The storage {name} has not answered yet; its content appears when it does"},
	GapStoragesCome:    {title: "The storages {storages} have not answered yet; their content appears when they do"},
	GapSlowStorages:    {title: "{node} is slow to list its storages; they appear when they arrive"},
	GapSlowBackups:     {title: "{node} is slow to list its storages for backups; they appear when they arrive"},
	GapSlowOSTemplates: {title: "{node} is slow to list its OS templates; they appear when they arrive"},
	GapSlowAppliances:  {title: "{node} is slow to list its OS templates to download; they appear when they arrive"},
	GapSlowBridges:     {title: "{node} is slow to list its bridges; they appear when they arrive"},
	GapSlowPools:       {title: "{node} is slow to list its pools; they appear when they arrive"},
}

// Gap says in whole sentences what a list of a node lacks. old: the list that was last known is shown in its place.
func Gap(n store.Node, m store.Message, old bool) string {
	a := aboutNode(n)
	words := fill(rowOf(m.Kind).title, a.in(m)) + "."
	if old {
		words = sentences(words, gapOld)
	}
	return words
}
