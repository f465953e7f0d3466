package handlers

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"

	"berth/store"
	"berth/views"
	"berth/views/explain"
)

// logPage bounds the lines of a log that are read at once.
const logPage = 1000

// jobLog is GET /jobs/{id}/log: the whole log as a text file. That of a bulk job has
// the logs of its containers one after the other, each below a line that names it.
func (a *site) jobLog(c echo.Context) error {
	j, err := a.jobOf(c)
	if err != nil {
		return err
	}
	children, err := a.childrenOf(j)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/plain; charset=utf-8")
	h.Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="berth-job-%s.log"`, j.Label()))
	h.Set(echo.HeaderCacheControl, "no-store")
	c.Response().WriteHeader(http.StatusOK)
	w := bufio.NewWriter(c.Response())
	if j.Kind != store.JobBulk {
		if err := a.writeLog(w, j); err != nil {
			return err
		}
	}
	for i, child := range children {
		if i > 0 {
			_ = w.WriteByte('\n') // Flush tells
		}
		_, _ = fmt.Fprintf(w, "# %s\n", views.LogHeading(child))
		if err := a.writeLog(w, child); err != nil {
			return err
		}
	}
	return w.Flush()
}

// writeLog writes all lines of a job's log.
func (a *site) writeLog(w io.Writer, j store.Job) error {
	for last := 0; ; {
		lines, err := a.Store.Log(j.ID, last, logPage)
		if err != nil {
			return err
		}
		for _, l := range lines {
			last = l.N
			if _, err := fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", l.N, l.At.UTC().Format(time.RFC3339), l.Stream, explain.Line(j, l)); err != nil {
				return err
			}
		}
		if len(lines) < logPage {
			return nil
		}
	}
}
