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
		return Link{URL: "/", Text: "Containers"}
	case explain.SeeAddNode:
		return Link{URL: NodesURL + "/new", Text: "Add a node"}
	case explain.SeeNode, explain.SeeSSH, explain.SeeNodes:
		switch {
		case n.ID == "" || see == explain.SeeNodes:
			return Link{URL: NodesURL, Text: "Nodes"}
		case see == explain.SeeSSH:
			return Link{URL: NodeURL(n.ID) + "#ssh", Text: "SSH to " + n.Name}
		}
		return Link{URL: NodeURL(n.ID), Text: "Settings of " + n.Name}
	}
	return Link{}
}
