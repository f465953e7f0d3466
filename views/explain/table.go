package explain

import (
	"cmp"

	"berth/store"
)

// row has the words for a kind of message. See fill for what stands in braces and brackets.
type row struct {
	// of is a kind whose row has what this one lacks.
	of     store.MessageKind
	title  string // what failed, or what is told: no full stop
	why    string // whole sentences
	safe   string // what was not done, in a whole sentence; a job that left something says that instead
	next   string // whole sentences
	job    string // what to do next when it is a job that failed, where that is something else
	clause string // why a node was silent, in a few words of a longer sentence
	// silence is said in place of "{node} does not answer" where its host, or something before it, gives another reason.
	silence string
	check   sshCheck // what it means for a test of SSH
	see     See
	// command is to be typed on the host, as next says.
	command string
	status  int  // of HTTP, where it is a request that failed
	final   bool // to try the same again does not help
	quotes  bool // why a job failed ends with what was said
}

// sections are the table.
var sections = []map[store.MessageKind]row{refusals, refusalsOverSSH, failures, causes, formerly, messages, requests, gaps, notTaken}

// rowOf is the row of a kind, with what it has from others.
func rowOf(kind store.MessageKind) row {
	for _, section := range sections {
		r, ok := section[kind]
		if !ok {
			continue
		}
		if r.of != "" {
			r.inherit(rowOf(r.of))
		}
		return r
	}
	return row{}
}

// inherit takes over what the row lacks.
func (r *row) inherit(from row) {
	r.title, r.why, r.safe, r.next = cmp.Or(r.title, from.title), cmp.Or(r.why, from.why), cmp.Or(r.safe, from.safe), cmp.Or(r.next, from.next)
	r.job, r.clause, r.command = cmp.Or(r.job, from.job), cmp.Or(r.clause, from.clause), cmp.Or(r.command, from.command)
	r.see, r.status, r.final, r.quotes = cmp.Or(r.see, from.see), cmp.Or(r.status, from.status), r.final || from.final, r.quotes || from.quotes
}
