package handlers

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/url"
	"testing"

	"berth/handlers/web"
	"berth/templates"
)

// upload sends a file as a browser does.
func (c *client) upload(path, field string, content []byte, want int) answer {
	c.t.Helper()
	return c.uploadWith(path, nil, field, content, want)
}

// uploadWith sends a file beside other fields.
func (c *client) uploadWith(path string, fields url.Values, field string, content []byte, want int) answer {
	c.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for name, values := range fields {
		for _, v := range values {
			if err := form.WriteField(name, v); err != nil {
				c.t.Fatal(err)
			}
		}
	}
	part, err := form.CreateFormFile(field, "template.tar.gz")
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := part.Write(content); err != nil {
		c.t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		c.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.app.server.URL+path, &body)
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", form.FormDataContentType())
	r.Header.Set("Origin", c.app.server.URL)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := c.http.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	var page bytes.Buffer
	if _, err := page.ReadFrom(res.Body); err != nil {
		c.t.Fatal(err)
	}
	a := answer{t: c.t, what: "POST " + path, status: res.StatusCode, header: res.Header, body: page.String()}
	if a.status != want {
		c.t.Fatalf("%s: status %d, want %d\n%s", a.what, a.status, want, a.text())
	}
	return a
}

func TestAnArchiveIsImported(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	var archive bytes.Buffer
	if err := templates.WriteArchive(&archive, templates.Bundle{Template: forge()}); err != nil {
		t.Fatal(err)
	}
	a := c.upload("/templates/import", "archive", archive.Bytes(), http.StatusSeeOther)
	c.follow(a, http.StatusOK).says("The template Forge was imported.", "prepare", "/etc/motd")
	c.upload("/templates/import", "archive", archive.Bytes(), http.StatusUnprocessableEntity).says("You have a template named Forge.")
	c.upload("/templates/import", "archive", []byte("no archive"), http.StatusUnprocessableEntity).says("In it: this is neither a zip nor a tar.gz.")
	c.upload("/templates/import", "archive", make([]byte, templates.MaxArchive), http.StatusUnprocessableEntity).says("In it: ")
	c.upload("/templates/import", "archive", make([]byte, templates.MaxArchive+2*web.MaxBody), http.StatusUnprocessableEntity).says("The archive is too large.")
	c.upload("/templates/import", "other", nil, http.StatusUnprocessableEntity).says("No archive was uploaded.")
	if list, err := c.app.Store.Templates(c.user.ID); err != nil || len(list) != 1 {
		t.Errorf("%d templates, %v", len(list), err)
	}
}
