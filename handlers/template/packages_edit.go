package template

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/store"
	"berth/templates"
	"berth/views/parts"
	"berth/views/template"
)

// PackagesNew shows the form of a package bucket that is to be made.
func (a *Pages) PackagesNew(c echo.Context) error {
	return a.showBucketForm(c, forms.NewBucket(forms.BucketUse{}, nil))
}

// PackagesEditPage shows the form of a package bucket.
func (a *Pages) PackagesEditPage(c echo.Context) error {
	u, err := a.bucketAt(c)
	if err != nil {
		return err
	}
	return a.showBucketForm(c, forms.NewBucket(u, web.FormatPackages(u.Bucket.Packages)))
}

// PackagesSave keeps what was typed, as a new bucket or as one of the user's, if nothing is wrong with it.
func (a *Pages) PackagesSave(c echo.Context) error {
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
	case web.IsNotFound(err): // it was there a moment ago
		f.WasDeleted()
		return a.showBucketForm(c, f)
	case errors.Is(err, store.ErrNameTaken): // it was free a moment ago
		f.Errors["name"] = bucketNameTaken
		return a.showBucketForm(c, f)
	case err != nil:
		return err
	}
	if err := a.Flash(c, "ok", "The package bucket "+kept.Name+" was saved."); err != nil {
		return err
	}
	return a.Redirect(c, "/packages")
}

// PackagesCheck judges one field while it is typed.
func (a *Pages) PackagesCheck(c echo.Context) error {
	field := c.QueryParam("field")
	if !forms.IsBucketField(field) {
		return echo.ErrNotFound
	}
	f := forms.Bucket{Values: c.QueryParams(), Errors: map[string]string{}}
	f.Before.Bucket.ID, f.Before.Bucket.UserID = c.QueryParam("id"), web.UserOf(c).ID
	if _, err := a.judgeBucket(f); err != nil {
		return err
	}
	return a.Part(c, http.StatusOK, parts.FieldError(field, f.Errors[field]))
}

const bucketNameTaken = "You already have a bucket with that name; choose another one"

// judgeBucket is the bucket that was typed. What is wrong with it is said at the form's fields.
func (a *Pages) judgeBucket(f forms.Bucket) (b store.PackageBucket, err error) {
	b = f.Bucket()
	if b.Packages, err = web.TypedPackages(f.Values, f.Errors); err != nil {
		return b, err
	}
	web.AddWrong(f.Errors, templates.CheckBucket(b))
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
func (a *Pages) typedBucketForm(c echo.Context) (forms.Bucket, error) {
	f := forms.Bucket{Errors: map[string]string{}}
	var err error
	if f.Values, err = web.PostForm(c); err != nil {
		return f, err
	}
	if c.Param("id") != "" {
		f.Before, err = a.bucketAt(c)
	}
	f.Before.Bucket.UserID = web.UserOf(c).ID
	if web.IsNotFound(err) {
		f.WasDeleted()
		return f, nil
	}
	return f, err
}

func (a *Pages) showBucketForm(c echo.Context, f forms.Bucket) error {
	return a.Page(c, web.FormStatus(f.Deleted, f.Changed, len(f.Errors) > 0), "templates", template.BucketFormTitle(f), template.PackagesEdit(f))
}
