package web

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/store"
	"berth/templates"
)

// PostForm returns the fields of the request's body; those of its query are not among them.
func PostForm(c echo.Context) (url.Values, error) {
	r := c.Request()
	if err := r.ParseForm(); err != nil {
		return nil, formError{err}
	}
	return r.PostForm, nil
}

// MaxFields is the most fields that a form with files may have.
const MaxFields = 5000

// PostedWithFiles is PostForm for a form that may bring files along: the content of each
// is taken over into the row of its field. It reads part by part, as the library's own
// reader takes a thousand fields at most, fewer than a template may have.
func PostedWithFiles(c echo.Context) (url.Values, error) {
	kind, _, err := mime.ParseMediaType(c.Request().Header.Get(echo.HeaderContentType))
	if err != nil || kind != echo.MIMEMultipartForm {
		return PostForm(c)
	}
	parts, err := c.Request().MultipartReader()
	if err != nil {
		return nil, formError{err}
	}
	values, files := url.Values{}, map[string][]byte{}
	for n := 0; ; n++ {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, partError(err)
		}
		if n == MaxFields {
			return nil, formError{fmt.Errorf("more than %d fields", MaxFields)}
		}
		content, err := io.ReadAll(p)
		switch {
		case err != nil:
			return nil, partError(err)
		case p.FileName() != "":
			files[p.FormName()] = content
		case !forms.IsUpload(p.FormName()): // else no file was chosen
			values.Add(p.FormName(), string(content))
		}
	}
	for field, content := range files { // after the fields, which they replace
		forms.PutUpload(values, field, content)
	}
	return values, nil
}

// partError turns a failure to read a part into a status: it was too large, or malformed.
func partError(err error) error {
	if _, big := errors.AsType[*http.MaxBytesError](err); big {
		return err
	}
	return formError{err}
}

// TypedPackages are the packages of a form, by manager. What is wrong is said at their fields.
func TypedPackages(v url.Values, wrong map[string]string) ([]store.Package, error) {
	var all []store.Package
	for _, manager := range store.PackageManagers {
		field := "packages_" + manager
		list, err := templates.ParsePackages(manager, v.Get(field))
		if line, ok := errors.AsType[*templates.FileError](err); ok {
			wrong[field] = fmt.Sprintf("Line %d: %s", line.Line, line.Sentence)
		} else if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, nil
}

// FormatPackages are packages as a form holds them: those of each manager, one a line.
func FormatPackages(list []store.Package) map[string]string {
	packages := map[string]string{}
	for _, manager := range store.PackageManagers {
		packages[manager] = templates.FormatPackages(list, manager)
	}
	return packages
}

// AddWrong adds what is found to be wrong with the fields of which nothing is said yet.
func AddWrong(wrong, found map[string]string) {
	for field, sentence := range found {
		if wrong[field] == "" {
			wrong[field] = sentence
		}
	}
}
