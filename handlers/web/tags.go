package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/store"
	"berth/views/parts"
)

// TagSheetPath is the stylesheet of a user's tags.
const TagSheetPath = "/tags.css"

// TagSheet is GET /tags.css: rules for the tags that the clusters of the user give colours. It asks no host.
func (a *App) TagSheet(c echo.Context) error {
	u, _ := userIn(c)
	nodes, err := a.Store.Nodes(u.ID)
	if err != nil {
		return err
	}
	sheet := a.tagSheet(nodes)
	h, tag := c.Response().Header(), `"`+sheetVersion(sheet)+`"`
	h.Set("ETag", tag)
	h.Set(echo.HeaderCacheControl, "private, max-age=86400") // pages name its version
	if c.Request().Header.Get("If-None-Match") == tag {
		return c.NoContent(http.StatusNotModified)
	}
	return a.send(c, http.StatusOK, "text/css; charset=utf-8", []byte(sheet))
}

func (a *App) tagSheet(nodes []store.Node) string {
	var colours []parts.TagColour
	for _, c := range a.Fleet.TagColours(nodes) {
		colours = append(colours, parts.TagColour(c))
	}
	return parts.TagSheet(colours)
}

// tagSheetURL is where a page finds the stylesheet; "" where no tag has a colour.
func (a *App) tagSheetURL(nodes []store.Node) string {
	sheet := a.tagSheet(nodes)
	if sheet == "" {
		return ""
	}
	return TagSheetPath + "?v=" + sheetVersion(sheet)
}

func sheetVersion(sheet string) string {
	sum := sha256.Sum256([]byte(sheet))
	return hex.EncodeToString(sum[:6])
}
