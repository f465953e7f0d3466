package container

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/forms"
	"berth/handlers/web"
	"berth/jobs"
	"berth/proxmox"
	"berth/store"
	"berth/views"
	"berth/views/cards"
	"berth/views/layout"
	"berth/views/parts"
)

// BulkPage is GET /containers/several: it lists to which of the selected containers (`c`, each as NODE/VMID)
// an operation (`do`) applies and which are left out, and asks.
func (a *Pages) BulkPage(c echo.Context) error {
	kind, selected, err := a.selectedIn(c, c.QueryParams())
	if err != nil {
		return err
	}
	p, err := a.bulkPage(c.Request().Context(), web.UserOf(c).ID, forms.NewBulk(kind, a.NowFor(c.Request().Context())), kind, selected)
	if err != nil {
		return err
	}
	p.Settle()
	return a.showBulk(c, http.StatusOK, p)
}

func (a *Pages) showBulk(c echo.Context, status int, p views.BulkPage) error {
	return a.Page(c, status, "containers", p.Question(), views.Bulk(p))
}

// BeginBulk is POST /containers/several. Unless `sure` says that the page above was seen, it asks before
// something is ended and where something is left out. What changes afterwards is told by the job.
func (a *Pages) BeginBulk(c echo.Context) error {
	form, err := web.PostForm(c)
	if err != nil {
		return err
	}
	kind, selected, err := a.selectedIn(c, form)
	if err != nil {
		return err
	}
	p, err := a.bulkPage(c.Request().Context(), web.UserOf(c).ID, forms.ReadBulk(form), kind, selected)
	if err != nil {
		return err
	}
	sure := form.Get("sure") == "1"
	if sure {
		p.Check()
	}
	others := len(p.LeftOut) > 0 && (!sure || exact(kind))
	if !sure && forms.AsksFirst(kind) || others || len(p.Errors) > 0 {
		p.Asked = others
		if others {
			p.Typed.Confirm = "" // of others than those that were asked for
			delete(p.Errors, "confirm")
		}
		p.Settle()
		return a.showBulk(c, http.StatusUnprocessableEntity, p)
	}
	targets := make([]jobs.Target, 0, len(selected))
	for _, card := range p.All() {
		targets = append(targets, jobs.Target{Ref: card.Ref(), Name: card.Name, Storage: p.Typed.Storages[card.NodeID]})
	}
	j, err := a.Jobs.Bulk(web.UserOf(c).ID, jobs.Action{
		Kind: kind, Add: p.Typed.AddTags(), Remove: p.Typed.RemoveTags(),
		Snapshot: jobs.SnapshotSpec{Snapshot: p.Typed.Snapshot.Name, Note: p.Typed.Snapshot.Note},
		Backup:   p.Typed.Backup.Params(), Purge: p.Typed.Purge,
	}, targets)
	if err != nil {
		return err
	}
	return a.Redirect(c, parts.JobURL(j.ID))
}

// exact tells whether a kind of job is begun only for the very containers that it was asked for: who is sure is asked again
// where one does not fit any more.
func exact(kind store.JobKind) bool { return kind == store.JobDelete || kind == store.JobBackup }

// selectedIn reads the operation and the selected containers. A node of another user is not found.
func (a *Pages) selectedIn(c echo.Context, form url.Values) (store.JobKind, []store.Ref, error) {
	kind := store.JobKind(form.Get("do"))
	back := layout.Link{URL: "/", Text: "Containers"}
	if !slices.Contains(forms.BulkKinds(), kind) {
		return "", nil, web.Problem(layout.Problem{
			Status: http.StatusUnprocessableEntity,
			Title:  "This cannot be done in bulk",
			Why:    "Nothing was changed.",
			Next:   "Select containers in the list and press one of the buttons below it.",
			Link:   back,
		})
	}
	var values []string
	for _, value := range form["c"] {
		if !slices.Contains(values, value) {
			values = append(values, value)
		}
	}
	switch {
	case len(values) == 0:
		return "", nil, web.Problem(layout.Problem{
			Status: http.StatusUnprocessableEntity,
			Title:  "No container is selected",
			Why:    "Nothing was changed.",
			Next:   "Select the ones you mean in the list first.",
			Link:   back,
		})
	case len(values) > jobs.MaxBulk:
		return "", nil, web.Problem(layout.Problem{
			Status: http.StatusUnprocessableEntity,
			Title:  fmt.Sprintf("%d containers are too many for one job", len(values)),
			Why:    fmt.Sprintf("A job takes at most %d. Nothing was changed.", jobs.MaxBulk),
			Next:   "Select fewer, for example by node or tag.",
			Link:   back,
		})
	}
	selected := make([]store.Ref, 0, len(values))
	for _, value := range values {
		at, ok := ParseRef(value)
		if !ok {
			return "", nil, store.ErrNotFound
		}
		if !slices.ContainsFunc(selected, func(before store.Ref) bool { return before.NodeID == at.NodeID }) {
			if _, err := a.Store.Node(web.UserOf(c).ID, at.NodeID); err != nil {
				return "", nil, err
			}
		}
		selected = append(selected, at)
	}
	return kind, selected, nil
}

// ParseRef parts NODE/VMID.
func ParseRef(value string) (at store.Ref, ok bool) {
	nodeID, number, _ := strings.Cut(value, "/")
	vmid, ok := parseVMID(number)
	return store.Ref{NodeID: nodeID, VMID: vmid}, ok && nodeID != ""
}

// bulkPage judges the selected containers by the inventory.
func (a *Pages) bulkPage(ctx context.Context, userID string, typed forms.Bulk, kind store.JobKind, selected []store.Ref) (views.BulkPage, error) {
	p := views.BulkPage{Kind: kind, Typed: typed}
	inventory, err := a.Fleet.Inventory(ctx, userID)
	if err != nil {
		return p, err
	}
	open, err := a.Store.OpenJobsOf(userID)
	if err != nil {
		return p, err
	}
	states := make(map[string]fleet.NodeState, len(inventory.Nodes))
	for _, n := range inventory.Nodes {
		states[n.Node.ID] = n
	}
	rights := a.rightsOn(ctx, userID, selected, states)
	for _, at := range selected {
		state, is := states[at.NodeID]
		if !is {
			return p, store.ErrNotFound // removed a moment ago
		}
		n := state.Node
		ct, there := inventory.Container(at)
		if !there {
			ct.NodeID, ct.NodeName, ct.VMID = n.ID, n.Name, at.VMID
		}
		card := cards.New(ct, jobOn(open, n, at.VMID), a.NowFor(ctx))
		card.Silent = state.State == fleet.NodeSilent
		why := card.WhyNot(kind)
		if !there && card.Job == nil && !card.Silent {
			why = cards.Gone(n.Name)
		}
		if r, known := rights[n.ID]; why == "" && known {
			if need := privilegeFor(kind); !r.OnGuest(at.VMID, ct.Pool, need) {
				why = cards.NoRight(n.Name, need, at.VMID)
			}
		}
		if why == "" && kind == store.JobDelete {
			why = whyNotDeleted(card, typed)
		}
		if why == "" {
			p.Do = append(p.Do, card)
		} else {
			p.LeftOut = append(p.LeftOut, views.LeftOut{Card: card, Why: why})
		}
	}
	switch kind {
	case store.JobSnapshot:
		a.leaveOutWithoutSnapshots(ctx, userID, &p)
	case store.JobBackup:
		a.leaveOutWithoutStorage(ctx, userID, &p, rights)
	case store.JobDelete:
		a.leaveOutProtected(ctx, userID, &p)
	}
	return p, nil
}

// privilegeFor returns the privilege that a kind of job takes on its container.
func privilegeFor(kind store.JobKind) string {
	switch kind {
	case store.JobTag:
		return "VM.Config.Options"
	case store.JobSnapshot:
		return "VM.Snapshot"
	case store.JobBackup:
		return "VM.Backup"
	case store.JobDelete:
		return "VM.Allocate"
	}
	return "VM.PowerMgmt"
}

// rightsOn asks the nodes of the selected containers, side by side, for the rights of their tokens. One that does not
// answer is left out: then the host has the last word.
func (a *Pages) rightsOn(ctx context.Context, userID string, selected []store.Ref, states map[string]fleet.NodeState) map[string]proxmox.Permissions {
	var nodes []string
	for _, at := range selected {
		if !slices.Contains(nodes, at.NodeID) && states[at.NodeID].State != fleet.NodeSilent {
			nodes = append(nodes, at.NodeID)
		}
	}
	return a.Fleet.RightsOf(ctx, userID, nodes)
}
