package handlers

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/views"
)

// packages is GET /packages: the buckets, and which templates use them.
func (a *app) packages(c echo.Context) error {
	user := userOf(c)
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
	return a.page(c, http.StatusOK, "templates", "Packages · Templates", views.Packages(uses))
}

// bucketAt is the bucket of the request's address, with the templates that use it.
func (a *app) bucketAt(c echo.Context) (forms.BucketUse, error) {
	user := userOf(c)
	b, err := a.Store.PackageBucket(user.ID, c.Param("id"))
	if err != nil {
		return forms.BucketUse{}, err
	}
	list, err := a.Store.Templates(user.ID)
	return forms.UseOf(b, list), err
}

// packagesDeletePage asks first.
func (a *app) packagesDeletePage(c echo.Context) error {
	u, err := a.bucketAt(c)
	if err != nil {
		return err
	}
	return a.page(c, http.StatusOK, "templates", "Delete "+u.Bucket.Name, views.PackagesDelete(u))
}

// packagesDelete forgets a bucket.
func (a *app) packagesDelete(c echo.Context) error {
	u, err := a.bucketAt(c)
	if err != nil {
		return err
	}
	if err := a.Store.DeletePackageBucket(u.Bucket.UserID, u.Bucket.ID); err != nil {
		return err
	}
	if err := a.flash(c, "ok", "The package bucket "+u.Bucket.Name+" was deleted."); err != nil {
		return err
	}
	return a.redirect(c, "/packages")
}
