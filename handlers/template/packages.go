package template

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/views/template"
)

// Packages is GET /packages: the buckets, and which templates use them.
func (a *Pages) Packages(c echo.Context) error {
	user := web.UserOf(c)
	buckets, err := a.Store.PackageBuckets(user.ID)
	if err != nil {
		return err
	}
	list, err := a.Store.Templates(user.ID)
	if err != nil {
		return err
	}
	var uses []forms.BucketUse
	for _, b := range buckets {
		uses = append(uses, forms.UseOf(b, list))
	}
	return a.Page(c, http.StatusOK, "templates", "Packages · Templates", template.Packages(uses))
}

// bucketAt is the bucket of the request's address, with the templates that use it.
func (a *Pages) bucketAt(c echo.Context) (forms.BucketUse, error) {
	user := web.UserOf(c)
	b, err := a.Store.PackageBucket(user.ID, c.Param("id"))
	if err != nil {
		return forms.BucketUse{}, err
	}
	list, err := a.Store.Templates(user.ID)
	return forms.UseOf(b, list), err
}

// PackagesDeletePage asks first.
func (a *Pages) PackagesDeletePage(c echo.Context) error {
	u, err := a.bucketAt(c)
	if err != nil {
		return err
	}
	return a.Page(c, http.StatusOK, "templates", "Delete "+u.Bucket.Name+"?", template.PackagesDelete(u))
}

// PackagesDelete forgets a bucket.
func (a *Pages) PackagesDelete(c echo.Context) error {
	u, err := a.bucketAt(c)
	if err != nil {
		return err
	}
	if err := a.Store.DeletePackageBucket(u.Bucket.UserID, u.Bucket.ID); err != nil {
		return err
	}
	if err := a.Flash(c, "ok", "The package bucket "+u.Bucket.Name+" was deleted."); err != nil {
		return err
	}
	return a.Redirect(c, "/packages")
}
