package web

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"berth/store"
	"berth/views"
	"berth/views/layout"
	"berth/views/parts"
)

// Page answers with a whole page: body inside the layout. nav is the entry of the
// main navigation that the page belongs to, as views.Frame has it.
func (a *App) Page(c echo.Context, status int, nav, title string, body templ.Component) error {
	frame, err := a.frame(c, nav)
	if err != nil {
		return err
	}
	return a.render(c, status, layout.Page(frame, title), body)
}

// BarePage is Page without the bar on top, for what fills a window of its own.
func (a *App) BarePage(c echo.Context, status int, title string, body templ.Component) error {
	frame, err := a.frame(c, "")
	if err != nil {
		return err
	}
	frame.Bare = true
	return a.render(c, status, layout.Page(frame, title), body)
}

// Part answers with a fragment, for htmx.
func (a *App) Part(c echo.Context, status int, fragment templ.Component) error {
	return a.render(c, status, fragment, nil)
}

// PageOrPart answers a request of htmx with the fragment and every other one with the page.
func (a *App) PageOrPart(c echo.Context, status int, nav, title string, body, fragment templ.Component) error {
	if WantsPart(c) {
		return a.Part(c, status, fragment)
	}
	return a.Page(c, status, nav, title, body)
}

// WantsDialog tells whether what is asked for stands in a dialog over the page: it fills that, or was sent from it.
func WantsDialog(c echo.Context) bool {
	target := c.Request().Header.Get("HX-Target")
	return WantsPart(c) && (target == "ask" || target == "said")
}

// Dialog answers with what a dialog over the page asks, also where it was sent and something in it was wrong.
func (a *App) Dialog(c echo.Context, status int, question templ.Component) error {
	c.Response().Header().Set("HX-Retarget", "#ask")
	c.Response().Header().Set("HX-Reswap", "innerHTML")
	return a.Part(c, status, question)
}

// Began leads to a job that was begun; who began it in a page that stays gets the message that follows it there.
func (a *App) Began(c echo.Context, j store.Job) error {
	if WantsDialog(c) {
		return a.Part(c, http.StatusOK, views.JobSaid(j))
	}
	return a.Redirect(c, parts.JobURL(j.ID))
}

// FormStatus is the status of a form of what may have been deleted or changed elsewhere
// meanwhile, or in which something is wrong.
func FormStatus(deleted, changed, wrong bool) int {
	switch {
	case deleted:
		return http.StatusNotFound
	case changed:
		return http.StatusConflict
	case wrong:
		return http.StatusUnprocessableEntity
	}
	return http.StatusOK
}

// Redirect leads on after a form was taken.
func (a *App) Redirect(c echo.Context, url string) error {
	if IsHtmx(c) {
		c.Response().Header().Set("HX-Redirect", url)
		return c.NoContent(http.StatusOK)
	}
	return c.Redirect(http.StatusSeeOther, url)
}

// render writes the view into a buffer first: an error on the way can still become a page of its own.
func (a *App) render(c echo.Context, status int, view, children templ.Component) error {
	ctx := c.Request().Context()
	if children != nil {
		ctx = templ.WithChildren(ctx, children)
	}
	var b bytes.Buffer
	if err := view.Render(ctx, &b); err != nil {
		return err
	}
	c.Response().Header().Add(echo.HeaderVary, "HX-Request")
	return a.send(c, status, echo.MIMETextHTMLCharsetUTF8, b.Bytes())
}

// Data answers a script with a value as JSON.
func (a *App) Data(c echo.Context, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	return a.send(c, http.StatusOK, echo.MIMEApplicationJSON, body)
}

// send answers with a body, compressed where that is worth it and the browser takes it.
func (a *App) send(c echo.Context, status int, kind string, body []byte) error {
	h := c.Response().Header()
	if h.Get(echo.HeaderCacheControl) == "" {
		h.Set(echo.HeaderCacheControl, "no-store") // pages hold what is a person's own
	}
	h.Add(echo.HeaderVary, echo.HeaderAcceptEncoding)
	if len(body) >= gzipFrom && strings.Contains(c.Request().Header.Get(echo.HeaderAcceptEncoding), "gzip") {
		zipped, err := a.gzip(body)
		if err != nil {
			return err
		}
		h.Set(echo.HeaderContentEncoding, "gzip")
		body = zipped
	}
	return c.Blob(status, kind, body)
}

// gzipFrom is the size in bytes from which compressing a page is worth the time.
const gzipFrom = 1024

func (a *App) gzip(body []byte) ([]byte, error) {
	w, ok := a.gzips.Get().(*gzip.Writer)
	if !ok {
		w = gzip.NewWriter(nil)
	}
	defer a.gzips.Put(w)
	var b bytes.Buffer
	w.Reset(&b)
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// jobState is under which the state of the job that a page is about is noted.
const jobState = "job state"

// AboutJob notes which job a page is about, so that its tab tells how it is with that.
func AboutJob(c echo.Context, j store.Job) { c.Set(jobState, j.State) }

// frame gathers what the layout shows around every page: the user, the flash message, unfinished jobs, trouble with the disk.
func (a *App) frame(c echo.Context, nav string) (layout.Frame, error) {
	f := layout.Frame{Nav: nav, Demo: a.Demo, Flash: a.flashes.take(c), Zone: a.NowFor(c.Request().Context()).Location().String()}
	f.JobState, _ = c.Get(jobState).(store.JobState)
	u, signedIn := userIn(c)
	if !signedIn {
		return f, nil
	}
	f.User, f.Trouble = u, Trouble(a.Store.Trouble())
	open, err := a.Store.OpenJobsOf(u.ID)
	if err != nil {
		return f, err
	}
	f.OpenJobs = views.CountJobs(open)
	nodes, err := a.Store.Nodes(u.ID)
	if err != nil {
		return f, err
	}
	f.NoNodes, f.TagSheet = len(nodes) == 0, a.tagSheetURL(nodes)
	return f, nil
}

// IsHtmx tells whether htmx made the request.
func IsHtmx(c echo.Context) bool { return c.Request().Header.Get("HX-Request") == "true" }

// WantsPart tells whether htmx will put the answer into a page that is there.
func WantsPart(c echo.Context) bool {
	h := c.Request().Header
	return IsHtmx(c) && h.Get("HX-Boosted") != "true" && h.Get("HX-History-Restore-Request") != "true"
}
