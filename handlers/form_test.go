package handlers

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"berth/forms"
	"berth/handlers/web"
	"berth/jobs"
	"berth/store"
	"berth/views/parts"
)

// A template as large as one may be goes through its form as a browser sends it.
func TestALargeTemplateSurvivesItsForm(t *testing.T) {
	t.Parallel()
	c := newTestApp(t).signedIn("mira")
	large := store.Template{Name: "Large", Unprivileged: true}
	for i := range 99 {
		large.Scripts = append(large.Scripts, store.Script{Name: fmt.Sprintf("s%d", i), Enabled: i%2 == 0, Content: strings.Repeat("true\n", 2000)})
	}
	for i := range 200 {
		large.Files = append(large.Files, store.File{Path: fmt.Sprintf("/srv/%d", i), Policy: store.FileReplace, Content: bytes.Repeat([]byte{0, 0xff}, 5000)})
	}
	for i := range 50 {
		large.Inputs = append(large.Inputs, store.Input{Name: fmt.Sprintf("IN_%d", i), Label: "One", Kind: store.InputText})
		large.Services = append(large.Services, store.Service{Name: fmt.Sprintf("s%d", i)})
	}
	made := c.template(large)
	form := c.get(parts.TemplateURL(made.ID)+"/edit", http.StatusOK).sent("template")
	a := c.uploadWith(parts.TemplateURL(made.ID), form, "file_upload.0", []byte("text\n"), http.StatusSeeOther)
	made.Files[0].Content = []byte("text\n")
	if got := c.templateAt(a); !reflect.DeepEqual(content(got), content(made)) {
		t.Error("it became another one")
	}
}

// Whatever arrives as a form with files is read as fields, or refused as none.
func FuzzPostedWithFiles(f *testing.F) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	if err := form.SetBoundary("b"); err != nil {
		f.Fatal(err)
	}
	part, err := form.CreateFormFile("file_upload.0", "x")
	if err != nil {
		f.Fatal(err)
	}
	if _, err := part.Write([]byte{0xff}); err != nil {
		f.Fatal(err)
	}
	if err := form.WriteField("file_path.0", "/x"); err != nil {
		f.Fatal(err)
	}
	if err := form.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add("multipart/form-data; boundary=b", body.Bytes())
	f.Add("multipart/form-data", []byte("x"))
	f.Add("application/x-www-form-urlencoded", []byte("file_path.0=/x&file_upload.0=y"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/templates", bytes.NewReader(body))
		r.Header.Set(echo.HeaderContentType, kind)
		values, err := web.PostedWithFiles(echo.New().NewContext(r, httptest.NewRecorder()))
		if err != nil {
			if p := web.Explained(err); p.Status != http.StatusBadRequest {
				t.Errorf("%v is answered with %d", err, p.Status)
			}
			return
		}
		forms.Template{Values: values, Errors: map[string]string{}}.Template() // whatever it holds
	})
}

// raw posts a body as it is, as a form.
func (c *client) raw(path, body string, want int) answer {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.app.server.URL+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return c.send(r, want)
}

func TestWhatIsNoFormIsRefusedAndAQueryIsNone(t *testing.T) {
	t.Parallel()
	h := newTestApp(t).harbour("mira")
	job, draft := "/jobs/"+h.setUp().ID, h.draft()
	made := parts.TemplateURL(h.template(forge()).ID)
	for _, path := range []string{job + "/retry", job + "/answer", parts.WizardURL(draft, "review"), parts.WizardURL(draft, "save-template"), parts.WizardURL(draft, "fetch"), made + "/duplicate"} {
		h.raw(path, "%zz", http.StatusBadRequest).says("The form could not be read")
	}
	h.post(job+"/retry?input_SHARE_PASSWORD="+typedSecret, nil, http.StatusUnprocessableEntity).says("Secret values are missing")
	h.post(job+"/answer?answer="+jobs.AnswerStop, nil, http.StatusUnprocessableEntity).says("not one of the answers")
}
