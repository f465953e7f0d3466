package container

import (
	"strconv"

	"berth/forms"
	"berth/store"
	"berth/views/cards"
	"berth/views/human"
	"berth/views/parts"
)

// linksURL is where links of a container are added, or what is below that.
func linksURL(c cards.Card, below string) string { return c.URL() + "/links" + below }

func linkURL(c cards.Card, l store.Link) string { return linksURL(c, "/"+strconv.Itoa(l.Number)) }

// linkID is the id of the element that holds a link's address.
func linkID(l store.Link) string { return "link-" + strconv.Itoa(l.Number) }

// linkWhere says where a link leads while that is not known as a whole.
func linkWhere(l store.Link) string {
	return "port " + strconv.Itoa(l.Port) + ", address not known yet"
}

// leftWords say whose links stand in the place of the container's.
func leftWords(c cards.Card) string {
	was := "another container"
	if names := c.Links.Names; len(names) > 0 {
		was = names[len(names)-1]
	}
	return human.Count(len(c.LeftLinks()), "link is", "links are") + " kept for " + was + ", which had this VMID before."
}

// LinkPage is the form for a link of a container.
type LinkPage struct {
	Page
	forms.Link
}

func (p LinkPage) title() string {
	if p.Number == 0 {
		return "Add a link"
	}
	return "Edit the link " + p.Before.Name
}

func (p LinkPage) action() string {
	if p.Number == 0 {
		return linksURL(p.Card, "")
	}
	return linkURL(p.Card, p.Before)
}

func (p LinkPage) nameField() parts.Field {
	return parts.Field{Name: "name", Label: "Name", Value: p.Link.Name, Error: p.Errors["name"], Hint: "As in Jellyfin.", Class: "half", Required: true,
		Attrs: map[string]any{"autofocus": true, "maxlength": strconv.Itoa(store.MaxLinkName)}}
}

func (p LinkPage) addressField() parts.Field {
	return parts.Field{Name: "url", Label: "Address", Value: p.Address, Error: p.Errors["url"], InputMode: "url", Mono: true, Required: true,
		Hint: "A whole one, as in https://jellyfin.home.lan/. Or leave the host out, as in http://:8096/: the container's own address is filled in, also after it changes."}
}

func (p LinkPage) iconField() parts.Field {
	return parts.Field{Name: "icon", Label: "Icon", Note: "optional", Value: p.Icon, Error: p.Errors["icon"], Class: "quarter", Hint: "A letter or an emoji. Empty: the first letter of the name."}
}
