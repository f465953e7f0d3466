package parts

// Status decides the shape and colour of a badge, a plate or a line of a list. It goes out as data-status, which
// static/berth.css has the colours for, and StatusIcon has the shapes.
type Status string

// The statuses. Those of containers have the names of fleet.State, those of steps the names of store.StepState.
const (
	StatusRunning  Status = "running"
	StatusStopped  Status = "stopped" // it is at rest, and nothing is wrong
	StatusTrouble  Status = "trouble" // it runs, and needs somebody
	StatusTemplate Status = "template"
	StatusCreating Status = "creating"
	StatusUnknown  Status = "unknown"
	StatusTodo     Status = "todo" // a step that has not begun: no colour
	StatusActive   Status = "active"
	StatusDone     Status = "done"
	StatusFailed   Status = "failed"
	StatusWarn     Status = "warn"
)

// StatusIcon returns the icon of a status, by its name in icons.svg.
func StatusIcon(status Status) string {
	switch status {
	case StatusRunning, StatusStopped, StatusTrouble, StatusTemplate:
		return string(status)
	case StatusCreating, StatusActive:
		return "working"
	case StatusDone:
		return "ok"
	case StatusFailed:
		return "bad"
	case StatusWarn:
		return "trouble"
	}
	return "unknown"
}
