package handlers

import (
	"bufio"
	"fmt"
	"net/http"
	"time"

	"github.com/labstack/echo/v4"
)

// logPage is how many lines of a log are read at once.
const logPage = 1000

// jobLog is GET /jobs/{id}/log: the whole log as a text file.
func (a *app) jobLog(c echo.Context) error {
	j, err := a.jobOf(c)
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set(echo.HeaderContentType, "text/plain; charset=utf-8")
	h.Set(echo.HeaderContentDisposition, fmt.Sprintf(`attachment; filename="berth-job-%s.log"`, j.ID))
	h.Set(echo.HeaderCacheControl, "no-store")
	c.Response().WriteHeader(http.StatusOK)
	w := bufio.NewWriter(c.Response())
	for last := 0; ; {
		lines, err := a.Store.Log(j.ID, last, logPage)
		if err != nil {
			return err
		}
		for _, l := range lines {
			last = l.N
			if _, err := fmt.Fprintf(w, "%d\t%s\t%s\t%s\n", l.N, l.At.UTC().Format(time.RFC3339), l.Stream, l.Text); err != nil {
				return err
			}
		}
		if len(lines) < logPage {
			return w.Flush()
		}
	}
}
