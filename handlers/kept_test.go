package handlers

import (
	"net/http"
	"net/url"
	"testing"

	"berth/store"
	"berth/store/storetest"
	"berth/views/human"
)

// All pages show what an earlier version kept.
func TestPagesOfADatabaseOfAnEarlierVersion(t *testing.T) {
	t.Parallel()
	ta := newTestAppAt(t, storetest.Restore(t, "../store/testdata/schema-7.tar.gz"))
	c := ta.browser()
	c.post("/login", url.Values{"username": {"ada"}, "password": {"correct horse"}}, http.StatusSeeOther)
	for _, path := range []string{"/", "/jobs", "/templates", "/packages", "/settings/nodes", "/account", "/containers/new"} {
		isAWholePage(c.get(path, http.StatusOK))
	}
	ada, err := ta.Store.CheckPassword("ada", "correct horse")
	mustNot(t, err)
	all, err := ta.Store.Jobs(ada.ID, "", 100)
	mustNot(t, err)
	sentences := 0 // kept in the place of messages
	for _, j := range all {
		a := c.get("/jobs/"+j.ID, http.StatusOK)
		isAWholePage(a)
		if j.Problem != nil {
			a.says(human.Clause(j.Problem.Told))
			sentences++
		}
		for _, s := range j.Steps {
			if s.Detail.Kind != "" && j.Kind != store.JobBulk {
				a.says(human.Clause(s.Detail.Told))
				sentences++
			}
		}
		c.get("/jobs/"+j.ID+"/log", http.StatusOK)
	}
	if len(all) != 31 || sentences < 20 {
		t.Errorf("%d jobs with %d sentences", len(all), sentences)
	}
	drafts, err := ta.Store.Drafts(ada.ID)
	mustNot(t, err)
	for _, d := range drafts {
		for _, step := range []string{"template", "configure", "packages", "scripts"} {
			isAWholePage(c.get("/containers/new/"+d.ID+"/"+step, http.StatusOK))
		}
	}
	templates, err := ta.Store.Templates(ada.ID)
	mustNot(t, err)
	for _, x := range templates {
		isAWholePage(c.get("/templates/"+x.ID+"/edit", http.StatusOK))
	}
}
