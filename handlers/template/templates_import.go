package template

import (
	"errors"
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/handlers/web"
	"berth/store"
	"berth/templates"
	"berth/views/layout"
	"berth/views/parts"
)

// Import takes an archive of a template, as the export makes it or as a folder in
// git is packed. It changes no template and no bucket that is there.
func (a *Pages) Import(c echo.Context) error {
	user := web.UserOf(c)
	file, err := c.FormFile("archive")
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return notImported("The archive is too large.")
	}
	if err != nil {
		return notImported("No archive was uploaded. Choose a .zip or .tar.gz of one template.")
	}
	r, err := file.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	b, err := templates.ReadArchive(r)
	var wrong *templates.FileError
	if errors.As(err, &wrong) {
		return notImported("In it: " + wrong.Error() + ".")
	}
	if err != nil {
		return err
	}
	b.Template.ID, b.Template.UserID = "", user.ID
	t, err := a.Store.ImportTemplate(b.Template, b.Buckets, false)
	if errors.Is(err, store.ErrNameTaken) {
		return notImported("You have a template named " + b.Template.Name + ". Delete that one first, or change the name in template.yaml.")
	}
	if err != nil {
		return err
	}
	if err := a.Flash(c, "ok", "The template "+t.Name+" was imported."); err != nil {
		return err
	}
	return a.Redirect(c, parts.TemplateURL(t.ID))
}

func notImported(why string) error {
	return web.Problem(layout.Problem{
		Status: http.StatusUnprocessableEntity, Title: "The template was not imported", Why: why, Next: "Nothing was changed.",
		Link: layout.Link{URL: "/templates", Text: "Templates"},
	})
}
