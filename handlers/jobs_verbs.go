package handlers

import (
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/jobs"
	"berth/store"
	"berth/views/explain"
	"berth/views/layout"
	"berth/views/parts"
)

// jobCancel is POST /jobs/{id}/cancel.
func (a *site) jobCancel(c echo.Context) error { return a.changeJob(c, a.Jobs.Cancel) }

// jobRetry is POST /jobs/{id}/retry: it begins again at the step that failed.
// The values of secret inputs, which are forgotten with a job's end, come as input_NAME.
func (a *site) jobRetry(c echo.Context) error {
	j, err := a.jobOf(c)
	if err != nil {
		return err
	}
	form, err := web.PostForm(c)
	if err != nil {
		return err
	}
	asked, err := a.Jobs.SecretsToType(j)
	if err != nil {
		return err
	}
	secrets, wrong := forms.ReadSecrets(asked, form)
	if len(wrong) > 0 {
		return a.showJob(c, http.StatusUnprocessableEntity, j, wrong)
	}
	return a.changeJob(c, func(userID, jobID string) (store.Job, error) { return a.Jobs.Retry(userID, jobID, secrets) })
}

// jobAnswer is POST /jobs/{id}/answer: `answer` says what is to become of a script that may have run.
func (a *site) jobAnswer(c echo.Context) error {
	j, err := a.jobOf(c)
	if err != nil {
		return err
	}
	form, err := web.PostForm(c)
	if err != nil {
		return err
	}
	answer := form.Get("answer")
	if !slices.Contains([]string{jobs.AnswerAgain, jobs.AnswerSkip, jobs.AnswerStop}, answer) {
		return web.Problem(layout.Problem{
			Status: http.StatusUnprocessableEntity,
			Title:  "That is not one of the answers",
			Why:    "The job is still waiting.",
			Next:   "Use one of the three buttons.",
			Link:   layout.Link{URL: parts.JobURL(j.ID), Text: explain.JobTitle(j)},
		})
	}
	return a.changeJob(c, func(userID, jobID string) (store.Job, error) { return a.Jobs.Answer(userID, jobID, answer) })
}

// jobKeep is POST /jobs/{id}/keep: what an unsuccessful create left stays.
func (a *site) jobKeep(c echo.Context) error { return a.changeJob(c, a.Jobs.Keep) }

// jobDestroy is POST /jobs/{id}/destroy: what an unsuccessful create left is deleted, by a job of its own. Pages lead to the
// ordinary question instead, which has the container's name typed.
func (a *site) jobDestroy(c echo.Context) error {
	return a.changeJob(c, func(userID, jobID string) (store.Job, error) { return a.Jobs.Destroy(userID, jobID, false) })
}

// changeJob does something with a job and shows the one that it led to.
func (a *site) changeJob(c echo.Context, change func(userID, jobID string) (store.Job, error)) error {
	j, err := a.jobOf(c)
	if err != nil {
		return err
	}
	if j, err = change(j.UserID, j.ID); err != nil {
		return err
	}
	return a.Redirect(c, parts.JobURL(j.ID))
}
