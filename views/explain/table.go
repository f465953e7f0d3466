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
	next   string // whole sentences
	clause string // why a node was silent, in a few words of a longer sentence
	see    See
	status int // of HTTP, where it is a request that failed
}

// sections are the table.
var sections = []map[store.MessageKind]row{refusals, refusalsOverSSH}

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
	r.title, r.why, r.next = cmp.Or(r.title, from.title), cmp.Or(r.why, from.why), cmp.Or(r.next, from.next)
	r.clause, r.see, r.status = cmp.Or(r.clause, from.clause), cmp.Or(r.see, from.see), cmp.Or(r.status, from.status)
}
