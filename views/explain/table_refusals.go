package explain

import (
	"net/http"

	"berth/jobs"
	"berth/store"
)

// refusals are what a node does not do, and how it does not answer, when its API is asked.
var refusals = map[store.MessageKind]row{
	jobs.ProblemNoSuchHost: {
		title:  "The name {host} is not known",
		why:    "No address was found for it by the host that Berth runs on.",
		next:   "Check the spelling, or use the IP address.",
		clause: "its name does not resolve",
		see:    SeeNode, status: http.StatusBadGateway,
	},
	jobs.ProblemNothingListens: {
		title:  "{address} refused the connection",
		why:    "The host is there, but nothing listens on that port.",
		next:   "Is Proxmox VE installed on it, and does systemctl status pveproxy say that it runs?",
		clause: "nothing listens on its port",
		see:    SeeNode, status: http.StatusBadGateway,
	},
	jobs.ProblemUnreachable: {
		title:  "{address} cannot be reached",
		why:    "There is no way to it in the network, or the connection broke off.",
		next:   "Check that it is switched on and in the same network, and that no firewall is between.",
		clause: "the connection broke off",
		see:    SeeNode, status: http.StatusBadGateway,
	},
	jobs.ProblemNoAnswer: {
		title:  "{address} does not answer",
		why:    "No answer came in time. It may be off, very busy, or behind a firewall that drops what it does not want.",
		next:   "Check that it is switched on and that the address is right, then try again.",
		clause: "no answer came in time",
		see:    SeeNode, status: http.StatusGatewayTimeout,
	},
	jobs.ProblemCut: {
		of:    jobs.ProblemUnreachable,
		title: "The question to {node} was broken off",
	},
	jobs.ProblemUntrusted: {
		title: "The certificate of {node} is not known",
		why:   "The system does not trust it and it has not been pinned.",
		next:  "Open the node's settings, compare the fingerprint with the one on the host, and trust it there.",
		see:   SeeNode, status: http.StatusBadGateway,
	},
	jobs.ProblemCertChanged: {
		title: "{Node} shows another certificate than the one that was trusted",
		why:   "Either it was renewed, or something else answers at this address. Berth sent nothing to it.",
		next:  "Compare the new fingerprint with the one on the host before trusting it in the node's settings.",
		see:   SeeNode, status: http.StatusBadGateway,
	},
	jobs.ProblemNotProxmox: {
		title:  "What answers at {address} is not Proxmox VE",
		why:    "It speaks, but not as the API of Proxmox VE does.",
		next:   "Check the address and the port; as installed, Proxmox VE listens on 8006. Proxmox Backup Server and Mail Gateway are other products.",
		clause: "what answers is not Proxmox VE",
		see:    SeeNode, status: http.StatusBadGateway,
	},
	jobs.ProblemProxy: {
		title:  "A proxy answers at {address}, Proxmox VE behind it does not",
		why:    "The answer is {status}, which is the proxy's own: it does not reach the host behind it, or not in time.",
		next:   "Check that the host is switched on and that the proxy leads to it by https on port 8006. Or give Berth the host's own address.",
		clause: "a proxy answers, Proxmox VE behind it does not",
		see:    SeeNode, status: http.StatusBadGateway,
	},
	jobs.ProblemMemberDown: {
		title:  "{Node} is not reached by its cluster",
		why:    "The host that was asked answered, but could not pass the call on to the one that it is for.",
		next:   "Check that this member of the cluster is switched on, then try again.",
		clause: "its cluster does not reach it",
		see:    SeeNode, status: http.StatusBadGateway,
	},
	jobs.ProblemDaemonDown: {
		title:  "{service} does not run on {member}",
		why:    "The host is up, but this service of Proxmox VE, which does the work, is stopped or has failed.",
		next:   "Run {restart} on {member}, then try again.",
		clause: "{service} does not run on {member}; run {restart} there",
		see:    SeeNode, status: http.StatusBadGateway,
	},
	jobs.ProblemToken: {
		title: "The token was refused by {node}",
		why:   "Its ID or secret is wrong, or the token or its user has expired, was disabled or removed.",
		next:  "Check the ID, which reads like berth@pve!app, and type the secret anew. It can be seen only when the token is made; if it is lost, make a new one.",
		see:   SeeNode, status: http.StatusBadGateway,
	},
	jobs.ProblemTokenLost: {
		title: "The token does not arrive at {node}",
		why:   "Proxmox saw a request without one. Something between takes the header Authorization away, as a reverse proxy with a sign-in of its own does; the secret is not the cause.",
		next:  "Let the proxy pass Authorization on for /api2/, or give Berth the host's own address, with port 8006.",
		see:   SeeNode, status: http.StatusBadGateway,
	},
	jobs.ProblemForbidden: {
		title: "The token of {node} lacks the right {right} on {path}",
		why:   "Nothing was changed.",
		next:  "Give the right to the token and to its user: a token has only what both have. The node's page has the commands.",
		see:   SeeNode, status: http.StatusForbidden,
	},
	jobs.ProblemNoRight: {
		of:    jobs.ProblemForbidden,
		title: "The token of {node} lacks a right for this[: {said}]",
	},
	jobs.ProblemInvalid: {
		title:  "{Node} refused what was asked for[: {said}]",
		why:    "Nothing was changed.",
		next:   "Correct it and send it again.",
		status: http.StatusUnprocessableEntity,
	},
	jobs.ProblemExists: {
		title:  "The VMID[ {vmid}] is taken[: {said}]",
		why:    "{Node} has a guest with this number, perhaps one that the token may not see. Nothing was created.",
		next:   "Choose another VMID.",
		status: http.StatusConflict,
	},
	jobs.ProblemGone: {
		title: "{It} is not on {node} any more",
		why:   "It was deleted or moved, perhaps from elsewhere.",
		next:  "The list of containers shows what is there now.",
		see:   SeeContainers, status: http.StatusNotFound,
	},
	jobs.ProblemNoSuchNode: {
		title: "{Node} has another name in Proxmox now",
		why:   "Proxmox knows no host called {own} there. It may have been renamed or installed anew.",
		next:  "Open the node's settings and test the connection; Berth then takes the name that it has.",
		see:   SeeNode, status: http.StatusBadGateway,
	},
	jobs.ProblemRuns: {
		title:  "{It} runs already",
		why:    "Somebody or something else started it meanwhile, so there was nothing to do.",
		status: http.StatusConflict,
	},
	jobs.ProblemStopped: {
		title:  "{It} does not run",
		why:    "It ended or was stopped meanwhile, so there was nothing to do.",
		status: http.StatusConflict,
	},
	jobs.ProblemStillRuns: {
		title:  "{It} still runs, so it cannot be deleted",
		why:    "Proxmox deletes only what is stopped. Nothing was deleted.",
		next:   "Delete it again: it is stopped first.",
		status: http.StatusConflict,
	},
	jobs.ProblemLocked: {
		title:  "{It} is locked on {node} ({lock})",
		why:    "Proxmox holds it for other work, such as a backup or a snapshot, and lets nothing else change it until then. Nothing was changed.",
		next:   "Wait for that to end and try again. If nothing is at work on it, pct unlock {VMID} on the host removes the lock.",
		status: http.StatusConflict,
	},
	jobs.ProblemTemplate: {
		title:  "{It} is a template",
		why:    "A template never runs and does not change. Nothing was changed.",
		next:   "Clone it to get a container.",
		status: http.StatusConflict,
	},
	jobs.ProblemProtected: {
		title:  "{It} is protected",
		why:    "Its configuration says that neither it nor its disks can be deleted. Nothing was changed.",
		next:   "Switch the protection off first, in Proxmox among the container's options.",
		status: http.StatusConflict,
	},
	jobs.ProblemInUse: {
		title:  "{It} is still used elsewhere",
		why:    "[Proxmox says: {said}. ]Nothing was deleted.",
		next:   "Delete it together with what names it: then it is taken out of HA, replication and backup jobs too.",
		status: http.StatusConflict,
	},
	jobs.ProblemHeld: {
		title:  "Other work on {node} holds {it}, and did not let go of it in time",
		why:    "Nothing was changed.",
		next:   "Try again when the backup, the snapshot or whatever else is at work there has ended.",
		status: http.StatusConflict,
	},
	jobs.ProblemNoSnapshot: {
		title:  "The snapshot[ {snapshot}] is not there any more",
		why:    "It was deleted meanwhile, perhaps from elsewhere. Nothing was changed.",
		next:   "Load the list of snapshots again.",
		status: http.StatusNotFound,
	},
	jobs.ProblemSnapshotTaken: {
		title:  "There is a snapshot of that name already[: {snapshot}]",
		why:    "Proxmox tells the snapshots of a container apart by their names. Nothing was changed.",
		next:   "Choose another name.",
		status: http.StatusConflict,
	},
	jobs.ProblemStorage: {
		title:  "A disk of {it} is on a storage that cannot do this[: {said}]",
		why:    "Nothing was changed.",
		next:   "Move it to a storage that can, such as LVM-thin or ZFS. The page of the container's snapshots says which disk it is.",
		status: http.StatusConflict,
	},
	jobs.ProblemNotNewest: {
		title:  "Newer snapshots stand in the way",
		why:    "Its storage can be rolled back to the newest snapshot only. Nothing was changed.",
		next:   "Delete the newer snapshots first.",
		status: http.StatusConflict,
	},
	jobs.ProblemModified: {
		title:  "{It} was changed by someone else at the same time",
		why:    "Nothing was overwritten.",
		next:   "Look at how it is now, then try again.",
		status: http.StatusConflict,
	},
	jobs.ProblemOther: {
		title: "{Node} refused[: {said}]",
		why:   "Proxmox has a reason of its own for that.",
		next:  "The task log on the host may say more.",
		see:   SeeNode, status: http.StatusBadGateway,
	},
}
