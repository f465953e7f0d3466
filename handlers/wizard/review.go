package wizard

import (
	"log/slog"
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/jobs"
	"berth/store"
	"berth/views/parts"
	"berth/views/wizard"
)

// Review shows everything that was chosen.
func (a *Pages) Review(c echo.Context) error {
	d, err := a.DraftOf(c)
	if err != nil {
		return err
	}
	return a.showReview(c, http.StatusOK, d, forms.SaveTemplate{Name: d.Values.Get("hostname")})
}

func (a *Pages) showReview(c echo.Context, status int, d store.Draft, save forms.SaveTemplate) error {
	w, plan, err := a.planStep(c.Request().Context(), d, "review")
	if err != nil {
		return err
	}
	form := w.Form
	form.CheckAll()
	form.MarkRefused(d.Refused)
	node, err := a.nodeOrDefault(d.UserID, form.Get("node"))
	if web.IsNotFound(err) {
		form.Mark(map[string]string{"node": NodeGone})
	} else if err != nil {
		return err
	}
	p := wizard.ReviewPage{Wizard: w, Plan: plan, Node: node, Save: save}
	if node.ID != "" {
		lists, err := a.listsPage(c, d, form)
		if err != nil {
			return err
		}
		p.Warning = lists.Warning("disk")
	}
	if len(form.Errors) == 0 {
		p.Command = form.Params().PctCreate()
	}
	return a.Page(c, status, "containers", "Review · New container", wizard.Review(p))
}

// Create judges the draft once more and begins to make the container. What has
// become wrong since leads back to its step. With setup=none nothing is done inside.
func (a *Pages) Create(c echo.Context) error {
	d, err := a.DraftOf(c)
	if err != nil {
		return err
	}
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	form := forms.ReadContainer(d.Values, nil)
	p, err := a.judgedPage(c, d, form)
	if err != nil {
		return err
	}
	if s := form.Errors["template"]; s != "" {
		choices, err := a.templateChoices(c, "")
		if err != nil {
			return err
		}
		choices.Error = s
		return a.showTemplates(c, http.StatusUnprocessableEntity, d, choices)
	}
	if len(form.Errors) > 0 {
		return a.showConfigure(c, http.StatusUnprocessableEntity, p)
	}
	plan, err := a.planOf(d, p.Template)
	if err != nil {
		return err
	}
	provision, node := plan.Provision(), p.Node.Node
	switch wrong := plan.Wrong(); {
	case posted.Get("setup") == "none":
		provision = store.Provision{}
	case len(wrong) > 0 && wrong[0].Step == "packages":
		return a.showPackages(c, http.StatusUnprocessableEntity, d)
	case len(wrong) > 0:
		return a.showScripts(c, http.StatusUnprocessableEntity, d, nil)
	case !provision.Empty() && !forms.CanProvision(node):
		return a.showReview(c, http.StatusUnprocessableEntity, d, forms.SaveTemplate{Name: d.Values.Get("hostname")})
	}
	spec := jobs.CreateSpec{Params: form.Params(), Start: form.On("start")}
	if p.TagsLater() {
		spec.AddTags, spec.Params.Tags = spec.Params.Tags, nil
	}
	job, err := a.begin(d, node, spec, provision)
	if err != nil {
		return err
	}
	return a.Redirect(c, parts.JobURL(job.ID))
}

// begin begins the job of a draft. The secrets are the job's from then on.
func (a *Pages) begin(d store.Draft, n store.Node, spec jobs.CreateSpec, provision store.Provision) (store.Job, error) {
	if provision.Empty() && provision.TemplateID == "" {
		return a.Jobs.Create(d.UserID, n.ID, d.ID, spec)
	}
	secrets, err := a.draftSecrets(d)
	if err != nil {
		return store.Job{}, err
	}
	job, err := a.Jobs.CreateProvisioned(d.UserID, n.ID, d.ID, spec, provision, secrets)
	if err != nil {
		return job, err
	}
	if err := a.Store.PutDraftSecrets(d.UserID, d.ID, nil); err != nil && !web.IsNotFound(err) {
		a.Log.Error("the secrets of a draft cannot be removed", slog.String("draft", d.ID), slog.Any("error", err))
	}
	return job, nil
}
