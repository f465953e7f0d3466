package explain

import (
	"net/http"

	"berth/jobs"
	"berth/store"
)

// paste is the remedy for a key or a forced command that is missing or old, away from the page that has the block.
const paste = "Paste the block from the node's page into a root shell on the host, then try again."

// refusalsOverSSH has the rows for what fails on the way into a container.
var refusalsOverSSH = map[store.MessageKind]row{
	jobs.ProblemNoSSH: {
		title: "This needs SSH to {name}",
		why:   "SSH is not set up for it, and Berth reaches into containers only over SSH.",
		safe:  "Nothing was done.",
		next:  "Set it up on the node's page: it takes one block, pasted into a shell on the host.",
		job:   "Set it up on the node's page, then try again: it takes one block, pasted into a shell on the host.",
		see:   SeeSSH, status: http.StatusConflict,
	},
	jobs.ProblemNoNode: {
		title: "This needs SSH to {member}",
		why:   "{Container} is on {member}, a cluster member that you have not added as a node yet.",
		safe:  "Nothing was done.",
		next:  "Add {member} as a node and set up SSH on its page.",
		job:   "Add {member} as a node, set up SSH on its page, then try again.",
		see:   SeeAddNode, status: http.StatusConflict,
	},
	jobs.ProblemSSHNoSuchHost: {
		check: sshCheck{sshAnswers, "No address was found for {address}", "Check the spelling, or use the IP address."},
		of:    jobs.ProblemNoSuchHost,
		title: "No address was found for {address}",
		why:   "The host that Berth runs on cannot resolve the name.",
		see:   SeeSSH,
	},
	jobs.ProblemSSHNothingListens: {
		check: sshCheck{sshAnswers, "{address} refuses the connection: nothing listens on that port", "Check that systemctl status ssh on the host shows it running, and on this port."},
		of:    jobs.ProblemNothingListens,
		title: "{address} refuses the connection",
		next:  "Check that systemctl status ssh on the host shows it running, and on this port.",
		see:   SeeSSH,
	},
	jobs.ProblemSSHUnreachable: {
		check: sshCheck{sshAnswers, "{address} cannot be reached, or broke the connection off", "Check that it is switched on and in the same network."},
		of:    jobs.ProblemUnreachable,
		title: "{address} cannot be reached over SSH",
		see:   SeeSSH,
	},
	jobs.ProblemSSHNoAnswer: {
		check: sshCheck{sshAnswers, "{address} does not answer", "Check that it is switched on, and that no firewall is in the way."},
		of:    jobs.ProblemNoAnswer,
		title: "{address} did not answer over SSH in time",
		why:   "It may be off, very busy, or behind a firewall that drops the connection.",
		next:  "Check that it is switched on, then try again.",
		see:   SeeSSH,
	},
	jobs.ProblemDropped: {
		check: sshCheck{sshAnswers, "{address} cannot be reached, or broke the connection off", "Check that it is switched on and in the same network."},
		of:    jobs.ProblemUnreachable,
		title: "The connection to {address} was lost",
		why:   "It broke while in use. What was started in the container may still be running.",
		next:  "Try again in a moment.",
		see:   SeeSSH,
	},
	jobs.ProblemNotSSH: {
		check: sshCheck{sshAnswers, "What answers at {address} is not SSH", "Correct the port; SSH has 22."},
		title: "What answers at {address} is not SSH",
		why:   "Something else listens on that port.",
		next:  "Correct the port on the node's page; the default for SSH is 22.",
		see:   SeeSSH, status: http.StatusBadGateway,
	},
	jobs.ProblemHostKeyUnknown: {
		check: sshCheck{sshHostKey, "Its host key is not trusted yet", "Compare it below, and trust it."},
		title: "The SSH host key of {node} is not trusted yet",
		safe:  "Nothing was sent to it.",
		next:  "Compare and trust it on the node's page, then try again.",
		see:   SeeSSH, status: http.StatusBadGateway,
	},
	jobs.ProblemHostKeyChanged: {
		check: sshCheck{sshHostKey, "It shows another host key than the trusted one, so nothing was sent to it", "If the host was installed anew, compare the key below and trust it. Else something else answers there."},
		title: "{Node} shows a different SSH host key than the one you trusted",
		why:   "Either the host was reinstalled, or something else answers at this address.",
		safe:  "Nothing was sent to it.",
		next:  "Test SSH on the node's page, and compare the new key with the one on the host before trusting it.",
		see:   SeeSSH, status: http.StatusBadGateway,
	},
	jobs.ProblemKeyRefused: {
		check: sshCheck{sshKey, "It does not accept Berth's key", pasteBelow},
		title: "{Node} does not accept Berth's SSH key",
		why:   "Its line in authorized_keys is missing or was changed.",
		next:  paste,
		see:   SeeSSH, status: http.StatusBadGateway,
	},
	jobs.ProblemNoForcedCommand: {
		check: sshCheck{sshGate, "Berth's gate is not on the host, or the key leads elsewhere", pasteBelow},
		title: "The berth-gate script is missing on {node}",
		why:   "[It says: {said}. ]It was never installed, or the line of the key runs something else.",
		next:  paste,
		see:   SeeSSH, status: http.StatusBadGateway,
	},
	jobs.ProblemOldForcedCommand: {
		check: sshCheck{sshVersion, "The gate is of another version than this Berth speaks to", pasteBelow},
		title: "The berth-gate script on {node} is a different version",
		why:   "[It says: {said}. ]It does not understand this version of Berth.",
		next:  paste,
		see:   SeeSSH, status: http.StatusBadGateway,
	},
	jobs.ProblemNoPct: {
		check: sshCheck{sshPct, "The gate finds no pct there", "Is it a Proxmox VE host? pct comes with it."},
		title: "The berth-gate script on {node} cannot find pct",
		why:   "pct comes with Proxmox VE, and is how Berth reaches into a container.",
		next:  "Check that it is a Proxmox VE host.",
		see:   SeeSSH, status: http.StatusBadGateway,
	},
	jobs.ProblemNoShell: {
		title:  "There is no shell in the container",
		why:    "Berth checks inside with a short /bin/sh script, and the container has no shell: it may hold a single program and nothing else.",
		next:   "Metrics, snapshots and backups work without one. For the rest, install a shell in it.",
		status: http.StatusBadGateway,
	},
	jobs.ProblemNoSession: {
		title:  "{address} accepts the connection but opens no session",
		why:    "Berth asked for one, and the SSH server neither opened nor refused it: the host may be frozen, or very busy.",
		safe:   "Nothing was done.",
		next:   "Check the host, then try again.",
		clause: "its SSH server opens no session",
		see:    SeeSSH, status: http.StatusGatewayTimeout,
	},
	jobs.ProblemTooMuch: {
		title:  "The container prints more than Berth reads",
		why:    "Berth expected a short answer, but the output did not end, so it hung up. The container's /bin/sh, or a file that it reads at start, prints endlessly.",
		next:   "On the host, pct exec {VMID} -- /bin/sh -c true should print nothing. Fix that, then try again.",
		status: http.StatusBadGateway,
	},
	jobs.ProblemNoTerminal: {
		title: "{Node} gives Berth's key no terminal",
		why:   "Its line in authorized_keys lacks the word pty, or the SSH server has PermitTTY no.",
		next:  paste,
		see:   SeeSSH, status: http.StatusBadGateway,
	},
	jobs.ProblemSSHStopped: {
		title:  "{Container} is not running",
		why:    "There is nothing inside to connect to.",
		safe:   "Nothing was done.",
		next:   "Start it, then try again.",
		status: http.StatusConflict,
	},
	jobs.ProblemSSHGone: {
		of:    jobs.ProblemGone,
		title: "{Container} is no longer on {node}",
	},
	jobs.ProblemSSHOther: {
		title: "{Node} failed to do it over SSH",
		why:   "{says}",
		next:  "Test SSH on the node's page; it shows which step fails.",
		see:   SeeSSH, status: http.StatusBadGateway,
	},
}
