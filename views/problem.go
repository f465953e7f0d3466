package views

import (
	"strconv"

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

// seeOfJob leads to a page about a job or its container; the zero Link where the job came from no such page.
func seeOfJob(see explain.See, j store.Job) Link {
	at := ContainerURL(j.NodeID, j.VMID)
	switch see {
	case explain.SeeContainer:
		return Link{at, "Open " + jobObject(j)}
	case explain.SeeMade:
		return Link{ContainerURL(j.NodeID, j.CloneVMID), "Open container " + strconv.Itoa(j.CloneVMID)}
	case explain.SeeSnapshots:
		return Link{at + "/snapshots", "Snapshots"}
	case explain.SeeClone:
		return Link{at + "/clone", "Clone it"}
	case explain.SeeDelete:
		return Link{at + "/delete", "Delete it…"}
	case explain.SeePurge:
		return Link{at + "/delete?purge=1", "Delete it there too…"}
	case explain.SeeForm:
		return formOf(j)
	case explain.SeeDraft:
		return Link{WizardURL(j.DraftID, "configure"), "Back to the draft"}
	case explain.SeeNew:
		return Link{"/containers/new", "New container"}
	}
	return seeOf(see, store.Node{ID: j.NodeID, Name: j.NodeName})
}

// formOf leads to the form that a job came from, with what was typed in it; the zero Link for one that came
// from none, or from a draft.
func formOf(j store.Job) Link {
	page := map[store.JobKind]string{store.JobSnapshot: "/snapshots", store.JobClone: "/clone", store.JobBackup: "/backups"}[j.Kind]
	if page == "" {
		return Link{}
	}
	return Link{ContainerURL(j.NodeID, j.VMID) + page + "?job=" + j.ID, "Back to the form"}
}
