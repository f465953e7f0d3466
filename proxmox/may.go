package proxmox

// Verb is something that can be done with a container. Those of jobs are named as the jobs are.
type Verb string

// The verbs.
const (
	VerbAny            Verb = "" // whatever it is
	VerbStart          Verb = "start"
	VerbShutdown       Verb = "shutdown"
	VerbStop           Verb = "stop"
	VerbReboot         Verb = "reboot"
	VerbDelete         Verb = "delete"
	VerbSnapshot       Verb = "snapshot"
	VerbRollback       Verb = "rollback"
	VerbDeleteSnapshot Verb = "delete-snapshot"
	VerbGrow           Verb = "grow"
	VerbEnter          Verb = "enter" // run something in it
)

// Hindrance is why a verb cannot be done with a container as it is.
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

// Hinders tells by a container's state whether Proxmox does something with it. Of protection only a
// configuration tells: see ContainerConfig.Hinders.
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

// neverOfTemplate is what Proxmox does with no template: it never runs, and its disks never change.
var neverOfTemplate = map[Verb]bool{
	VerbStart: true, VerbShutdown: true, VerbStop: true, VerbReboot: true, VerbEnter: true,
	VerbSnapshot: true, VerbRollback: true, VerbDeleteSnapshot: true, VerbGrow: true,
}

// Hinders tells what a configuration has against a verb.
func (c ContainerConfig) Hinders(v Verb) Hindrance {
	if c.Protection && v == VerbDelete {
		return HindersProtected
	}
	return HindersNothing
}
