package handlers

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/labstack/echo/v4"

	"berth/handlers/web"
	"berth/store"
	"berth/views"
	"berth/views/parts"
)

// jobsAPage bounds the ended jobs on a page of the list.
const jobsAPage = 25

// jobsPage is GET /jobs: what is unfinished, then what has ended, page by page.
func (a *site) jobsPage(c echo.Context) error {
	user, before := web.UserOf(c), c.QueryParam("before")
	p := views.JobsPage{Paged: before != "", Places: map[string]int{}, Now: a.NowFor(c.Request().Context())}
	if !p.Paged {
		open, err := a.Store.OpenJobsOf(user.ID)
		if err != nil {
			return err
		}
		open = slices.DeleteFunc(open, isChild)
		slices.SortStableFunc(open, func(x, y store.Job) int { return cmp.Compare(waits(y), waits(x)) })
		p.Open = open
		for _, j := range open {
			p.Places[j.ID] = a.Jobs.Place(j)
		}
	}
	// One more than is shown tells whether there is another page.
	for last := before; len(p.Ended) <= jobsAPage; {
		list, err := a.Store.Jobs(user.ID, last, jobsAPage+1)
		if err != nil {
			return err
		}
		for _, j := range list {
			last = j.ID
			if j.State.Final() && !isChild(j) {
				p.Ended = append(p.Ended, j)
			}
		}
		if len(list) <= jobsAPage {
			break
		}
	}
	if len(p.Ended) > jobsAPage {
		p.Ended = p.Ended[:jobsAPage]
		p.Older = p.Ended[jobsAPage-1].ID
	}
	return a.Page(c, http.StatusOK, "jobs", "Jobs", views.JobsList(p))
}

// jobSaid is GET /jobs/{id}/said: the message over a page that follows a job to its end.
func (a *site) jobSaid(c echo.Context) error {
	j, err := a.jobOf(c)
	if err != nil {
		return err
	}
	if !web.WantsPart(c) {
		return c.Redirect(http.StatusSeeOther, parts.JobURL(j.ID))
	}
	return a.Part(c, http.StatusOK, views.JobSaid(j))
}

// jobPage is GET /jobs/{id}.
func (a *site) jobPage(c echo.Context) error {
	j, err := a.jobOf(c)
	if err != nil {
		return err
	}
	return a.showJob(c, http.StatusOK, j, nil)
}

// showJob answers with a job's page; wrong is what is wrong with the secret values typed on it, by field.
func (a *site) showJob(c echo.Context, status int, j store.Job, wrong map[string]string) error {
	p, err := a.jobView(c.Request().Context(), j)
	if err != nil {
		return err
	}
	p.Wrong = wrong
	if p.Lines, err = a.Store.Log(j.ID, logTail(j), views.LogTail); err != nil {
		return err
	}
	web.AboutJob(c, j)
	return a.Page(c, status, "jobs", p.Title(), views.JobView(p))
}

// jobOf returns the job of the request's address, if it is the user's.
func (a *site) jobOf(c echo.Context) (store.Job, error) {
	return a.Store.Job(web.UserOf(c).ID, c.Param("id"))
}

// jobView is a job's page without its log. A draft that is gone is not led back to.
func (a *site) jobView(ctx context.Context, j store.Job) (views.JobPage, error) {
	if _, err := a.Store.Draft(j.UserID, j.DraftID); web.IsNotFound(err) {
		j.DraftID = ""
	}
	p := views.JobPage{Job: j, Place: a.Jobs.Place(j), Now: a.NowFor(ctx)}
	var err error
	if p.Children, err = a.childrenOf(j); err != nil {
		return p, err
	}
	if j.Kind == store.JobCreate {
		provision, err := a.Store.JobProvision(j.ID)
		if err != nil && !web.IsNotFound(err) {
			return p, err
		}
		p.Template = provision.Template
		if j.State.Final() {
			if p.Ready, err = a.ready(j, provision); err != nil {
				return p, err
			}
			p.Job.Made = p.Job.Made && p.Ready.Is() // what is gone is neither kept nor destroyed
		}
	}
	if !j.State.Final() || j.State == store.JobDone {
		return p, nil
	}
	p.Secrets, err = a.Jobs.SecretsToType(j)
	return p, err
}

// childrenOf are the jobs of a bulk job; another job has none.
func (a *site) childrenOf(j store.Job) ([]store.Job, error) {
	if j.Kind != store.JobBulk {
		return nil, nil
	}
	return a.Store.Children(j.UserID, j.ID)
}

// isChild tells whether the list shows a job only as a line of the bulk job that it belongs to.
func isChild(j store.Job) bool { return j.Parent != "" }

// waits is 1 for a job that needs an answer, else 0.
func waits(j store.Job) int {
	if j.State == store.JobWaiting {
		return 1
	}
	return 0
}

// logTail is the number of the line after which the shown end of a log begins.
func logTail(j store.Job) int { return max(j.LogLast-views.LogTail, 0) }
