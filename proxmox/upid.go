package proxmox

import "time"

// UPID names a task: UPID:node:pid:pstart:starttime:type:id:user:
type UPID string

// Node is the member that runs the task; empty when u is malformed.
func (u UPID) Node() string { panic("unwritten") }

// Type is the kind of work, as in "vzcreate".
func (u UPID) Type() string { panic("unwritten") }

// ID is what it works on, mostly a VMID.
func (u UPID) ID() string { panic("unwritten") }

// Started is when the task began, to the second.
func (u UPID) Started() time.Time { panic("unwritten") }

// ParseUPID checks s.
func ParseUPID(s string) (UPID, error) { panic("unwritten") }
