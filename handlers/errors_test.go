package handlers

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"berth/handlers/web"
	"berth/pct/consoles"
	"berth/store"
	"berth/templates"
	"berth/views/layout"
)

// failing serves one more route, which fails with err (or panics with it, when it is a panicValue).
func failing(t *testing.T, ta *testApp, err error) http.Handler {
	t.Helper()
	e := ta.echo()
	e.GET("/fail", func(echo.Context) error {
		if p, ok := err.(panicValue); ok {
			panic(string(p))
		}
		return err
	})
	return e
}

type panicValue string

func (p panicValue) Error() string { return string(p) }

func TestErrorsArePagesWithARequestID(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	for name, tc := range map[string]struct {
		err    error
		status int
		title  string
	}{
		"an error of ours":    {errors.New("raw words of Go"), http.StatusInternalServerError, "Something failed inside Berth"},
		"a panic":             {panicValue("raw words of Go"), http.StatusInternalServerError, "Something failed inside Berth"},
		"what is not there":   {fmt.Errorf("raw words of Go: %w", store.ErrNotFound), http.StatusNotFound, "There is nothing here"},
		"a key that is wrong": {fmt.Errorf("raw words of Go: %w", store.ErrKey), http.StatusInternalServerError, "A secret cannot be read"},
		"a deadline":          {context.DeadlineExceeded, http.StatusGatewayTimeout, "That took too long"},
		"no node yet":         {web.ErrNoNode, http.StatusConflict, "This needs a Proxmox node"},
		"a busy container":    {&store.BusyError{Job: store.Job{ID: "7", Name: "pihole", VMID: 101, Kind: store.JobStop}}, http.StatusConflict, "pihole (101) is being stopped by job 7"},
		"a folder not ours":   {web.FolderError{Dir: "/srv", Err: fmt.Errorf("raw words of Go: %w", fs.ErrPermission)}, http.StatusInternalServerError, "The folder of templates cannot be read"},
		"a folder too full":   {web.FolderError{Dir: "/srv", Err: &templates.FileError{Sentence: "too much"}}, http.StatusInternalServerError, "The folder of templates cannot be read"},
		"consoles enough":     {fmt.Errorf("raw words of Go: %w", &consoles.LimitError{Max: 24}), http.StatusConflict, "All 24 consoles are in use"},
		"of a host":           {&consoles.LimitError{Max: 32, OfHost: true}, http.StatusConflict, "All 32 consoles of this host are in use"},
		"a status":            {echo.NewHTTPError(http.StatusUnsupportedMediaType, "raw words of Go"), http.StatusUnsupportedMediaType, "The request was refused"},
	} {
		t.Run(name, func(t *testing.T) {
			h := failing(t, ta, tc.err)
			r := httptest.NewRequest(http.MethodGet, "/fail", nil)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			a := answer{t: t, what: "GET /fail", status: w.Code, header: w.Header(), body: w.Body.String()}
			if w.Code != tc.status {
				t.Errorf("status %d, want %d", w.Code, tc.status)
			}
			isAWholePage(a)
			id := w.Header().Get("X-Request-Id")
			a.says(tc.title, "Request "+id)
			a.lacks("raw words of Go")
			if tc.status >= 500 && !strings.Contains(ta.log.String(), id) {
				t.Error("the log does not have it")
			}

			r.Header.Set("HX-Request", "true")
			w = httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != tc.status || w.Header().Get("HX-Retarget") != "#flash" || w.Header().Get("HX-Reswap") != "innerHTML" {
				t.Errorf("for htmx: status %d, %v", w.Code, w.Header())
			}
			if strings.Contains(w.Body.String(), "<html") || !strings.Contains(w.Body.String(), tc.title) {
				t.Errorf("for htmx: %s", w.Body)
			}
		})
	}
}

func TestAClientThatIsGoneGetsNoErrorPage(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r := httptest.NewRequest(http.MethodGet, "/fail", nil).WithContext(ctx)
	w := httptest.NewRecorder()
	failing(t, ta, fmt.Errorf("asking: %w", context.Canceled)).ServeHTTP(w, r)
	if w.Body.Len() != 0 || w.Code != http.StatusServiceUnavailable {
		t.Errorf("it got %d %q", w.Code, w.Body)
	}
	if strings.Contains(ta.log.String(), "request failed") {
		t.Error("the log counts it as a failure")
	}
}

func TestAWrongMethodIsExplained(t *testing.T) {
	t.Parallel()
	ta := newTestApp(t)
	a := ta.signedIn("mira").post("/jobs", nil, http.StatusMethodNotAllowed)
	a.says("This page can't be opened that way")
	isAWholePage(a)
}

// isEndedWell says what is wrong with how a problem's sentences are set.
func isEndedWell(p layout.Problem) string {
	if strings.HasSuffix(p.Title, ".") || strings.Contains(p.Title, "!") {
		return "the title is no heading"
	}
	for _, s := range []string{p.Why, p.Next} {
		s = strings.TrimSpace(s)
		if s != "" && !strings.HasSuffix(s, ".") && !strings.HasSuffix(s, "?") || strings.Contains(s, "..") || strings.Contains(s, "!") && !strings.Contains(s, "@pve!") {
			return "the sentences do not end like sentences"
		}
	}
	return ""
}
