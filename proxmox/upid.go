package proxmox

import (
	"errors"
	"regexp"
	"strconv"
	"time"
)

// UPID names a task: UPID:node:pid:pstart:starttime:type:id:user:
type UPID string

// upidForm is the pattern of PVE::UPID::decode in pve-common. The second of its
// three hexadecimal numbers has nine digits after 497 days of uptime.
var upidForm = regexp.MustCompile(`^UPID:([a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?):([0-9A-Fa-f]{8}):([0-9A-Fa-f]{8,9}):([0-9A-Fa-f]{8}):([^:\s/]+):([^:\s/]*):([^:\s/]+):$`)

// The groups of upidForm.
const (
	upidNode = iota + 1
	upidPID
	upidPStart
	upidStart
	upidType
	upidID
	upidUser
)

// ParseUPID checks that s has the form of a UPID.
func ParseUPID(s string) (UPID, error) {
	if !upidForm.MatchString(s) {
		return "", errors.New("not a UPID: " + strconv.Quote(s))
	}
	return UPID(s), nil
}

// Node returns the member that runs the task; empty when u is malformed.
func (u UPID) Node() string { return u.part(upidNode) }

// Type returns the kind of work, as in "vzcreate"; empty when u is malformed.
func (u UPID) Type() string { return u.part(upidType) }

// ID returns the object of the work, mostly a VMID. It may be empty.
func (u UPID) ID() string { return u.part(upidID) }

// User returns the user ("root@pam") or token ("berth@pve!app") that began the task; empty when u is malformed.
func (u UPID) User() string { return u.part(upidUser) }

// Started returns the time at which the task began, to the second; zero when u is malformed.
func (u UPID) Started() time.Time {
	seconds, err := strconv.ParseInt(u.part(upidStart), 16, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

func (u UPID) part(i int) string {
	groups := upidForm.FindStringSubmatch(string(u))
	if groups == nil {
		return ""
	}
	return groups[i]
}
