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
	w, plan, err := a.planStep(c.Request().Context(), d)
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
	if len(form.Wrong()) == 0 {
		p.Command = form.Commands()
	}
	return a.Page(c, status, "containers", "Review · New container", wizard.Review(p))
}

// Create keeps what was sent with it, judges all of the draft and begins to make the container. With anything wrong it
// leads back to the page. With setup=none nothing is done inside.
func (a *Pages) Create(c echo.Context) error {
	d, form, err := a.keepTyped(c, noteSent)
	if web.IsNotFound(err) {
		return a.draftGone(c)
	}
	if err != nil {
		return err
	}
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
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	provision := p.Plan.Provision()
	if posted.Get("setup") == "none" {
		provision = store.Provision{}
	} else if len(p.Plan.Wrong()) > 0 || p.LacksSSH() {
		return a.showWrong(c, p)
	}
	if len(form.Wrong()) > 0 {
		return a.showWrong(c, p)
	}
	job, err := a.begin(d, p.Node.Node, specsOf(p), provision)
	if err != nil {
		return err
	}
	return a.Redirect(c, parts.JobURL(job.ID))
}

// specsOf are the parameters of all containers that a form makes.
func specsOf(p forms.Configure) []jobs.CreateSpec {
	var specs []jobs.CreateSpec
	for _, one := range p.Form.Each() {
		spec := jobs.CreateSpec{Params: one.Params(), Start: one.On("start")}
		if p.TagsLater() {
			spec.AddTags, spec.Params.Tags = spec.Params.Tags, nil
		}
		specs = append(specs, spec)
	}
	return specs
}

// begin begins the job of a draft, or one for each of several containers below a bulk job. The secrets are theirs from then on.
func (a *Pages) begin(d store.Draft, n store.Node, specs []jobs.CreateSpec, provision store.Provision) (store.Job, error) {
	if len(specs) == 1 && provision.Empty() && provision.TemplateID == "" {
		return a.Jobs.Create(d.UserID, n.ID, d.ID, specs[0])
	}
	secrets, err := a.draftSecrets(d)
	if err != nil {
		return store.Job{}, err
	}
	var job store.Job
	if len(specs) == 1 {
		job, err = a.Jobs.CreateProvisioned(d.UserID, n.ID, d.ID, specs[0], provision, secrets)
	} else {
		job, err = a.Jobs.CreateSeveral(d.UserID, n.ID, d.ID, specs, provision, secrets)
	}
	if err != nil {
		return job, err
	}
	if err := a.Store.PutDraftSecrets(d.UserID, d.ID, nil); err != nil && !web.IsNotFound(err) {
		a.Log.Error("the secrets of a draft cannot be removed", slog.String("draft", d.ID), slog.Any("error", err))
	}
	return job, nil
}
