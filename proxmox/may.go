package proxmox

// A Verb is something that can be done with a container. Those that become jobs have the jobs' names.
type Verb string

// The verbs.
const (
	VerbAny            Verb = "" // no verb in particular
	VerbStart          Verb = "start"
	VerbShutdown       Verb = "shutdown"
	VerbStop           Verb = "stop"
	VerbReboot         Verb = "reboot"
	VerbDelete         Verb = "delete"
	VerbSnapshot       Verb = "snapshot"
	VerbRollback       Verb = "rollback"
	VerbDeleteSnapshot Verb = "delete-snapshot"
	VerbResize         Verb = "grow"
	VerbEnter          Verb = "enter" // run something in it
)

// A Hindrance names the reason for which Proxmox would refuse a verb while a container is as it is.
type Hindrance string

// The hindrances; the first that holds is told.
const (
	HindersNothing   Hindrance = ""
	HindersCreation  Hindrance = "creation" // it is being made
	HindersLock      Hindrance = "lock"     // Guest.Lock has the reason
	HindersUnknown   Hindrance = "unknown"  // its state is not known
	HindersTemplate  Hindrance = "template" // it is an LXC template
	HindersProtected Hindrance = "protected"
	HindersRuns      Hindrance = "runs"
	HindersStopped   Hindrance = "stopped"
)

// Hinders returns the reason in a container's state for which Proxmox would refuse the verb, before a button is shown or
// a job begun. Protection is not in the state, but in the configuration: see ContainerConfig.Hinders.
func (g Guest) Hinders(v Verb) Hindrance {
	running := g.Status == GuestRunning
	switch {
	case g.Lock == LockCreate:
		return HindersCreation
	case g.Lock != "":
		return HindersLock
	case g.Template && neverOfTemplate[v]:
		return HindersTemplate
	case g.Template:
		return HindersNothing
	case !running && g.Status != GuestStopped:
		return HindersUnknown
	case v == VerbStart && running:
		return HindersRuns
	case !running && (v == VerbShutdown || v == VerbStop || v == VerbReboot || v == VerbEnter):
		return HindersStopped
	}
	return HindersNothing
}

// neverOfTemplate lists the verbs that Proxmox refuses for every LXC template, as it never runs and its disks never change.
var neverOfTemplate = map[Verb]bool{
	VerbStart: true, VerbShutdown: true, VerbStop: true, VerbReboot: true, VerbEnter: true,
	VerbSnapshot: true, VerbRollback: true, VerbDeleteSnapshot: true, VerbResize: true,
}

// Hinders returns the reason in a configuration for which Proxmox would refuse the verb.
func (c ContainerConfig) Hinders(v Verb) Hindrance {
	if c.Protection && v == VerbDelete {
		return HindersProtected
	}
	return HindersNothing
}
