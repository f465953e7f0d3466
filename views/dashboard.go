package views

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"berth/fleet"
	"berth/proxmox"
	"berth/store"
	"berth/views/human"
)

// Dashboard is all containers of a user's nodes, as far as the filter lets them through.
type Dashboard struct {
	Filter  Filter
	Summary Summary
	Chips   []Chip  // the nodes, in the fleet's order
	Berths  []Berth // the nodes with the containers that are shown
	Known   int     // containers, whatever the filter
	Shown   int
	// Containers on members of the user's clusters that have no record.
	Away      int
	Elsewhere []string
	OpenJobs  int
	Alerts    Alerts // of all nodes, whatever the filter
	Now       time.Time
}

// Summary counts containers by state, whatever the filter.
type Summary struct{ All, Running, Stopped, Template, Trouble, Unknown, Creating int }

// count adds a container in that state.
func (s *Summary) count(state fleet.State) {
	s.All++
	switch state {
	case fleet.StateRunning:
		s.Running++
	case fleet.StateStopped:
		s.Stopped++
	case fleet.StateTemplate:
		s.Template++
	case fleet.StateTrouble:
		s.Trouble++
	case fleet.StateCreating:
		s.Creating++
	default:
		s.Unknown++
	}
}

// of is the count of one state.
func (s Summary) of(state fleet.State) int {
	switch state {
	case fleet.StateRunning:
		return s.Running
	case fleet.StateStopped:
		return s.Stopped
	case fleet.StateTemplate:
		return s.Template
	case fleet.StateTrouble:
		return s.Trouble
	case fleet.StateCreating:
		return s.Creating
	}
	return s.Unknown
}

// Chip is a node to filter by.
type Chip struct {
	ID, Name string
	Silent   bool
	Count    int
}

// Berth is one node and the containers that lie at it.
type Berth struct {
	Node  fleet.NodeState
	Why   Problem // why it does not answer; zero while it does
	Cards []Card
	Now   time.Time
}

// Card is one container, or one that a job is about to make.
type Card struct {
	fleet.Container
	Shows  fleet.State // of the container, unless the job tells more
	Job    *store.Job  // the unfinished one that is at work on it
	Silent bool        // its node does not answer
	Chosen bool        // for what is done to several
	Now    time.Time

	id, url string // made once, as a card needs them often
}

// NewDashboard lays out an inventory. open are the user's unfinished jobs; why has the
// words for a node that does not answer.
func NewDashboard(p fleet.Inventory, open []store.Job, f Filter, now time.Time, why func(fleet.NodeState) Problem) Dashboard {
	d := Dashboard{Filter: f, Away: p.Unmanaged, Elsewhere: p.UnmanagedMembers, OpenJobs: CountJobs(open), Now: now}
	cards := newCards(p, open, now)
	counts, berthOf := make(map[string]int), make(map[string]*Berth, len(p.Nodes))
	d.Berths = make([]Berth, len(p.Nodes))
	for i, n := range p.Nodes {
		d.Berths[i] = Berth{Node: n, Now: now}
		if n.Err != nil {
			d.Berths[i].Why = why(n)
		}
		berthOf[n.Node.ID] = &d.Berths[i]
	}
	for _, c := range cards {
		b := berthOf[c.NodeID]
		if b == nil {
			continue
		}
		c.Silent = b.Node.State == fleet.NodeSilent
		counts[c.NodeID]++
		d.Known++
		d.Summary.count(c.Shows)
		if f.shows(c.Container, c.Shows) {
			d.Shown++
			b.Cards = append(b.Cards, c)
		}
	}
	for _, n := range p.Nodes {
		d.Chips = append(d.Chips, Chip{n.Node.ID, n.Node.Name, n.State == fleet.NodeSilent, counts[n.Node.ID]})
	}
	d.Berths = slices.DeleteFunc(d.Berths, func(b Berth) bool {
		return f.Any() && len(b.Cards) == 0 && (f.Node != b.Node.Node.ID || d.Shown > 0 || f != Filter{Node: f.Node})
	})
	return d
}

// newCards makes a card of each container, and of each that a job is about to make. They are sorted by name.
func newCards(p fleet.Inventory, open []store.Job, now time.Time) []Card {
	at := make(map[store.Ref]*store.Job, len(open))
	for i, j := range open {
		for _, vmid := range []int{j.VMID, j.CloneVMID} {
			if vmid != 0 {
				at[store.Ref{NodeID: j.NodeID, VMID: vmid}] = &open[i]
			}
		}
	}
	cards := make([]Card, 0, len(p.Containers)+len(open))
	for _, c := range p.Containers {
		card := NewCard(c, at[c.Ref()], now)
		delete(at, c.Ref())
		cards = append(cards, card)
	}
	added := false
	for p, j := range at {
		if vmid, name := j.Makes(); vmid == p.VMID {
			c := fleet.Container{NodeID: j.NodeID, NodeName: j.NodeName}
			c.VMID, c.Name = vmid, name
			cards, added = append(cards, NewCard(c, j, now)), true
		}
	}
	if added {
		slices.SortStableFunc(cards, func(a, b Card) int {
			return cmp.Or(strings.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.VMID, b.VMID), strings.Compare(a.NodeID, b.NodeID))
		})
	}
	return cards
}

// NewCard is a container with the job that is at work on it, if there is one.
func NewCard(c fleet.Container, j *store.Job, now time.Time) Card {
	card := Card{Container: c, Job: j, Shows: c.State(), Now: now}
	card.id = c.NodeID + "-" + strconv.Itoa(c.VMID)
	card.url = ContainerURL(c.NodeID, c.VMID)
	if j == nil {
		return card
	}
	if vmid, name := j.Makes(); vmid == c.VMID && vmid != 0 {
		card.Shows = fleet.StateCreating
		card.Name = cmp.Or(card.Name, name)
	}
	return card
}

// ID is the card's part of element ids.
func (c Card) ID() string { return c.id }

// URL is the address of the container's page.
func (c Card) URL() string { return c.url }

// Title is what people call the container.
func (c Card) Title() string {
	return cmp.Or(c.Name, "Container "+strconv.Itoa(c.VMID))
}

// words are the state as people read it, and since when.
func (c Card) words() (state, since string) {
	switch c.Shows {
	case fleet.StateRunning:
		return "Running", c.up()
	case fleet.StateTrouble:
		return "Disk nearly full", c.up()
	case fleet.StateStopped:
		return "Stopped", ""
	case fleet.StateTemplate:
		return "Template", ""
	case fleet.StateCreating:
		if c.Job != nil && !c.Job.Started.IsZero() {
			return "Creating", elapsed(c.Job.Started, c.Now)
		}
		return "Creating", ""
	}
	seen := ""
	if !c.Seen.IsZero() {
		seen = "at " + human.When(c.Seen, c.Now)
	}
	switch c.Status {
	case proxmox.GuestRunning, proxmox.GuestStopped:
		return "Was " + string(c.Status), seen
	}
	return "Not known", seen
}

func (c Card) stateWords() string {
	words, _ := c.words()
	return words
}

func (c Card) sinceWords() string {
	_, since := c.words()
	return since
}

func (c Card) up() string {
	if c.Uptime <= 0 {
		return ""
	}
	return human.Duration(c.Uptime)
}

// runs tells whether it runs as far as is known.
func (c Card) runs() bool { return c.Shows == fleet.StateRunning || c.Shows == fleet.StateTrouble }

// sparks tells whether it has a line of its last hour.
func (c Card) sparks() bool { return c.runs() && c.Trail.Worth() }

// doing is what the unfinished job does to it: "being stopped".
func (c Card) doing() string {
	if c.Shows == fleet.StateCreating { // also by a clone of another
		return JobDoing(store.JobCreate)
	}
	return JobDoing(c.Job.Kind)
}

// CannotAct says why nothing can be done with the container now; "" when something can.
func (c Card) CannotAct() string {
	if c.Job != nil {
		return ""
	}
	return c.hindranceWords(c.Hinders(proxmox.VerbAny))
}

// Hinders tells why something cannot be done with the container, as far as is known.
func (c Card) Hinders(v proxmox.Verb) proxmox.Hindrance {
	switch {
	case c.Silent:
		return fleet.HindersSilence
	case c.Shows == fleet.StateCreating && c.Fresh:
		return proxmox.HindersCreation
	}
	return c.Container.Hinders(v)
}

// hindranceWords say why something cannot be done, in sentences.
func (c Card) hindranceWords(h proxmox.Hindrance) string {
	switch h {
	case proxmox.HindersNothing:
		return ""
	case fleet.HindersSilence:
		return noAnswer(c.NodeName, c.Err) + ", so nothing can be started or stopped there now."
	case proxmox.HindersCreation:
		return "It is being created, not by Berth. Wait until that has ended."
	case proxmox.HindersLock:
		return "Proxmox has locked it: " + lockWords(c.Lock) + ". Nothing can change it until that has ended."
	case proxmox.HindersTemplate:
		return templateWords
	case proxmox.HindersProtected:
		return "It is protected: neither it nor its disks can be deleted."
	case proxmox.HindersRuns:
		return "It runs already."
	case proxmox.HindersStopped:
		return "It does not run."
	}
	return "Its state is not known, so nothing can be started or stopped."
}

// templateWords say what an LXC template is not for.
const templateWords = "It is a template: it never runs and does not change. Clone it to get a container."

// isTemplate tells whether it is an LXC template.
func (c Card) isTemplate() bool { return c.Template }

// addresses are those that it has, without their prefix lengths.
func (c Card) addresses() []string {
	list := make([]string, len(c.Addresses))
	for i, a := range c.Addresses {
		list[i] = a.Addr().String()
	}
	return list
}

// share of used in total, in percent.
func share(used, total uint64) float64 {
	if total == 0 {
		return 0
	}
	return 100 * float64(used) / float64(total)
}

// figures of a node: "CPU 14 % of 8 cores · memory 22.4 of 62.7 GiB".
func (b Berth) figures() string {
	u := b.Node.Usage
	if b.Node.State == fleet.NodeSilent {
		return "last seen " + human.When(b.Node.Seen, b.Now)
	}
	var words []string
	if u.Cores > 0 {
		words = append(words, fmt.Sprintf("CPU %s of %s", human.Percent(u.CPU), human.Count(u.Cores, "core", "cores")))
	}
	if u.MaxMemory > 0 {
		words = append(words, "memory "+human.BytesOf(u.Memory, u.MaxMemory))
	}
	return strings.Join(words, " · ")
}

// noAnswer says in a few words that a node does not do what it is asked, and why where that is more than silence.
func noAnswer(node string, err error) string {
	switch proxmox.KindOf(err) {
	case proxmox.KindUnauthorized:
		return "The token was refused by " + node
	case proxmox.KindTokenLost:
		return "The token does not arrive at " + node
	case proxmox.KindDaemonDown:
		return "pvedaemon does not run on " + node
	case proxmox.KindProxy:
		return "A proxy answers for " + node + ", Proxmox VE behind it does not"
	}
	return node + " does not answer"
}

// refuses tells whether a node that does not do what it is asked says why.
func refuses(err error) bool { return noAnswer("", err) != noAnswer("", nil) }

// SilentFor says that a node does not do what it is asked: why where it says so, else since when it is silent.
func SilentFor(n fleet.NodeState, now time.Time) string {
	if refuses(n.Err) || n.Since.IsZero() || now.Sub(n.Since) < time.Second {
		return noAnswer(n.Node.Name, n.Err)
	}
	return n.Node.Name + " has not answered for " + human.Age(now.Sub(n.Since))
}

// troubled tells whether the node does not answer, or does not do what it is asked.
func (b Berth) troubled() bool { return b.Node.State == fleet.NodeSilent || b.Node.Err != nil }

// silentWords say since when a node has not answered, and what is shown meanwhile.
func (b Berth) silentWords() string {
	words := SilentFor(b.Node, b.Now)
	if b.Node.State == fleet.NodeAnswers {
		return words + "; what is shown is as it is now."
	}
	if b.Node.Seen.IsZero() {
		return words + "; nothing is known of it yet."
	}
	return words + "; showing what was known at " + human.When(b.Node.Seen, b.Now) + "."
}

// tally is "7 containers", with how many of them are shown where that is fewer.
func (b Berth) tally(filtered bool) string {
	words := human.Count(len(b.Cards), "container", "containers")
	if filtered {
		words += " shown"
	}
	return words
}

// elsewhereWords say that a cluster holds containers on members without a record.
func elsewhereWords(d Dashboard) string {
	verb := "are on "
	if d.Away == 1 {
		verb = "is on "
	}
	added := ", which is not added yet."
	if len(d.Elsewhere) > 1 {
		added = ", which are not added yet."
	}
	return human.Count(d.Away, "container", "containers") + " " + verb + human.List(d.Elsewhere) + added
}

// filterWords say what is looked for, where nothing is found.
func filterWords(d Dashboard) string {
	var words []string
	for _, c := range d.Chips {
		if c.ID == d.Filter.Node {
			words = append(words, "on "+c.Name)
		}
	}
	if d.Filter.Status != "" {
		words = append(words, "with the status "+statusWords(d.Filter.Status))
	}
	if d.Filter.Tag != "" {
		words = append(words, "with the tag "+d.Filter.Tag)
	}
	if d.Filter.Query != "" {
		words = append(words, "that match “"+d.Filter.Query+"”")
	}
	return strings.Join(words, " ")
}

func statusWords(state fleet.State) string {
	if state == fleet.StateUnknown {
		return "not known"
	}
	return string(state)
}

// Piece is a part of the dashboard that can be brought up to date alone.
type Piece struct {
	ID    string
	Event string // of the stream: card, node or summary; "list": it cannot be sent alone
	View  templ.Component
}

// Pieces are the parts of the dashboard in their order. While their IDs are the same,
// each can be replaced alone.
func (d Dashboard) Pieces() []Piece {
	list := []Piece{
		{"summary", "summary", summaryPart(d, true)},
		{"filters", "summary", DashboardFilters(d, true)},
		{"notices", "summary", AlertsPart(d.Alerts, true)},
	}
	// What stands between the pieces is told by their IDs.
	apart := func(id string) { list = append(list, Piece{id, "list", templ.NopComponent}) }
	if d.Away > 0 {
		apart(elsewhereWords(d))
	}
	for _, b := range d.Berths {
		list = append(list, Piece{"berth-" + b.Node.Node.ID, "node", berthHead(b, d.Filter.Any(), true)})
		if len(b.Cards) == 0 {
			apart("none-" + b.Node.Node.ID + "-" + string(b.Node.State))
		}
		for _, c := range b.Cards {
			list = append(list, Piece{"card-" + c.ID(), "card", containerCard(c, d.Filter, true)})
		}
	}
	if len(d.Berths) == 0 {
		apart(human.Count(d.Known, "container", "containers"))
	}
	return list
}
