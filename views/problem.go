package views

import (
	"berth/store"
	"berth/views/explain"
)

// NewProblem is a problem of a node, with the link that it leads to. n may be the zero Node.
func NewProblem(p explain.Problem, n store.Node) Problem {
	return Problem{Status: p.Status, Title: p.Title, Why: p.Why, Next: p.Next, Link: seeOf(p.See, n)}
}

// seeOf leads to a page about a node.
func seeOf(see explain.See, n store.Node) Link {
	switch see {
	case explain.SeeContainers:
		return Link{"/", "Containers"}
	case explain.SeeAddNode:
		return Link{NodesURL + "/new", "Add a node"}
	case explain.SeeNode, explain.SeeSSH, explain.SeeNodes:
		switch {
		case n.ID == "" || see == explain.SeeNodes:
			return Link{NodesURL, "Nodes"}
		case see == explain.SeeSSH:
			return Link{NodeURL(n.ID) + "#ssh", "SSH to " + n.Name}
		}
		return Link{NodeURL(n.ID), "Settings of " + n.Name}
	}
	return Link{}
}
