package explain

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"berth/jobs"
	"berth/proxmox"
	"berth/store"
	"berth/views/human"
)

// about has the names for the subject of a message: those for the middle of a sentence, and, with a capital, those for
// its beginning.
type about struct {
	it, It               string
	container, Container string
	node, Node           string
	host                 string    // the node's address, as typed
	address              string    // with its port; of a job, the node by its name
	member               string    // the node's name in Proxmox
	job                  store.Job // zero where it is none's
}

// aboutNode names the node that a request was for. n may be the zero Node: then the sentences do without its name.
func aboutNode(n store.Node) about {
	a := about{it: "it", It: "It", container: "the container", Container: "The container", host: n.Host, member: n.Member}
	a.node = cmp.Or(n.Name, n.Host)
	a.Node = a.node
	if a.node == "" {
		a.node, a.Node = "the node", "The node"
	}
	a.address = a.Node
	if n.Host != "" {
		a.address = fmt.Sprintf("%s on port %d", n.Host, n.Port)
	}
	return a
}

// aboutJob names the container and the node of a job for its messages.
func aboutJob(j store.Job) about {
	what := j.Name
	switch {
	case j.VMID != 0 && j.Name == "":
		what = fmt.Sprintf("Container %d", j.VMID)
	case j.VMID != 0:
		what = fmt.Sprintf("%s (%d)", j.Name, j.VMID)
	}
	return about{
		it: what, It: what, container: what, Container: what,
		node: j.NodeName, Node: j.NodeName, address: j.NodeName, member: j.Member, job: j,
	}
}

// in gives what the names in the texts of the table stand for in a message.
func (a about) in(m store.Message) func(name string) string {
	return func(name string) string {
		for _, of := range []func(string, store.Message) (string, bool){a.subject, a.part, arg, causeArg, a.specArg} {
			if value, ok := of(name, m); ok {
				return value
			}
		}
		return ""
	}
}

// subject fills in names of what the message is about. Like those below it returns false for a name of others.
func (a about) subject(name string, m store.Message) (string, bool) {
	switch name {
	case "it":
		return a.it, true
	case "It":
		return a.It, true
	case "container":
		return a.container, true
	case "Container":
		return a.Container, true
	case "node":
		return a.node, true
	case "Node":
		return a.Node, true
	case "host":
		return cmp.Or(a.host, a.node), true
	case "address":
		if m.Address != "" && a.job.ID == "" {
			return m.Address, true
		}
		return a.address, true
	case "own":
		return cmp.Or(a.member, "that"), true
	case "VMID":
		return cmp.Or(number(a.job.VMID), "VMID"), true
	case "member":
		if m.Member == "" || m.Member == a.member {
			return a.node, true
		}
		return m.Member, true
	}
	return "", false
}

// part fills in words that come from another row of the table, or from the job.
func (a about) part(name string, m store.Message) (string, bool) {
	switch name {
	case "cause":
		if m.Cause == nil {
			return "", true
		}
		return fill(rowOf(m.Cause.Kind).title, a.in(*m.Cause)), true
	case "reason":
		return fill(rowOf(m.Reason).clause, a.in(m)), true
	case "failed":
		return fill(rowOf(m.Reason).title, a.in(m)), true
	case "step":
		return Step(a.job, m.Name), true
	case "doing":
		return JobDoing(a.job.Kind), true
	}
	return "", false
}

// arg is an argument of a message, as it stands in a sentence.
func arg(name string, m store.Message) (string, bool) {
	switch name {
	case "said":
		return Said(m.Said), true
	case "says":
		return says(m.Said), true
	case "name":
		return m.Name, true
	case "vmid":
		return number(m.VMID), true
	case "disk":
		return m.Disk, true
	case "size":
		return number(m.Size), true
	case "script":
		return m.Script, true
	case "job":
		return m.Job, true
	case "right":
		return m.Right, true
	case "path":
		return m.Path, true
	case "lock":
		return cmp.Or(m.Lock, "the host does not say why"), true
	case "service":
		return m.Service, true
	case "restart":
		return m.Restart, true
	case "setting":
		return setting(m), true
	case "elsewhere":
		return m.Elsewhere, true
	}
	return requestArg(name, m)
}

// requestArg is an argument that tells what became of a request.
func requestArg(name string, m store.Message) (string, bool) {
	switch name {
	case "status":
		return number(m.Status), true
	case "statusWords":
		return strings.ToLower(http.StatusText(m.Status)), true
	case "storages":
		return human.List(m.Storages), true
	case "bytes":
		return human.Bytes(uint64(m.Count)), true
	}
	return outcomeArg(name, m)
}

// outcomeArg is an argument that tells how something went.
func outcomeArg(name string, m store.Message) (string, bool) {
	switch name {
	case "took":
		return span(m.Took), true
	case "times":
		return number(m.Times), true
	case "count":
		return number(m.Count), true
	case "exit":
		return strconv.Itoa(m.Exit), true
	case "files":
		return human.Count(m.Count, "file", "files"), true
	case "packages":
		return human.Count(m.Count, "package", "packages"), true
	case "addresses":
		return strings.Join(m.Addresses, ", "), true
	case "tags":
		if len(m.Tags) == 0 {
			return "It has no tags", true
		}
		return "Its tags are " + strings.Join(m.Tags, ", "), true
	case "runs":
		return cmp.Or(map[proxmox.GuestStatus]string{proxmox.GuestRunning: "still runs", proxmox.GuestStopped: "is stopped"}[proxmox.GuestStatus(m.Runs)], "is in a state that is not known"), true
	case "stays":
		if proxmox.GuestStatus(m.Runs) == proxmox.GuestStopped {
			return ". It is stopped now, and is not started again by itself if it ran before", true
		}
		return "", true
	}
	return "", false
}

// snapshotOf is the snapshot that a job is about.
func snapshotOf(j store.Job) string {
	return cmp.Or(jobs.SnapshotOf(j).Snapshot, jobs.CloneOf(j).Snapshot)
}

// Said puts words of a host or a program on one line and takes off the full stop, to fit into a sentence of ours.
func Said(s string) string {
	return strings.TrimRight(strings.Join(strings.Fields(s), " "), ". ")
}

// says is a sentence with what somebody else said.
func says(words string) string {
	if words = Said(words); words == "" {
		return "It gave no reason."
	}
	return "It says: " + words + "."
}

// number writes n; "" for 0, which is none.
func number(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

// span words a duration for a sentence: "3 seconds", and from two minutes on "2 minutes".
func span(d time.Duration) string {
	switch {
	case d < time.Second:
		return "less than a second"
	case d < 2*time.Minute:
		return human.Count(int(d.Seconds()), "second", "seconds")
	}
	return human.Count(int(d.Minutes()), "minute", "minutes")
}
