package wizard

import (
	"context"
	"errors"

	"berth/forms"
	"berth/handlers/web"
	"berth/store"
	"berth/templates"
)

// planOf resolves what will be provisioned in a draft's container, and judges it. What is wrong goes into errors, by field.
func (a *Pages) planOf(d store.Draft, t store.Template, errors map[string]string) (forms.Plan, error) {
	p := forms.Plan{Draft: d, Template: t, Typed: map[string]bool{}, Errors: errors}
	buckets, err := a.Store.PackageBuckets(d.UserID)
	if err != nil {
		return p, err
	}
	p.Offered = templates.Resolve(t, buckets)
	all, err := web.TypedPackages(d.Values, p.Errors)
	if err != nil {
		return p, err
	}
	all = append(all, forms.WantedPackages(d, p.Offered)...)
	p.Packages = templates.Resolve(store.Template{Packages: all}, nil) // the user's own versions count
	secrets, err := a.draftSecrets(d)
	if err != nil {
		return p, err
	}
	for name := range secrets {
		p.Typed[name] = true
	}
	p.CheckInputs()
	return p, nil
}

// draftSecrets decrypts the secret fields of a draft. Those that cannot be
// read any more, with a lost key, have to be typed anew.
func (a *Pages) draftSecrets(d store.Draft) (map[string]string, error) {
	secrets, err := a.Store.DraftSecrets(d.UserID, d.ID)
	if web.IsNotFound(err) || errors.Is(err, store.ErrKey) {
		return nil, nil
	}
	return secrets, err
}

// planStep is a draft with the template and plan of one of the pages for what is done inside.
func (a *Pages) planStep(ctx context.Context, d store.Draft) (forms.Wizard, forms.Plan, error) {
	w, err := a.wizard(ctx, d, forms.OfDraft(d, nil))
	if err != nil {
		return w, forms.Plan{}, err
	}
	p, err := a.planOf(d, w.Template, w.Form.Errors)
	return w, p, err
}
