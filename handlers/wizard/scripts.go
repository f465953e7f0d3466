package wizard

import (
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/store"
	"berth/views/parts"
	"berth/views/wizard"
)

// Scripts shows the page on which scripts are chosen and put in order.
func (a *Pages) Scripts(c echo.Context) error {
	d, err := a.DraftOf(c)
	if err != nil {
		return err
	}
	return a.showScripts(c, http.StatusOK, d, nil)
}

// showScripts shows that page; refused says what is wrong with secrets that were not kept.
func (a *Pages) showScripts(c echo.Context, status int, d store.Draft, refused map[string]string) error {
	w, p, err := a.planStep(c.Request().Context(), d)
	if err != nil {
		return err
	}
	maps.Copy(p.Errors, refused)
	return a.Page(c, status, "containers", "Scripts · New container", wizard.ScriptsStep(w, p))
}

// SetScripts keeps which scripts run, in which order, and what they ask for.
// Secrets go where they are encrypted, and never into the draft itself.
func (a *Pages) SetScripts(c echo.Context) error {
	d, err := a.DraftOf(c)
	if err != nil {
		return err
	}
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	t, err := a.TemplateOf(d.UserID, d.Values.Get("template"))
	if err != nil && !web.IsNotFound(err) {
		return err
	}
	var typed map[string]string
	d, err = a.Store.UpdateDraft(d.UserID, d.ID, func(d *store.Draft) error {
		forms.KeepScripts(d, t, posted)
		typed = forms.KeepInputs(d, t, posted)
		return nil
	})
	if err != nil {
		return err
	}
	refused, err := a.keepSecrets(d, t, typed)
	if err != nil {
		return err
	}
	if _, name, moves := strings.Cut(posted.Get("move"), ":"); moves {
		return a.Redirect(c, parts.WizardURL(d.ID, "scripts")+"#script-"+url.PathEscape(name))
	}
	p, err := a.planOf(d, t, map[string]string{})
	if err != nil {
		return err
	}
	if wrong := p.Wrong(); len(refused) > 0 || len(wrong) > 0 && wrong[len(wrong)-1].Step == "scripts" {
		return a.showScripts(c, http.StatusUnprocessableEntity, d, refused)
	}
	return a.Redirect(c, parts.WizardFoldURL(d.ID, forms.FoldInside))
}

// keepSecrets keeps what was typed for secret inputs beside what was typed before, and
// says by its field what is wrong with what it does not keep.
func (a *Pages) keepSecrets(d store.Draft, t store.Template, typed map[string]string) (refused map[string]string, err error) {
	if len(typed) == 0 {
		return nil, nil
	}
	kept, err := a.draftSecrets(d)
	if err != nil {
		return nil, err
	}
	if kept == nil {
		kept = map[string]string{}
	}
	refused = map[string]string{}
	for _, in := range t.Inputs {
		v, ok := typed[in.Name]
		if !ok {
			continue
		}
		if s := forms.CheckInput(in, v); s != "" {
			refused["input_"+in.Name] = s
			continue
		}
		kept[in.Name] = v
	}
	return refused, a.Store.PutDraftSecrets(d.UserID, d.ID, kept)
}
