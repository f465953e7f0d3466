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
	notSaved  = "It was not saved. What is there already can still be read."
	asTheyAre = "Your templates are as they were."
)

// requests are what fails of a request beside what nodes refuse.
var requests = map[store.MessageKind]row{
	RequestFailed: {
		title: "Something failed inside Berth",
		why:   "This is a fault of the program, not of what you did.",
		next:  "Try it once more; if it stays, the log has the cause under this request's ID.",
		see:   SeeContainers, status: http.StatusInternalServerError,
	},
	RequestNotFound: {
		title: "There is nothing here",
		why:   "The address is wrong, or what was here is gone, or it belongs to another account.",
		see:   SeeContainers, status: http.StatusNotFound,
	},
	RequestMethod: {
		title: "This address does not take that",
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
		why:    "The answer did not come in time, so Berth stopped waiting.",
		next:   "Try again in a moment.",
		status: http.StatusGatewayTimeout,
	},
	RequestTooLarge: {
		title:  "That is too much at once",
		why:    "A form may hold {bytes}; this one held more.",
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
		title:  "Container {vmid} is not on {node} any more",
		why:    wasMoved + ".",
		safe:   "Nothing was done.",
		status: http.StatusConflict,
	},
	messageMoved: {title: wasMoved},
	requestBusy: {
		title:  "{Container} is {doing} by job {job}",
		why:    "Two at once would get in each other's way, so this one was not begun.",
		next:   "Wait until it has ended, or cancel it.",
		status: http.StatusConflict,
	},
	requestFetches: {
		of:    requestBusy,
		title: "{name} is being downloaded already",
	},
	RequestJobWentOn: {
		title: "The job is past that",
		why:   "It has moved on since the page was made.",
		safe:  unchanged,
		next:  "Look at how it is now.",
		see:   SeeJobs, status: http.StatusConflict,
	},
	RequestFollowers: {
		title:  "Too many logs are followed at once",
		why:    "Each of them keeps a program running on the host, so there is a bound.",
		next:   "Close a page that follows another log, or read the last lines of this one instead.",
		status: http.StatusTooManyRequests,
	},
	RequestSecrets: {
		title: "Secret values are missing",
		why:   "The scripts of this job ask for values that are kept only until a job ends.",
		safe:  "Nothing was begun.",
		next:  "Type them anew on the job's page and try again there.",
		see:   SeeJobs, status: http.StatusUnprocessableEntity,
	},
	RequestShutDown: {
		title:  "Berth is being shut down",
		why:    "Nothing is begun or changed any more.",
		safe:   "Nothing was done.",
		next:   "Try again when Berth has been started.",
		status: http.StatusServiceUnavailable,
	},
	RequestConsoles: {
		title:  "{count} consoles are open, and that is the most",
		why:    "That is how many one account may have open at once.",
		safe:   "No further one was opened.",
		next:   "Close one: each ends with its page.",
		status: http.StatusConflict,
	},
	RequestConsolesOfHost: {
		of:    RequestConsoles,
		title: "{count} consoles are open on this host, and that is the most",
		why:   "So many take none of its SSH server's places from others.",
	},
	RequestDamaged: {
		title:  "Berth's database is damaged",
		why:    "What is stored there for this cannot be read: the disk or the memory of Berth's host has changed it. Your containers are not touched by that.",
		next:   "Stop Berth, move its data folder away and restore a backup (berth restore FILE). Then look after the disk.",
		status: http.StatusServiceUnavailable,
	},
	RequestKey: {
		title: "A secret cannot be read",
		why:   "The key file does not open what is stored: it is not the one that this data was made with.",
		next:  "Put the right key file in place and start Berth again, or type the token's secret anew on the node's page.",
		see:   SeeNodes, status: http.StatusInternalServerError,
	},
	RequestDiskFull: {
		title:  "The disk that holds Berth's data is full",
		why:    notSaved,
		next:   "Make room on Berth's host, on the disk of its data folder, then send it again. Jobs wait for that by themselves.",
		status: http.StatusInsufficientStorage,
	},
	RequestReadOnly: {
		title:  "The disk that holds Berth's data can only be read",
		why:    notSaved,
		next:   "Linux mounts a disk so after it met an error: look into the log of Berth's host (journalctl -k), mount it for writing, then send it again.",
		status: http.StatusInsufficientStorage,
	},
	RequestDisk: {
		title:  "The disk that holds Berth's data reports an error",
		why:    notSaved,
		next:   "Look into the log of Berth's host (journalctl -k) and after the disk, and make a backup of what can be read.",
		status: http.StatusInternalServerError,
	},
	RequestFolderWrong: {
		of:   RequestFolder,
		why:  "Berth was started with --templates {path}. It is read, but {said}.",
		next: asTheyAre + " Take some out of the folder, then read it again.",
	},
	RequestFolderGone: {
		of:   RequestFolder,
		why:  "Berth was started with --templates {path}. There is no such folder now.",
		next: asTheyAre + " Put the folder back, or start Berth with the right one.",
	},
	RequestFolderClosed: {
		of:   RequestFolder,
		why:  "Berth was started with --templates {path}. The user that Berth runs as may not read it.",
		next: asTheyAre + " Give that user the right to read it and all that is in it.",
	},
	RequestFolder: {
		title: "The folder of templates cannot be read",
		why:   "Berth was started with --templates {path}. The system refuses to read it as a folder; the log has its words under this request's ID.",
		next:  asTheyAre,
		see:   SeeTemplates, status: http.StatusInternalServerError,
	},
}

// Trouble says why nothing can be saved, by what fails then, and what to do.
func Trouble(m store.Message) string {
	if m.Kind == RequestDamaged {
		return rowOf(m.Kind).title + ". " + rowOf(m.Kind).next
	}
	return rowOf(m.Kind).title + ": nothing new is saved, and jobs wait until it can be. Look after that disk on Berth's host."
}
