package cards

import (
	"hash/fnv"
	"strings"
	"unicode"

	"berth/store"
)

// App is a link of a container as it can be opened now.
type App struct {
	Name string
	URL  string
}

// Short is the URL without what all have, for a place with little room.
func (a App) Short() string {
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(a.URL, "http://"), "https://"), "/")
}

// Apps are the links that can be opened now, the first one is what Open leads to; none unless the container runs.
func (c Card) Apps() []App {
	if !c.Runs() {
		return nil
	}
	var all []App
	for _, l := range c.OwnLinks() {
		if url := c.LinkURL(l); url != "" {
			all = append(all, App{l.Name, url})
		}
	}
	return all
}

// app is the first of Apps; the zero App where there is none.
func (c Card) app() App {
	if c.Runs() {
		for _, l := range c.OwnLinks() {
			if url := c.LinkURL(l); url != "" {
				return App{l.Name, url}
			}
		}
	}
	return App{}
}

// LinkLetter stands for a link on its tile.
func LinkLetter(l store.Link) string {
	if l.Icon != "" {
		return l.Icon
	}
	return letterOf(l.Name)
}

// letterOf is the first letter or digit of a name, for a tile.
func letterOf(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return "•"
}

// LinkHue gives links with the same name one ground.
func LinkHue(l store.Link) string { return hueOf(l.Name) }

// hueOf is the hue of what has a name.
func hueOf(name string) string {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(name)) // a hash takes everything
	return hues[sum.Sum32()%uint32(len(hues))]
}
