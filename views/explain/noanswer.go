package explain

import (
	"errors"

	"berth/jobs"
	"berth/proxmox"
	"berth/store"
)

// silent is said of a node that does not answer, where the table has no row with a reason for that.
const silent = "{node} does not answer"

// NoAnswer says in a few words that a node does not do what it is asked, and why where that is more than silence.
func NoAnswer(node string, err error) string {
	words := silent
	if why := silence(err); why != "" {
		words = why
	}
	return fill(words, aboutNode(store.Node{Name: node}).in(store.Message{}))
}

// Refuses tells whether a node that does not do what it is asked says why.
func Refuses(err error) bool { return silence(err) != "" }

// silence looks up the reason for which a node does not do what it is asked; "" where there is none but that it is silent.
func silence(err error) string {
	e, ok := errors.AsType[*proxmox.Error](err)
	if !ok {
		return ""
	}
	return rowOf(jobs.Refusal(e, "").Kind).silence
}
