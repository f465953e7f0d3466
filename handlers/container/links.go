package container

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/forms"
	"berth/handlers/web"
	"berth/store"
	"berth/views/container"
)

// LinkForm is GET /containers/{node}/{vmid}/links/new and GET /containers/{node}/{vmid}/links/{link}: the form for a link.
func (a *Pages) LinkForm(c echo.Context) error {
	p, err := a.linkPage(c)
	if err != nil {
		return err
	}
	return a.showLink(c, http.StatusOK, p)
}

// linkPage is the form for the link of the path, or for a new one. It asks no node.
func (a *Pages) linkPage(c echo.Context) (p container.LinkPage, err error) {
	n, vmid, err := a.nodeAndVMID(c)
	if err != nil {
		return p, err
	}
	if p.Page, _, err = a.containerAsKnown(c.Request().Context(), n, vmid); err != nil {
		return p, err
	}
	var l store.Link
	if number := c.Param("link"); number != "" {
		wanted, err := strconv.Atoi(number)
		there := false
		if l, there = p.Card.Links.Link(wanted); err != nil || !there || !p.Card.Links.Of(p.Card.Name) {
			return p, store.ErrNotFound
		}
	}
	p.Link = forms.NewLink(l, store.Links{List: p.Card.OwnLinks()})
	return p, nil
}

func (a *Pages) showLink(c echo.Context, status int, p container.LinkPage) error {
	return a.Page(c, status, "containers", "Links of "+p.Card.Title(), container.Link(p))
}

// errManyLinks refuses a link beyond store.MaxLinks.
var errManyLinks = errors.New("container: it has all the links that it may have")

// SaveLink is POST /containers/{node}/{vmid}/links, which adds one, and POST /containers/{node}/{vmid}/links/{link}: name,
// url, icon, first.
func (a *Pages) SaveLink(c echo.Context) error {
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	p, err := a.linkPage(c)
	if err != nil {
		return err
	}
	p.Link.Read(posted)
	if p.Link.Check(p.Card.Addresses); len(p.Errors) > 0 {
		return a.showLink(c, http.StatusUnprocessableEntity, p)
	}
	l := p.Link.Link()
	err = a.changeLinks(p.Page, func(all *store.Links) error {
		if l.Number == 0 {
			if !all.Add(l) {
				return errManyLinks
			}
			l.Number = all.Last
		}
		return all.Put(l, p.First)
	})
	if errors.Is(err, errManyLinks) {
		p.Errors[""] = "A container has " + strconv.Itoa(store.MaxLinks) + " links at most. Remove one first."
		return a.showLink(c, http.StatusUnprocessableEntity, p)
	}
	if err != nil {
		return err
	}
	return a.saved(c, p.Card.URL(), "Saved the link "+l.Name+".")
}

// RemoveLink is POST /containers/{node}/{vmid}/links/{link}/remove.
func (a *Pages) RemoveLink(c echo.Context) error {
	p, err := a.linkPage(c)
	if err != nil {
		return err
	}
	if err := a.changeLinks(p.Page, func(all *store.Links) error { return all.Remove(p.Number) }); err != nil {
		return err
	}
	return a.saved(c, p.Card.URL(), "Removed the link "+p.Before.Name+".")
}

// LeftLinks is POST /containers/{node}/{vmid}/links/left: do says what becomes of the links that another container with the
// VMID had, keep or forget.
func (a *Pages) LeftLinks(c echo.Context) error {
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	p, err := a.linkPage(c)
	if err != nil {
		return err
	}
	words := "The links are " + p.Card.Title() + "'s now."
	forget := posted.Get("do") != "keep"
	if forget {
		words = "The links are forgotten."
	}
	err = a.Fleet.ChangeLinks(p.Node.UserID, p.Ref(), p.Card.Name, func(all *store.Links) error {
		if forget {
			*all = store.Links{Last: all.Last}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return a.saved(c, p.Card.URL(), words)
}

// changeLinks changes the links of a container that are its own.
func (a *Pages) changeLinks(p container.Page, change func(*store.Links) error) error {
	return a.Fleet.ChangeLinks(p.Node.UserID, p.Ref(), p.Card.Name, change)
}

// foundLinks keeps links to the web pages that a look has found, and which ports it found closed.
func (a *Pages) foundLinks(p container.Page, look *container.InsideLook) error {
	var all []store.Link
	for _, page := range look.Seen.Pages(look.Planned) {
		name := store.LinkName(page.Service)
		if name == "" {
			name = "Port " + strconv.Itoa(page.Port)
		}
		all = append(all, store.Link{Name: name, Scheme: page.Scheme, Port: page.Port, Path: page.Path, Origin: store.LinkFound})
	}
	found := fleet.Found{Pages: all}
	found.Open, found.All = look.Seen.Open()
	return a.Fleet.FoundLinks(p.Node.UserID, p.Ref(), p.Card.Name, found)
}
