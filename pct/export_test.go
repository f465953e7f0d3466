package pct

// GateScript is for the tests that run it.
var GateScript = forcedCommandScript
