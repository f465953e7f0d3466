package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/store"
	"berth/templates"
	"berth/views"
)

// packagesNew shows the form of a package bucket that is to be made.
func (a *app) packagesNew(c echo.Context) error {
	return a.showBucketForm(c, forms.NewBucket(forms.BucketUse{}, nil))
}

// packagesEditPage shows the form of a package bucket.
func (a *app) packagesEditPage(c echo.Context) error {
	u, err := a.bucketAt(c)
	if err != nil {
		return err
	}
	return a.showBucketForm(c, forms.NewBucket(u, formatPackages(u.Bucket.Packages)))
}

// packagesSave keeps what was typed, as a new bucket or as one of the user's, if nothing is wrong with it.
func (a *app) packagesSave(c echo.Context) error {
	f, err := a.typedBucketForm(c)
	if err != nil {
		return err
	}
	if f.Deleted {
		return a.showBucketForm(c, f)
	}
	b, err := a.judgeBucket(f)
	if err != nil {
		return err
	}
	if len(f.Errors) > 0 {
		return a.showBucketForm(c, f)
	}
	kept, err := a.Store.PutPackageBucket(b)
	switch {
	case errors.Is(err, store.ErrChanged):
		f.Changed = true
		f.Values.Set("revision", strconv.Itoa(f.Before.Bucket.Revision)) // so that it can be saved knowingly
		return a.showBucketForm(c, f)
	case isNotFound(err): // it was there a moment ago
		f.WasDeleted()
		return a.showBucketForm(c, f)
	case errors.Is(err, store.ErrNameTaken): // it was free a moment ago
		f.Errors["name"] = bucketNameTaken
		return a.showBucketForm(c, f)
	case err != nil:
		return err
	}
	if err := a.flash(c, "ok", "The package bucket "+kept.Name+" was saved."); err != nil {
		return err
	}
	return a.redirect(c, "/packages")
}

// packagesCheck judges one field while it is typed.
func (a *app) packagesCheck(c echo.Context) error {
	field := c.QueryParam("field")
	if !forms.IsBucketField(field) {
		return echo.ErrNotFound
	}
	f := forms.Bucket{Values: c.QueryParams(), Errors: map[string]string{}}
	f.Before.Bucket.ID, f.Before.Bucket.UserID = c.QueryParam("id"), userOf(c).ID
	if _, err := a.judgeBucket(f); err != nil {
		return err
	}
	return a.part(c, http.StatusOK, views.FieldError(field, f.Errors[field]))
}

const bucketNameTaken = "You have a bucket of that name; choose another one"

// judgeBucket is the bucket that was typed. What is wrong with it is said at the form's fields.
func (a *app) judgeBucket(f forms.Bucket) (b store.PackageBucket, err error) {
	b = f.Bucket()
	if b.Packages, err = typedPackages(f.Values, f.Errors); err != nil {
		return b, err
	}
	addWrong(f.Errors, templates.CheckBucket(b))
	others, err := a.Store.PackageBuckets(b.UserID)
	if err != nil {
		return b, err
	}
	for _, o := range others {
		if o.ID != b.ID && strings.EqualFold(o.Name, b.Name) {
			f.Errors["name"] = bucketNameTaken
		}
	}
	return b, nil
}

// typedBucketForm is the form as it was sent, of the bucket of the path or of a new one.
func (a *app) typedBucketForm(c echo.Context) (forms.Bucket, error) {
	f := forms.Bucket{Errors: map[string]string{}}
	var err error
	if f.Values, err = postForm(c); err != nil {
		return f, err
	}
	if c.Param("id") != "" {
		f.Before, err = a.bucketAt(c)
	}
	f.Before.Bucket.UserID = userOf(c).ID
	if isNotFound(err) {
		f.WasDeleted()
		return f, nil
	}
	return f, err
}

func (a *app) showBucketForm(c echo.Context, f forms.Bucket) error {
	return a.page(c, formStatus(f.Deleted, f.Changed, len(f.Errors) > 0), "templates", views.BucketFormTitle(f), views.PackagesEdit(f))
}
