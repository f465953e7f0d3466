package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/jobs"
	"berth/views"
)

// wizardReview shows everything that was chosen.
func (a *app) wizardReview(c echo.Context) error {
	d, err := a.draftOf(c)
	if err != nil {
		return err
	}
	form := views.Typed(d.Values, nil)
	form.CheckAll()
	form.Mark(d.Errors)
	node, err := a.nodeOrDefault(d.UserID, form.Get("node"))
	if isNotFound(err) {
		form.Mark(map[string]string{"node": nodeGone})
	} else if err != nil {
		return err
	}
	w, err := a.wizard(d, form, "review")
	if err != nil {
		return err
	}
	p := views.ReviewPage{Wizard: w, Node: node}
	if len(form.Errors) == 0 {
		p.Command = form.Params().PctCreate()
	}
	return a.page(c, http.StatusOK, "containers", "Review · New container", views.Review(p))
}

// wizardCreate judges the draft once more and begins to make the container. What has
// become wrong since leads back to the form.
func (a *app) wizardCreate(c echo.Context) error {
	d, err := a.draftOf(c)
	if err != nil {
		return err
	}
	form := views.Typed(d.Values, nil)
	p, err := a.judgedPage(c, d, form)
	if err != nil {
		return err
	}
	if len(form.Errors) > 0 {
		return a.showConfigure(c, http.StatusUnprocessableEntity, p)
	}
	job, err := a.Jobs.Create(d.UserID, p.Node.Node.ID, d.ID, jobs.CreateSpec{Params: form.Params(), Start: form.On("start")})
	if err != nil {
		return err
	}
	return a.redirect(c, "/jobs/"+job.ID)
}
