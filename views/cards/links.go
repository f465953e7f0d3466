package cards

import (
	"strings"

	"berth/store"
	"berth/views/parts"
)

// App is a link of a container as it can be opened now.
type App struct {
	Name string
	URL  string
}

// short is the URL without what all have, for a place with little room.
func (a App) short() string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(a.URL, "http://"), "https://"), "/")
}

// unsaid is what the words of a button leave out, for who does not see it.
func (a App) unsaid(words string) string {
	if words == "Open" {
		return " " + a.Name + ", in a new tab"
	}
	return ", in a new tab"
}

// opens is where a link leads; "" where that is not known, or nothing answers there.
func (c Card) opens(l store.Link) string {
	if !c.Answers(l) {
		return ""
	}
	return c.LinkURL(l)
}

// Apps are the links that can be opened now, the first one is what Open leads to; none unless the container runs.
func (c Card) Apps() []App {
	if !c.Runs() {
		return nil
	}
	var all []App
	for _, l := range c.OwnLinks() {
		if url := c.opens(l); url != "" {
			all = append(all, App{l.Name, url})
		}
	}
	return all
}

// app is the first of Apps; the zero App where there is none.
func (c Card) app() App {
	if c.Runs() {
		for _, l := range c.OwnLinks() {
			if url := c.opens(l); url != "" {
				return App{l.Name, url}
			}
		}
	}
	return App{}
}

// LinkMark stands for a link on its tile. Links with the same name have one ground.
func LinkMark(l store.Link) parts.Mark {
	if l.Icon != "" {
		return parts.Mark{Letter: l.Icon, Hue: parts.HueOf(l.Name)}
	}
	return parts.MarkOf(l.Name, parts.HueOf(l.Name))
}
