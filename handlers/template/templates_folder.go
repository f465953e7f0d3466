package template

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/labstack/echo/v4"

	"berth/handlers/web"
	"berth/store"
	"berth/templates"
	"berth/views/template"
)

// Folder is GET /templates/folder: the folder of templates as it is now, held
// against the user's. It changes nothing.
func (a *Pages) Folder(c echo.Context) error {
	found, own, err := a.compareFolder(c)
	if err != nil {
		return err
	}
	return a.showFolder(c, http.StatusOK, found, own, "")
}

func (a *Pages) showFolder(c echo.Context, status int, found []templates.Difference, own []store.Template, wrong string) error {
	p := template.FolderPage{Folder: a.Templates, Read: a.NowFor(c.Request().Context()), Wrong: wrong}
	for _, d := range found {
		p.Entries = append(p.Entries, folderEntry(d, own))
	}
	return a.Page(c, status, "templates", "Folder · Templates", template.Folder(p))
}

// ApplyFolder is POST /templates/folder: it takes over what was selected, unless it
// was changed since it was shown.
func (a *Pages) ApplyFolder(c echo.Context) error {
	found, own, err := a.compareFolder(c)
	if err != nil {
		return err
	}
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	values, withBuckets := byOrigin(posted["take"]), posted["buckets"]
	if len(values) == 0 {
		wrong := "Nothing was selected."
		if len(withBuckets) > 0 {
			wrong = "The packages of buckets come with a template: select that too."
		}
		return a.showFolder(c, http.StatusUnprocessableEntity, found, own, wrong)
	}
	var done outcome
	for _, d := range found {
		shown, selected := values[d.Origin]
		if !selected {
			continue
		}
		if shown != SelectionValue(d) {
			done.fail(d, "it was changed after the page was loaded")
			continue
		}
		// One that is the same can only be selected for its buckets.
		_, err := templates.Take(a.Store, web.UserOf(c).ID, d, d.State == templates.Same || slices.Contains(withBuckets, d.Origin))
		var unreadable *templates.FileError
		switch {
		case errors.Is(err, store.ErrNameTaken):
			done.fail(d, "you have another template with its name")
		case errors.As(err, &unreadable):
			done.fail(d, "it cannot be read")
		case err != nil:
			return err
		default:
			done.add(d)
		}
	}
	kind, words := done.words()
	if err := a.Flash(c, kind, words); err != nil {
		return err
	}
	return a.Redirect(c, "/templates/folder")
}

// compareFolder reads the folder anew. own are the user's templates.
func (a *Pages) compareFolder(c echo.Context) (found []templates.Difference, own []store.Template, err error) {
	if a.Templates == "" {
		return nil, nil, store.ErrNotFound
	}
	user := web.UserOf(c)
	if own, err = a.Store.Templates(user.ID); err != nil {
		return nil, nil, err
	}
	buckets, err := a.Store.PackageBuckets(user.ID)
	if err != nil {
		return nil, nil, err
	}
	if found, err = templates.Compare(a.Templates, own, buckets); err != nil {
		return nil, nil, web.FolderError{Dir: a.Templates, Err: err}
	}
	return found, own, nil
}

// folderEntry is a difference as its page shows it.
func folderEntry(d templates.Difference, own []store.Template) template.FolderEntry {
	e := template.FolderEntry{
		Origin: d.Origin, Ticket: SelectionValue(d), State: d.State, Here: d.Here, Name: d.There.Template.Name, Files: folderFiles(d.Files),
	}
	for _, b := range d.Buckets {
		e.Buckets = append(e.Buckets, template.FolderBucket{Name: b.Name, Files: folderFiles(b.Files)})
	}
	var wrong *templates.FileError
	switch {
	case d.State == templates.Gone:
	case errors.As(d.Err, &wrong):
		e.Reason = wrong.Error()
	case d.Err != nil:
		e.Reason = "Berth cannot open it"
	case slices.ContainsFunc(own, func(o store.Template) bool { return o.ID != d.Here.ID && strings.EqualFold(o.Name, e.Name) }):
		e.NameTaken = true
	}
	return e
}

func folderFiles(list []templates.FileDifference) []template.FolderFile {
	files := make([]template.FolderFile, len(list))
	for i, f := range list {
		files[i] = template.FolderFile{Name: f.Name, Binary: f.Binary}
		for _, l := range f.Lines {
			files[i].Lines = append(files[i].Lines, template.FolderLine{Sign: l.Sign, Text: l.Text})
		}
	}
	return files
}

// SelectionValue returns the value of a template's checkbox: a sum of both sides as they were shown, and
// the template's name in the folder. A sum that no longer fits tells that one of them was changed meanwhile.
func SelectionValue(d templates.Difference) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %s %d", d.State, d.Sum, d.Here.ID, d.Here.Updated.UnixNano()))
	return hex.EncodeToString(sum[:8]) + " " + d.Origin
}

// byOrigin sorts the values of checkboxes by the template that they belong to.
func byOrigin(values []string) map[string]string {
	found := make(map[string]string)
	for _, t := range values {
		if _, origin, ok := strings.Cut(t, " "); ok {
			found[origin] = t
		}
	}
	return found
}

// outcome names the selected templates by what became of them.
type outcome struct{ taken, deleted, failed []string }

func (o *outcome) add(d templates.Difference) {
	if d.State == templates.Gone {
		o.deleted = append(o.deleted, d.Here.Name)
		return
	}
	o.taken = append(o.taken, d.There.Template.Name)
}

func (o *outcome) fail(d templates.Difference, why string) {
	o.failed = append(o.failed, d.Origin+", because "+why)
}

// someOf are the first of many names, and how many more there are.
func someOf(names []string) []string {
	const most = 5
	if len(names) <= most+1 { // one more is as short as to say so
		return names
	}
	return append(slices.Clone(names[:most]), fmt.Sprintf("%d more", len(names)-most))
}

// words say what was taken over.
func (o *outcome) words() (kind, words string) {
	kind = "ok"
	var all []string
	for _, part := range []struct {
		begins, between string
		names           []string
	}{{"Imported: ", ", ", o.taken}, {"Deleted: ", ", ", o.deleted}, {"Not changed: ", "; ", o.failed}} {
		if len(part.names) > 0 {
			all = append(all, part.begins+strings.Join(someOf(part.names), part.between)+".")
		}
	}
	if len(all) == 0 {
		return "warn", "What you selected is no longer in the folder, so nothing was changed."
	}
	if len(o.failed) > 0 {
		kind = "warn"
	}
	return kind, strings.Join(all, " ")
}
