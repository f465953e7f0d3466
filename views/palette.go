package views

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"berth/fleet"
	"berth/store"
	"berth/views/cards"
	"berth/views/human"
	"berth/views/parts"
)

// Palette is what can be gone to or done from any page. A script searches it: see static/palette.js.
type Palette struct {
	Places []Place `json:"places"`
	Verbs  []Verb  `json:"verbs"`
}

// Place is an entry of the palette.
type Place struct {
	Group string   `json:"group"` // the heading that it stands under
	Name  string   `json:"name"`
	URL   string   `json:"url,omitempty"`
	Press string   `json:"press,omitempty"` // in place of URL: the selector of a button that is on every page
	Icon  string   `json:"icon,omitempty"`
	More  string   `json:"more,omitempty"`  // shown beside the name
	Also  string   `json:"also,omitempty"`  // it is found by, besides name and More
	Keys  []string `json:"keys,omitempty"`  // that lead there
	State string   `json:"state,omitempty"` // of a container, as a badge's, and in words, with what is wrong with it
	Words string   `json:"words,omitempty"`
	Wrong string   `json:"wrong,omitempty"` // "warn" or "bad"
	Open  string   `json:"open,omitempty"`  // the address of what a container serves
	Hue   string   `json:"hue,omitempty"`   // of a container's tile, and what stands on it
	Tile  string   `json:"tile,omitempty"`
	Glyph string   `json:"glyph,omitempty"` // in the place of Tile

	Pinned bool `json:"pinned,omitempty"` // of a container
}

// Verb is what can be done with a container, below its address.
type Verb struct {
	Before string        `json:"before"` // its name
	After  string        `json:"after,omitempty"`
	Path   string        `json:"path"`
	Icon   string        `json:"icon"`
	In     []fleet.State `json:"in"` // the states that it fits
	How    string        `json:"how,omitempty"`
	Pinned *bool         `json:"pinned,omitempty"` // it is only for containers that are pinned, or only for the others
}

// The ways of a verb; "" leads to a page.
const (
	askHere = "ask"  // it is asked over the page
	doHere  = "post" // it is begun at once
	sayHere = "say"  // it is done at once, and said
)

// The groups, in their order.
const (
	groupContainers = "Containers"
	groupActions    = "Actions"
	groupPages      = "Pages"
	groupNodes      = "Nodes"
	groupTemplates  = "Templates"
)

// PaletteTemplate is a template with what it holds, in words.
type PaletteTemplate struct {
	Template store.Template
	Facts    string
}

// NewPalette gathers what leads somewhere from the dashboard of all containers, and from templates.
func NewPalette(d Dashboard, templates []PaletteTemplate) Palette {
	p := Palette{Places: slices.Concat(paletteActions(d), palettePages(d)), Verbs: paletteVerbs()}
	for _, c := range d.Chips {
		p.Places = append(p.Places, Place{Group: groupNodes, Name: c.Name, URL: cards.Filter{Node: c.ID}.URL(), Icon: "server", More: human.Count(c.Count, "container", "containers")})
	}
	for _, t := range templates {
		p.Places = append(p.Places, Place{Group: groupTemplates, Name: t.Template.Name, URL: parts.TemplateURL(t.Template.ID), Icon: "template", More: t.Facts})
	}
	for _, g := range d.Groups {
		for _, c := range g.Cards {
			p.Places = append(p.Places, paletteContainer(c))
		}
	}
	return p
}

func paletteContainer(c cards.Card) Place {
	more := []string{strconv.Itoa(c.VMID), c.NodeName}
	if len(c.Addresses) > 0 {
		more = append(more, c.Addresses[0].Addr().String())
	}
	also := slices.Clone(c.Tags)
	for _, a := range c.Addresses[min(1, len(c.Addresses)):] {
		also = append(also, a.Addr().String())
	}
	at := Place{
		Group: groupContainers, Name: c.Title(), URL: c.URL(), More: strings.Join(more, " · "), Also: strings.Join(also, " "),
		State: string(cards.StatusOf(c.Shows)), Words: c.MarksTitle(), Pinned: c.Pinned,
	}
	if m := c.Mark(); m.Glyph != "" {
		at.Glyph, at.Hue = m.GlyphURL(), m.Hue
	} else {
		at.Tile, at.Hue = m.Letter, m.Hue
	}
	if apps := c.Apps(); len(apps) > 0 {
		at.Open = apps[0].URL
	}
	if len(c.Troubles) > 0 {
		at.Wrong = "warn"
		if c.Troubles[0].Grave {
			at.Wrong = "bad"
		}
	}
	return at
}

func paletteActions(d Dashboard) []Place {
	list := []Place{{Name: "New container", URL: "/containers/new", Icon: "plus", Keys: []string{"n"}}}
	if n := len(d.Alerts.List); n > 0 {
		list = append(list, Place{Name: "Show " + human.Count(n, "alert", "alerts"), URL: "/#notices", Icon: "trouble"})
	}
	list = append(list,
		Place{Name: "New template", URL: "/templates/new", Icon: "plus"},
		Place{Name: "Add a node", URL: "/settings/nodes/new", Icon: "plus"},
		Place{Name: "Invite someone", URL: "/account#invite", Icon: "user"},
		Place{Name: "Change the theme", Press: "[data-theme-toggle]", Icon: "auto", Also: "dark light"},
		Place{Name: "Keyboard shortcuts", Press: "[data-open='keys']", Icon: "question", Keys: []string{"?"}},
		Place{Name: "Sign out", Press: "form[action='/logout'] button", Icon: "signout", Also: "log out"},
	)
	return grouped(groupActions, list)
}

func palettePages(d Dashboard) []Place {
	jobs := ""
	if d.OpenJobs > 0 {
		jobs = strconv.Itoa(d.OpenJobs) + " unfinished"
	}
	return grouped(groupPages, []Place{
		{Name: "Containers", URL: "/", Icon: "container", Keys: []string{"g", "d"}},
		{Name: "Templates", URL: "/templates", Icon: "template", Keys: []string{"g", "t"}},
		{Name: "Packages", URL: "/packages", Icon: "template"},
		{Name: "Jobs", URL: "/jobs", Icon: "clock", More: jobs, Keys: []string{"g", "j"}},
		{Name: "Settings: nodes", URL: "/settings/nodes", Icon: "server", Keys: []string{"g", "s"}},
		{Name: "Account and sessions", URL: "/account", Icon: "user", Keys: []string{"g", "a"}},
	})
}

func grouped(group string, list []Place) []Place {
	for i := range list {
		list[i].Group = cmp.Or(list[i].Group, group)
	}
	return list
}

// paletteVerbs are what the menu of a container has, in its order.
func paletteVerbs() []Verb {
	runs, stopped := []fleet.State{fleet.StateRunning}, []fleet.State{fleet.StateStopped}
	either := slices.Concat(runs, stopped)
	there := slices.Concat(either, []fleet.State{fleet.StateTemplate, fleet.StateUnknown})
	pinned, loose := true, false
	return []Verb{
		{Before: "Console of ", Path: "/console", Icon: "console", In: runs},
		{Before: "Start ", Path: "/start", Icon: "start", In: stopped, How: doHere},
		{Before: "Reboot ", After: "…", Path: "/reboot", Icon: "reboot", In: runs, How: askHere},
		{Before: "Shut down ", After: "…", Path: "/shutdown", Icon: "shutdown", In: runs, How: askHere},
		{Before: "Snapshot ", After: "…", Path: "/snapshots", Icon: "camera", In: either, How: askHere},
		{Before: "Back up ", After: "…", Path: "/backups", Icon: "download", In: either, How: askHere},
		{Before: "Services of ", Path: "/services", Icon: "working", In: runs},
		{Before: "Clone ", After: "…", Path: "/clone", Icon: "copy", In: slices.Concat(either, []fleet.State{fleet.StateTemplate})},
		{Before: "Pin ", Path: "/pin", Icon: "pin", In: there, How: sayHere, Pinned: &loose},
		{Before: "Unpin ", Path: "/unpin", Icon: "pin", In: there, How: sayHere, Pinned: &pinned},
		{Before: "Stop ", After: "…", Path: "/stop", Icon: "stop", In: runs, How: askHere},
		{Before: "Delete ", After: "…", Path: "/delete", Icon: "trash", In: slices.Concat(either, []fleet.State{fleet.StateTemplate}), How: askHere},
	}
}
