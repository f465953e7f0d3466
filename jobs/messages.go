package jobs

import "berth/store"

// The messages of jobs beside problems: in their logs, as the detail of a step, and in store.Job.Left. A comment names the
// Args that a message has.
const (
	MessageStep         store.MessageKind = "step"          // a step begins: Name
	MessageTaken        store.MessageKind = "taken-up"      // after a restart of Berth
	MessageAgain        store.MessageKind = "again"         // it is tried again
	MessageSaid         store.MessageKind = "said"          // Said is all there is to tell
	MessageCancelled    store.MessageKind = "cancelled"     //
	MessageCancelledYet store.MessageKind = "cancelled-yet" // but VMID was made, and stays
	MessageKept         store.MessageKind = "kept"          // the owner keeps VMID as it is
	MessageDeleted      store.MessageKind = "deleted"       // VMID was deleted by Job

	// Findings and results of changes.
	MessageFree       store.MessageKind = "vmid-free"
	MessageRanAlready store.MessageKind = "ran-already"
	MessageStopped    store.MessageKind = "was-stopped"
	MessageNotThere   store.MessageKind = "not-there"      // the container
	MessageNoSnapshot store.MessageKind = "was-deleted"    // the snapshot
	MessageHadSize    store.MessageKind = "had-size"       // the disk
	MessageTags       store.MessageKind = "tags"           // Tags
	MessageNoLeftover store.MessageKind = "no-leftover"    // of a create or a clone that failed
	MessageLeftover   store.MessageKind = "left-not-whole" // VMID
	MessageWarned     store.MessageKind = "warned"         // the task ended with warnings

	// Addresses.
	MessageAddresses      store.MessageKind = "addresses"        // Addresses
	MessageNoAddress      store.MessageKind = "no-address"       // within Took
	MessageAddressSilent  store.MessageKind = "address-silent"   // the node stopped answering
	MessageAddressNoRight store.MessageKind = "address-no-right" // to ask for it
	MessageAddressStopped store.MessageKind = "address-stopped"  // the container did, before it had one

	// Waiting.
	MessageSilent   store.MessageKind = "node-silent"    // Reason; it is tried for Took
	MessageAnswers  store.MessageKind = "node-answers"   // again
	MessageNoAnswer store.MessageKind = "call-no-answer" // Reason
	MessageHeld     store.MessageKind = "container-held" // Times of Count
	MessageHandedHA store.MessageKind = "handed-to-ha"
	MessageHADid    store.MessageKind = "ha-did"   // after Took
	MessageLineCut  store.MessageKind = "line-cut" // the connection to the host broke off

	// Cancelling.
	MessageAbort        store.MessageKind = "abort"         // the task on the host
	MessageAbortRefused store.MessageKind = "abort-refused" // Said
	MessageNotAborted   store.MessageKind = "not-aborted"   // as half done would be worse
	MessageEndProgram   store.MessageKind = "end-program"
	MessageEnded        store.MessageKind = "program-ended"

	// Programs in the container.
	MessageExited      store.MessageKind = "exited"       // with status 0, after Took
	MessageFiles       store.MessageKind = "files-put"    // Count
	MessagePackages    store.MessageKind = "packages-in"  // Count
	MessageScriptAgain store.MessageKind = "script-again" // from its beginning
	MessageScriptDone  store.MessageKind = "script-done"  // the owner says so
	MessageMute        store.MessageKind = "mute"         // it ended, but its output is lost

	// The state in which a cancelled job left its container.
	LeftHA            store.MessageKind = "left-ha" // HA goes on with it
	LeftUnknown       store.MessageKind = "left-unknown"
	LeftLocked        store.MessageKind = "left-locked"         // Lock
	LeftBackupCleaned store.MessageKind = "left-backup-cleaned" // Runs, as far as it is known
	LeftBackupLocked  store.MessageKind = "left-backup-locked"  // Lock, Runs
)
