package explain

import (
	"net/http"

	"berth/store"
)

// What fails of a request beside what nodes refuse.
const (
	RequestFailed    store.MessageKind = "request-failed"      // a fault of Berth's own
	RequestNotFound  store.MessageKind = "request-not-found"   //
	RequestMethod    store.MessageKind = "request-method"      // the address is not for that one
	RequestRefused   store.MessageKind = "request-refused"     // Status
	RequestLate      store.MessageKind = "request-late"        // no answer came in time
	RequestTooLarge  store.MessageKind = "request-too-large"   // Count is the bound, bytes
	RequestNoForm    store.MessageKind = "request-no-form"     // what came is none
	RequestMoved     store.MessageKind = "request-moved"       // VMID, called Name, is on the node Elsewhere
	RequestJobWentOn store.MessageKind = "request-job-went-on" //
	RequestFollowers store.MessageKind = "request-followers"   // of logs: too many
	RequestSecrets   store.MessageKind = "request-secrets"     // a job needs them anew
	RequestShutDown  store.MessageKind = "request-shut-down"   // Berth is being

	RequestConsoles       store.MessageKind = "request-consoles"         // Count are open
	RequestConsolesOfHost store.MessageKind = "request-consoles-of-host" // Count are open

	// Berth's own data.
	RequestDamaged  store.MessageKind = "request-damaged"
	RequestKey      store.MessageKind = "request-key" // it opens no secret
	RequestDiskFull store.MessageKind = "request-disk-full"
	RequestReadOnly store.MessageKind = "request-read-only"
	RequestDisk     store.MessageKind = "request-disk" // it reports an error

	// The folder of templates: Path.
	RequestFolderWrong  store.MessageKind = "request-folder-wrong" // Said
	RequestFolderGone   store.MessageKind = "request-folder-gone"
	RequestFolderClosed store.MessageKind = "request-folder-closed" // to Berth's user
	RequestFolder       store.MessageKind = "request-folder"        // for another reason
)

// Those of Busy and Moved.
const (
	requestBusy    store.MessageKind = "request-busy"    // Job
	requestFetches store.MessageKind = "request-fetches" // Job downloads Name
	messageMoved   store.MessageKind = "moved"           // Name is on the node Elsewhere
)

const (
	wasMoved  = "{name} is on {elsewhere} now: it was moved there from {node}, or restored there"
	unchanged = "Nothing was changed."
	notSaved  = "It was not saved. Existing data can still be read."
	asTheyAre = "Your templates are unchanged."
)

// requests has the rows for requests to Berth that fail other than by a node's refusal.
var requests = map[store.MessageKind]row{
	RequestFailed: {
		title: "Something failed inside Berth",
		why:   "This is a bug in Berth, not something you did.",
		next:  "Try again; if it keeps happening, the log has the cause under this request's ID.",
		see:   SeeContainers, status: http.StatusInternalServerError,
	},
	RequestNotFound: {
		title: "There is nothing here",
		why:   "The address is wrong, or what was here has been deleted or belongs to another account.",
		see:   SeeContainers, status: http.StatusNotFound,
	},
	RequestMethod: {
		title: "This page can't be opened that way",
		why:   "It is one that a form sends to, or one that is only read.",
		safe:  unchanged,
		next:  "Go back and use the page's own buttons.",
		see:   SeeContainers, status: http.StatusMethodNotAllowed,
	},
	RequestRefused: {
		title: "The request was refused",
		why:   "The answer is {status}, {statusWords}.",
		safe:  unchanged,
		next:  "Go back and try again.",
	},
	RequestLate: {
		title:  "That took too long",
		why:    "No answer came in time, so Berth stopped waiting.",
		next:   "Try again in a moment.",
		status: http.StatusGatewayTimeout,
	},
	RequestTooLarge: {
		title:  "The form is too large",
		why:    "A form may have up to {bytes}; this one has more.",
		safe:   "Nothing was saved.",
		next:   "Go back, shorten it and send it again.",
		status: http.StatusRequestEntityTooLarge,
	},
	RequestNoForm: {
		title:  "The form could not be read",
		why:    "What arrived is not a form as browsers send it.",
		safe:   "Nothing was saved.",
		next:   "Go back and send it again.",
		status: http.StatusBadRequest,
	},
	RequestMoved: {
		title:  "Container {vmid} is no longer on {node}",
		why:    wasMoved + ".",
		safe:   "Nothing was done.",
		status: http.StatusConflict,
	},
	messageMoved: {title: wasMoved},
	requestBusy: {
		title:  "{Container} is {doing} by job {job}",
		why:    "Two at once would get in each other's way, so this one was not started.",
		next:   "Wait until it has finished, or cancel it.",
		status: http.StatusConflict,
	},
	requestFetches: {
		of:    requestBusy,
		title: "{name} is being downloaded already",
	},
	RequestJobWentOn: {
		title: "The job has already moved on",
		why:   "It has moved on since the page was made.",
		safe:  unchanged,
		next:  "Check its current state.",
		see:   SeeJobs, status: http.StatusConflict,
	},
	RequestFollowers: {
		title:  "Too many logs are followed at once",
		why:    "Each of them keeps a program running on the host, so their number is limited.",
		next:   "Close a page that follows another log, or read the last lines of this one instead.",
		status: http.StatusTooManyRequests,
	},
	RequestSecrets: {
		title: "Secret values are missing",
		why:   "The scripts of this job ask for values that are kept only until a job ends.",
		safe:  "Nothing was begun.",
		next:  "Enter them again on the job's page and try again there.",
		see:   SeeJobs, status: http.StatusUnprocessableEntity,
	},
	RequestShutDown: {
		title:  "Berth is shutting down",
		why:    "It starts nothing new.",
		safe:   "Nothing was done.",
		next:   "Try again when Berth is running again.",
		status: http.StatusServiceUnavailable,
	},
	RequestConsoles: {
		title:  "All {count} consoles are in use",
		why:    "That is the limit for one account.",
		safe:   "No further one was opened.",
		next:   "Close one: each ends when its page is closed.",
		status: http.StatusConflict,
	},
	RequestConsolesOfHost: {
		of:    RequestConsoles,
		title: "All {count} consoles of this host are in use",
		why:   "The limit leaves SSH connections for everything else.",
	},
	RequestDamaged: {
		title:  "Berth's database is damaged",
		why:    "A record that this needs cannot be read: the disk or the memory of Berth's host has corrupted it. Your containers are not affected.",
		next:   "Stop Berth, move its data folder away and restore a backup (berth restore FILE). Then check the disk.",
		status: http.StatusServiceUnavailable,
	},
	RequestKey: {
		title: "A secret cannot be read",
		why:   "The key file does not open what is stored: it is not the one that belongs to this data.",
		next:  "Put the right key file in place and restart Berth, or enter the token's secret again on the node's page.",
		see:   SeeNodes, status: http.StatusInternalServerError,
	},
	RequestDiskFull: {
		title:  "The disk that holds Berth's data is full",
		why:    notSaved,
		next:   "Free up space on Berth's host, on the disk of its data folder, then submit again. Jobs wait for it on their own.",
		status: http.StatusInsufficientStorage,
	},
	RequestReadOnly: {
		title:  "The disk that holds Berth's data is read-only",
		why:    notSaved,
		next:   "Linux does this after a disk error: check the log of Berth's host (journalctl -k), mount it for writing, then submit again.",
		status: http.StatusInsufficientStorage,
	},
	RequestDisk: {
		title:  "The disk that holds Berth's data reports an error",
		why:    notSaved,
		next:   "Check the log of Berth's host (journalctl -k) and the disk, and back up what can still be read.",
		status: http.StatusInternalServerError,
	},
	RequestFolderWrong: {
		of:   RequestFolder,
		why:  "Berth was started with --templates {path}. It is read, but {said}.",
		next: asTheyAre + " Take some out of the folder, then read it again.",
	},
	RequestFolderGone: {
		of:   RequestFolder,
		why:  "Berth was started with --templates {path}. The folder no longer exists.",
		next: asTheyAre + " Put the folder back, or start Berth with the right one.",
	},
	RequestFolderClosed: {
		of:   RequestFolder,
		why:  "Berth was started with --templates {path}. The user that Berth runs as may not read it.",
		next: asTheyAre + " Give that user the right to read it and everything in it.",
	},
	RequestFolder: {
		title: "The folder of templates cannot be read",
		why:   "Berth was started with --templates {path}. The system refuses to read it as a folder; the log has the details under this request's ID.",
		next:  asTheyAre,
		see:   SeeTemplates, status: http.StatusInternalServerError,
	},
}

// Trouble says why nothing can be saved, by what fails then, and what to do.
func Trouble(m store.Message) string {
	if m.Kind == RequestDamaged {
		return rowOf(m.Kind).title + ". " + rowOf(m.Kind).next
	}
	return rowOf(m.Kind).title + ": nothing new can be saved, and jobs wait until it can. Check that disk on Berth's host."
}
