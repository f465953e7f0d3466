package wizard

import (
	"context"
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/store"
	"berth/views/inputs"
	"berth/views/parts"
	"berth/views/wizard"
)

// Alike adds a row for another container that is made with the same form, or removes the one whose number is posted. What was
// typed is kept.
func (a *Pages) Alike(c echo.Context) error {
	posted, err := web.PostForm(c)
	if err != nil {
		return err
	}
	var next string
	d, form, err := a.keepTyped(c, func(d *store.Draft) { next = forms.ChangeAlike(d, posted.Get("alike")) })
	if err != nil {
		return err
	}
	if !web.WantsPart(c) {
		return a.Redirect(c, parts.WizardURL(d.ID, "configure")+"?open="+string(forms.FoldAlike)+"#"+next)
	}
	form.CheckTyped()
	p, err := a.nodePage(c, d, form)
	if err != nil {
		return err
	}
	if err := a.judgeAlike(c.Request().Context(), &p); err != nil {
		return err
	}
	return a.Part(c, http.StatusOK, wizard.AlikeChanged(p, next))
}

// judgeAlike asks whether the VMIDs of the others are free.
func (a *Pages) judgeAlike(ctx context.Context, p *forms.Configure) error {
	for _, row := range p.Form.Alike {
		v, err := a.judged(ctx, p.Node.Node, row.VMID)
		if err != nil {
			return err
		}
		p.JudgeAlike(v)
	}
	return nil
}

func (a *Pages) judged(ctx context.Context, n store.Node, vmid string) (forms.Judged, error) {
	v, err := a.Fleet.Check(ctx, n.UserID, n.ID, vmid)
	return forms.Judged{Verdict: v, Unknown: web.WhyUnknown(n, v)}, err
}

// checkAlike judges a field of one of the others while it is typed, by all that is in the form.
func (a *Pages) checkAlike(c echo.Context, form forms.Container, row int, field string) error {
	name := forms.AlikeField(row, field)
	if wrong := form.Errors[name]; wrong != "" || field != "vmid" {
		return a.Part(c, http.StatusOK, parts.FieldVerdict(name, wrong, ""))
	}
	node, err := a.nodeOrDefault(web.UserOf(c).ID, form.Get("node"))
	if err != nil {
		return err
	}
	v, err := a.judged(c.Request().Context(), node, form.Alike[row].VMID)
	if err != nil {
		return err
	}
	return a.Part(c, http.StatusOK, inputs.VMIDVerdict(name, v.Verdict, v.Unknown))
}
