package explain

import (
	"berth/jobs"
	"berth/store"
)

// failures has the rows for problems of jobs that are no refusal of a node.
var failures = map[store.MessageKind]row{
	jobs.ProblemTimeout: {
		title: "{it} did not shut down within about {took} and is still running",
		why:   "Something inside it does not exit, or ignores the request.",
		next:  "Wait and try again, or stop it: that is like pulling the plug, and anything not yet written to disk is lost.",
	},
	jobs.ProblemSilent: {
		title: "{node} has not answered for {took}: {reason}",
		next:  "Check that it is switched on and connected, then try again.",
		see:   SeeNode,
	},
	jobs.ProblemNoEffect: {
		of:    jobs.ProblemSilent,
		title: "{node} did not answer the call {times} times in a row, and the call had no effect",
	},
	jobs.ProblemTask: {
		title: "The task on {node} failed[: {cause}][: {said}]",
		next:  "The log below shows what the host said. Fix it there, then try again.",
	},
	jobs.ProblemTaskLost: {
		of:    jobs.ProblemTask,
		title: "{node} cannot tell how the task ended, and it had no effect",
	},
	jobs.ProblemBusy: {
		title: "Job {job} is already working on it, so this was not started",
		next:  "Try again when that job has finished.",
	},
	jobs.ProblemCloneRuns: {
		title: "{it} is running, and a running container can be copied only from a snapshot",
		safe:  "Nothing was created.",
		next:  "Clone it from a snapshot, or shut it down first.",
		see:   SeeForm, final: true,
	},
	jobs.ProblemAnother: {
		of:    jobs.ProblemGone,
		title: "Container {vmid} on {node} is a different one now ({name}), so it was left alone",
		safe:  "Nothing was deleted.",
	},
	jobs.ProblemLeftover: {
		title: "Container {vmid}, left over from an earlier attempt, is still on {node}",
		next:  "Destroy it first, then try again.",
	},
	jobs.ProblemVolume: {
		title: "{disk} of {it} is a different volume now than when this was requested, so it was left alone",
		safe:  "Nothing was changed.",
		next:  "Check its current state.",
		see:   SeeContainer, final: true,
	},
	jobs.ProblemNodeRemoved: {
		title: "{node} was removed from Berth",
		why:   "Whatever was started on the host continues there, but Berth no longer follows it.",
		see:   SeeNodes, final: true,
	},
	jobs.ProblemNodeElsewhere: {
		title: "{node} now points to a different host or cluster than when this job started, so nothing was done there",
		see:   SeeNodes, final: true,
	},
	jobs.ProblemInit: {
		title: "The system in the container did not come up[: {cause}]",
		next:  "The log below shows what Berth waited for. Look at its console in Proxmox, then try again: the job continues from here.",
	},
	jobs.ProblemFiles: {
		title: "Some files could not be written[: {cause}]",
		next:  "The log below has the details. Fix the cause, then try again: this step is repeated, earlier ones are not.",
	},
	jobs.ProblemPackages: {
		of:    jobs.ProblemFiles,
		title: "The packages could not be installed[: {cause}]",
	},
	jobs.ProblemScript: {
		title: "The script {script} failed[: {cause}]",
		next:  "The log below has its output. Fix the cause, then try again: this script runs from the beginning, earlier ones do not run again.",
	},
	jobs.ProblemLook: {
		title: "The services could not be checked[: {cause}]",
		next:  goesOn,
	},
	jobs.ProblemLimit: {
		title: "{failed}: it was stopped after {took}",
		next:  "The log below shows where it got stuck. Try again: the step is repeated.",
	},
	jobs.ProblemNotEnded: {
		title: "The program in {it} could not be stopped[ ({said})] and may still be running",
		next:  "Check inside the container, or stop it.",
	},
	jobs.ProblemSecrets: {
		title: "The secret values that the scripts need are no longer available",
		next:  "Try again and enter them again: they are kept only until a job ends.",
	},
	jobs.ProblemUnsure: {
		title: "It is not known whether the script {script} finished. Run it again, skip it, or stop here?",
		next:  "Running a script twice may do things twice. The log below shows how far it got.",
		final: true,
	},
	jobs.ProblemHAGaveUp: {
		of:    jobs.ProblemHALate,
		title: "HA failed on {it} and gave up: it is in the HA state error, and {runs}",
	},
	jobs.ProblemHALate: {
		title:   "HA was asked {took} ago and has not done it yet: {it} {runs}",
		why:     "HA may still do it later.",
		next:    "See Datacenter → HA in Proxmox. If it is in the state error, run this on the host to release it, then try again:",
		command: "ha-manager set ct:{VMID} --state disabled",
	},
	jobs.ProblemFileSystem: {
		title: "The volume of {disk} of {it} has {size} GiB now, but the file system on it did not grow",
		next:  "Fix the cause on the host, then resize the disk by at least 1 GiB more: that grows the file system to the full size. If the container is stopped, the host checks the file system first.",
		see:   SeeContainer, final: true, quotes: true,
	},
	jobs.ProblemInside: {
		title: "Something failed inside Berth; its log has the cause",
		next:  goesOn,
	},
	jobs.ProblemUnknownStep: {
		title: "This version of Berth has no step called {name}",
		next:  goesOn,
	},
}

// formerly are kinds of problems that no job ends with any more: those kept by earlier versions of Berth tell the rest
// themselves.
var formerly = map[store.MessageKind]row{
	"power":    {why: "Someone or something else changed it in the meantime.", next: "Check its current state.", see: SeeContainer, final: true},
	"snapshot": {safe: "Nothing was changed.", next: "Check the current snapshots.", see: SeeSnapshots, final: true},
	"node":     {see: SeeNodes, final: true},
	"host":     {see: SeeSSH},
	"ha":       {of: jobs.ProblemHALate},
}

// causes has the rows for the causes that are found in the output of a program in a container, or of a task. Their titles
// end a longer one; next names the first thing to check.
var causes = map[store.MessageKind]row{
	jobs.CauseSpace: {
		quotes: true,
		title:  "the disk of the container is full",
		next:   "Resize its disk on the container's page, or remove something from it.",
	},
	jobs.CauseSpaceOnHost: {
		quotes: true,
		title:  "there is no space left on {node}",
		next:   "Free up space on the storage, or choose another.",
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
		title:  "the clock of {node} is probably wrong: what was downloaded is not valid yet",
		next:   "Containers use their host's clock. Check date and timedatectl on {node}: is the time right and synchronised?",
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
		next:   "Check the DNS servers of {node} (System → DNS in Proxmox) and its internet connection.",
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
		title:  "there is no network route {way} the container[ to {name}]",
		next:   "[It has the address {first}. ]Check its gateway{gateway}, {bridge}, and that no firewall is in the way.",
	},
	jobs.CauseRouteOnHost: {
		quotes: true,
		title:  "there is no network route {way} {node}[ to {name}]",
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
		next:   "Wait until it has finished; the system may be installing updates right after its first start.",
	},
	jobs.CauseNoAddress: {
		quotes: true,
		title:  "the container has no address in the network",
		next:   "{network}",
	},
	jobs.CauseExit:     {title: "exit status {exit} after {took}[. It said last: {said}]"},
	jobs.CauseVanished: {title: "it disappeared from the container before it finished"},
	jobs.CauseMissing:  {title: "{name} is not in this container: add the package {brings}"},
}

// messages has the rows for lines of logs, details of steps, and what cancelled jobs left.
var messages = map[store.MessageKind]row{
	jobs.MessageStep:         {title: "{step}"},
	jobs.MessageTaken:        {title: "Berth was restarted and continues where it left off"},
	jobs.MessageAgain:        {title: "Try again"},
	jobs.MessageSaid:         {title: "{said}"},
	jobs.MessageCancelled:    {title: "Cancelled"},
	jobs.MessageCancelledYet: {title: "Cancelled. Container {vmid} was created and stays on {node} until it is destroyed"},
	jobs.MessageKept:         {title: "Container {vmid} is kept as it is"},
	jobs.MessageDeleted:      {title: "Container {vmid} was deleted by job {job}"},

	jobs.MessageFree:       {title: "{vmid} is free"},
	jobs.MessageRanAlready: {title: "It was already running"},
	jobs.MessageStopped:    {title: "It was already stopped"},
	jobs.MessageNotThere:   {title: "It is no longer on {node}"},
	jobs.MessageNoSnapshot: {title: "It was already gone"},
	jobs.MessageHadSize:    {title: "It already had that size"},
	jobs.MessageTags:       {title: "{tags}"},
	jobs.MessageNoLeftover: {title: "Nothing of it was left on {node}"},
	jobs.MessageLeftover:   {title: "Container {vmid} is on {node}, but it is incomplete"},
	jobs.MessageWarned:     {title: "done with warnings, see the log"},

	jobs.MessageAddresses:      {title: "{addresses}"},
	jobs.MessageNoAddress:      {title: "It got no address within {took}. {network}"},
	jobs.MessageAddressSilent:  {title: "{node} stopped answering, so the address is not known yet"},
	jobs.MessageAddressNoRight: {title: "The address is not known: the token may not ask for it"},
	jobs.MessageAddressStopped: {title: "It stopped before it had an address"},

	jobs.MessageSilent:   {title: "{node} does not answer: {reason}. Trying again for up to {took}"},
	jobs.MessageAnswers:  {title: "{node} answers again"},
	jobs.MessageNoAnswer: {title: "No answer to the call: {reason}. Checking on the host whether it took effect"},
	jobs.MessageHeld:     {title: "Other work on {node} keeps the container locked. Trying again ({times} of {count})"},
	jobs.MessageHandedHA: {title: "Handed to Proxmox's HA manager, which does it in its own time"},
	jobs.MessageHADid:    {title: "HA did it after {took}"},
	jobs.MessageLineCut:  {title: "The connection to the host was lost. The program in the container keeps running; reading continues where it stopped"},

	jobs.MessageAbort:        {title: "Abort the task on the host"},
	jobs.MessageAbortRefused: {title: "The host did not abort it[: {said}]"},
	jobs.MessageNotAborted:   {title: "This is not interrupted: half done, it would do more harm than finished"},
	jobs.MessageEndProgram:   {title: "Stop the program in the container"},
	jobs.MessageEnded:        {title: "It has ended"},

	jobs.MessageExited:      {title: "exit status 0 after {took}"},
	jobs.MessageFiles:       {title: "{files}"},
	jobs.MessagePackages:    {title: "{packages}"},
	jobs.MessageScriptAgain: {title: "Run the script again from the beginning"},
	jobs.MessageScriptDone:  {title: "The script counts as done"},
	jobs.MessageMute:        {title: "It finished while an earlier version of Berth was not connected. Its output until then is not known"},

	jobs.LeftHA:      {title: "HA was already asked and carries on with it"},
	jobs.LeftUnknown: {title: "{node} does not say what is left of it on {it}"},
	jobs.LeftLocked:  {title: "{it} is still locked on {node} ({lock})"},
	jobs.LeftBackupCleaned: {
		title: "The host cleaned up after the backup: nothing is locked{stays}",
	},
	jobs.LeftBackupLocked: {
		title: "The host did not clean up after the backup: {it} is still locked ({lock}), and a folder vzdump-lxc-{vmid}-….tmp may lie in the dump folder of the storage {name}{stays}",
	},
}
