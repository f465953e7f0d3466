package pct

// GateScript is for the tests that run it.
var GateScript = forcedCommandScript

// Ended is closed once the host has closed the terminal's session.
func (t *Terminal) Ended() <-chan struct{} { return t.ended }
