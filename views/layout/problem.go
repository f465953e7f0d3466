// Package layout is the frame of every page, and what it says where something failed.
package layout

import (
	"berth/store"
	"berth/views/explain"
	"berth/views/parts"
)

// NewProblem is a problem of a node, with the link that it leads to. n may be the zero Node.
func NewProblem(p explain.Problem, n store.Node) Problem {
	return Problem{Status: p.Status, Title: p.Title, Why: p.Why, Next: p.Next, Link: SeeOf(p.See, n)}
}

// SeeOf leads to a page about a node.
func SeeOf(see explain.See, n store.Node) Link {
	switch see {
	case explain.SeeContainers:
		return Link{URL: "/", Text: "Containers"}
	case explain.SeeJobs:
		return Link{URL: "/jobs", Text: "Jobs"}
	case explain.SeeTemplates:
		return Link{URL: "/templates", Text: "Templates"}
	case explain.SeeAddNode:
		return Link{URL: parts.NodesURL + "/new", Text: "Add a node"}
	case explain.SeeNode, explain.SeeSSH, explain.SeeNodes:
		switch {
		case n.ID == "" || see == explain.SeeNodes:
			return Link{URL: parts.NodesURL, Text: "Nodes"}
		case see == explain.SeeSSH:
			return Link{URL: parts.NodeURL(n.ID) + "#ssh", Text: "SSH to " + n.Name}
		}
		return Link{URL: parts.NodeURL(n.ID), Text: "Settings of " + n.Name}
	}
	return Link{}
}
