package explain

import (
	"berth/jobs"
	"berth/store"
)

// failures are how a job fails beside a refusal.
var failures = map[store.MessageKind]row{
	jobs.ProblemTimeout: {
		title: "{it} did not shut down within about {took} and still runs",
		why:   "Something inside it does not end, or does not listen to the request.",
		next:  "Wait and try again, or stop it: that pulls the plug, and what is not written to disk is lost.",
	},
	jobs.ProblemSilent: {
		title: "{node} has not answered for {took}: {reason}",
		next:  "Check that it is switched on and connected, then try again.",
		see:   SeeNode,
	},
	jobs.ProblemNoEffect: {
		of:    jobs.ProblemSilent,
		title: "{node} did not answer the call, and it had no effect, {times} times in a row",
	},
	jobs.ProblemTask: {
		title: "The task on {node} failed[: {cause}][: {said}]",
		next:  "The log below has what the host said. Mend it there and try again.",
	},
	jobs.ProblemTaskLost: {
		of:    jobs.ProblemTask,
		title: "{node} cannot tell how the task ended, and what it was for is not so",
	},
	jobs.ProblemBusy: {
		title: "Job {job} is at work on it, so this was not begun",
		next:  "Try again when that job has ended.",
	},
	jobs.ProblemCloneRuns: {
		title: "{it} runs, and a full copy of a container that runs is made from a snapshot only",
		safe:  "Nothing was created.",
		next:  "Clone it from a snapshot, or shut it down first.",
		see:   SeeForm, final: true,
	},
	jobs.ProblemAnother: {
		of:    jobs.ProblemGone,
		title: "Container {vmid} on {node} is another one now ({name}), so it is left alone",
		safe:  "Nothing was deleted.",
	},
	jobs.ProblemLeftover: {
		title: "What an earlier try left of container {vmid} is still on {node}",
		next:  "Destroy it first, then try again.",
	},
	jobs.ProblemVolume: {
		title: "{disk} of {it} is another volume now than when this was asked for, so it is left as it is",
		safe:  "Nothing was changed.",
		next:  "Look at how it is now.",
		see:   SeeContainer, final: true,
	},
	jobs.ProblemNodeRemoved: {
		title: "{node} was removed from Berth",
		why:   "What was begun on the host goes on there, unseen.",
		see:   SeeNodes, final: true,
	},
	jobs.ProblemNodeElsewhere: {
		title: "{node} leads to another host or cluster now than when this job began, so nothing is done there",
		see:   SeeNodes, final: true,
	},
	jobs.ProblemInit: {
		title: "The system in the container did not come up[: {cause}]",
		next:  "The log below has what was waited for. Look at its console in Proxmox, then try again: it goes on from here.",
	},
	jobs.ProblemFiles: {
		title: "Not all files could be put in place[: {cause}]",
		next:  "The log below has what was said. Try again when it is mended: the step is done once more, and what came before stays.",
	},
	jobs.ProblemPackages: {
		of:    jobs.ProblemFiles,
		title: "The packages could not be installed[: {cause}]",
	},
	jobs.ProblemScript: {
		title: "The script {script} failed[: {cause}]",
		next:  "The log below has all that it said. Try again when it is mended: this script is run from its beginning, those before it are not.",
	},
	jobs.ProblemLook: {
		title: "It could not be found out what runs[: {cause}]",
		next:  goesOn,
	},
	jobs.ProblemLimit: {
		title: "{failed}: it was ended after {took}",
		next:  "The log below shows where it stood still. Try again: the step is done once more.",
	},
	jobs.ProblemNotEnded: {
		title: "The program in {it} could not be ended[ ({said})], and may go on",
		next:  "Look into the container, or stop it.",
	},
	jobs.ProblemSecrets: {
		title: "The secret values that the scripts ask for are not there any more",
		next:  "Try again and type them anew: they are kept only until a job ends.",
	},
	jobs.ProblemUnsure: {
		title: "It is not known whether the script {script} ran to its end. Run it again, skip it, or stop here?",
		next:  "A script that is run twice may do something twice. The log below shows how far it came.",
		final: true,
	},
	jobs.ProblemHAGaveUp: {
		of:    jobs.ProblemHALate,
		title: "HA could not do it with {it} and gave up: it is in the HA state error, and {runs}",
	},
	jobs.ProblemHALate: {
		title:   "HA was asked {took} ago and has not done it: {it} {runs}",
		why:     "HA may still do it later.",
		next:    "Look at Datacenter, HA in Proxmox. One in the state error is let go of with this on the host; then try again:",
		command: "ha-manager set ct:{VMID} --state disabled",
	},
	jobs.ProblemFileSystem: {
		title: "The volume of {disk} of {it} has {size} GiB now, but the file system on it did not grow",
		next:  "Mend on the host what is named there, and then make the disk larger by 1 GiB at least: that grows the file system to the whole of it. Of a stopped container the host checks the file system first.",
		see:   SeeContainer, final: true, quotes: true,
	},
	jobs.ProblemInside: {
		title: "Something failed inside Berth; its log has the cause",
		next:  goesOn,
	},
	jobs.ProblemUnknownStep: {
		title: "This version of Berth knows no step {name}",
		next:  goesOn,
	},
}

// formerly are kinds of problems that no job ends with any more: those kept by earlier versions of Berth tell the rest
// themselves.
var formerly = map[store.MessageKind]row{
	"power":    {why: "Somebody or something else changed it meanwhile.", next: "Look at how it is now.", see: SeeContainer, final: true},
	"snapshot": {safe: "Nothing was changed.", next: "Look at the snapshots as they are now.", see: SeeSnapshots, final: true},
	"node":     {see: SeeNodes, final: true},
	"host":     {see: SeeSSH},
	"ha":       {of: jobs.ProblemHALate},
}

// causes are why a program in a container, or a task, failed: their titles are the end of a longer one, and what is next
// is what to check first.
var causes = map[store.MessageKind]row{
	jobs.CauseSpace: {
		quotes: true,
		title:  "the disk of the container is full",
		next:   "Grow its disk on the container's page, or remove something from it.",
	},
	jobs.CauseSpaceOnHost: {
		quotes: true,
		title:  "there is no room left on {node}",
		next:   "Free room on the storage, or choose another.",
	},
	jobs.CauseMemory: {
		quotes: true,
		title:  "the container has no memory left",
		next:   "Give the container more memory or swap on its page.",
	},
	jobs.CauseMemoryOnHost: {
		quotes: true,
		of:     jobs.CauseMemory,
		title:  "{node} has no memory left",
	},
	jobs.CauseClock: {
		quotes: true,
		title:  "the clock of {node} is likely wrong: what came is not valid yet",
		next:   "Containers have their host's clock. Look at date and timedatectl on {node}: is the time right, and synchronised?",
	},
	jobs.CauseNames: {
		quotes: true,
		title:  "the container cannot resolve {names}: DNS does not work there",
		next: "[It has the address {first}. ]Check its DNS servers ({nameserver}) and whether they can be reached from its network: " +
			"{bridge}, gateway and firewall.",
	},
	jobs.CauseNamesOnHost: {
		quotes: true,
		title:  "{node} cannot resolve {names}: DNS does not work there",
		next:   "Check the DNS servers of {node} (System, DNS in Proxmox) and its way to the internet.",
	},
	jobs.CauseNoName: {
		quotes: true,
		of:     jobs.CauseNames,
		title:  "the container finds {noname} in DNS",
	},
	jobs.CauseNoNameOnHost: {
		quotes: true,
		of:     jobs.CauseNamesOnHost,
		title:  "{node} finds {noname} in DNS",
	},
	jobs.CauseRoute: {
		quotes: true,
		title:  "there is no way {way} the container[ to {name}] in the network",
		next:   "[It has the address {first}. ]Check its gateway{gateway}, {bridge}, and that no firewall is between.",
	},
	jobs.CauseRouteOnHost: {
		quotes: true,
		title:  "there is no way {way} {node}[ to {name}] in the network",
		next:   "Check the network of {node}: gateway, firewall, and whether the server can be reached from there.",
	},
	jobs.CauseRefused: {
		quotes: true,
		title:  "{server} refuses the connection",
		next:   "The network works, but nothing listens there. The mirror may be down or moved: try again later, or choose another one.",
	},
	jobs.CauseSilent: {
		quotes: true,
		of:     jobs.CauseRoute,
		title:  "{server} does not answer",
	},
	jobs.CauseSilentOnHost: {
		quotes: true,
		of:     jobs.CauseRouteOnHost,
		title:  "{server} does not answer",
	},
	jobs.CauseAway: {
		quotes: true,
		title:  "a server does not have {what} (404)",
		next:   "The mirror has moved it, or the address is wrong or out of date. Check the address and the repositories, and whether this release of the system is still kept there.",
	},
	jobs.CausePackage: {
		quotes: true,
		title:  "no repository has {package}",
		next:   "Check how it is spelled, and whether this system's release has it under that name and version.",
	},
	jobs.CauseLock: {
		quotes: true,
		title:  "another program holds the lock of the package manager",
		next:   "Wait until it has ended; the system may be installing updates by itself just after its first start.",
	},
	jobs.CauseNoAddress: {
		quotes: true,
		title:  "the container has no address in the network",
		next:   "{network}",
	},
	jobs.CauseExit:     {title: "exit status {exit} after {took}[. It said last: {said}]"},
	jobs.CauseVanished: {title: "it vanished in the container before it came to its end"},
	jobs.CauseMissing:  {title: "{name} is not in this container: add the package {brings}"},
}

// messages are what jobs tell beside problems.
var messages = map[store.MessageKind]row{
	jobs.MessageStep:         {title: "{step}"},
	jobs.MessageTaken:        {title: "Berth was started again and goes on where it was"},
	jobs.MessageAgain:        {title: "Try again"},
	jobs.MessageSaid:         {title: "{said}"},
	jobs.MessageCancelled:    {title: "Cancelled"},
	jobs.MessageCancelledYet: {title: "Cancelled. Container {vmid} was made and stays on {node} until it is destroyed"},
	jobs.MessageKept:         {title: "Container {vmid} is kept as it is"},
	jobs.MessageDeleted:      {title: "Container {vmid} was deleted by job {job}"},

	jobs.MessageFree:       {title: "{vmid} is free"},
	jobs.MessageRanAlready: {title: "It ran already"},
	jobs.MessageStopped:    {title: "It was already stopped"},
	jobs.MessageNotThere:   {title: "It is not on {node} any more"},
	jobs.MessageNoSnapshot: {title: "It was not there any more"},
	jobs.MessageHadSize:    {title: "It had that size already"},
	jobs.MessageTags:       {title: "{tags}"},
	jobs.MessageNoLeftover: {title: "Nothing of it was left on {node}"},
	jobs.MessageLeftover:   {title: "Container {vmid} is on {node}, but it is not whole"},
	jobs.MessageWarned:     {title: "done with warnings, see the log"},

	jobs.MessageAddresses:      {title: "{addresses}"},
	jobs.MessageNoAddress:      {title: "No address came within {took}. {network}"},
	jobs.MessageAddressSilent:  {title: "{node} stopped answering, so the address is not known yet"},
	jobs.MessageAddressNoRight: {title: "The address is not known: the token may not ask for it"},
	jobs.MessageAddressStopped: {title: "It stopped before it had an address"},

	jobs.MessageSilent:   {title: "{node} does not answer: {reason}. Trying again for up to {took}"},
	jobs.MessageAnswers:  {title: "{node} answers again"},
	jobs.MessageNoAnswer: {title: "No answer to the call: {reason}. Looking on the host whether it took effect"},
	jobs.MessageHeld:     {title: "Other work on {node} holds the container. Trying again ({times} of {count})"},
	jobs.MessageHandedHA: {title: "Handed to HA. Proxmox's HA manager does it when its turn comes"},
	jobs.MessageHADid:    {title: "HA did it after {took}"},
	jobs.MessageLineCut:  {title: "The connection to the host broke off. What runs in the container goes on; reading goes on where it stopped"},

	jobs.MessageAbort:        {title: "Abort the task on the host"},
	jobs.MessageAbortRefused: {title: "The host did not abort it[: {said}]"},
	jobs.MessageNotAborted:   {title: "This is not broken off: half done it would leave more harm than done"},
	jobs.MessageEndProgram:   {title: "End the program in the container"},
	jobs.MessageEnded:        {title: "It has ended"},

	jobs.MessageExited:      {title: "exit status 0 after {took}"},
	jobs.MessageFiles:       {title: "{files}"},
	jobs.MessagePackages:    {title: "{packages}"},
	jobs.MessageScriptAgain: {title: "Run the script again from its beginning"},
	jobs.MessageScriptDone:  {title: "The script is taken as done"},
	jobs.MessageMute:        {title: "It ended while an earlier version of Berth was not listening. What it said by then is not known"},

	jobs.LeftHA:      {title: "HA was asked for it already, and goes on with it"},
	jobs.LeftUnknown: {title: "{node} does not tell what is left of it on {it}"},
	jobs.LeftLocked:  {title: "{it} is still locked on {node} ({lock})"},
	jobs.LeftBackupCleaned: {
		title: "The host cleaned up after the backup: nothing is locked{stays}",
	},
	jobs.LeftBackupLocked: {
		title: "The host did not clean up after the backup: {it} is still locked ({lock}), and a folder vzdump-lxc-{vmid}-….tmp may lie in the dump folder of the storage {name}{stays}",
	},
}
