package web

import (
	"context"
	"regexp"
	"time"

	"github.com/labstack/echo/v4"
)

// ZoneCookie holds the name of the browser's time zone, as "Europe/Berlin". The script of pages sets it; moments are written in
// that zone, and without it in UTC, which pages say.
const ZoneCookie = "berth_tz"

// zoneName is what a name of the IANA time zone database may be: it is part of a file's name.
var zoneName = regexp.MustCompile(`^[A-Z][A-Za-z0-9+_-]{1,31}(/[A-Za-z0-9+_-]{1,31}){0,2}$`)

type zoneKey struct{}

// Zone notes in which time zone the reader is.
func Zone(next echo.HandlerFunc) echo.HandlerFunc {
	return func(c echo.Context) error {
		if cookie, err := c.Cookie(ZoneCookie); err == nil {
			r := c.Request()
			c.SetRequest(r.WithContext(context.WithValue(r.Context(), zoneKey{}, zoneOf(cookie.Value))))
		}
		return next(c)
	}
}

// zoneOf returns the zone of that name: UTC where there is none, or this machine has no time zone database. Pages tell by
// their data-zone which it became, and their script then writes moments in the browser's.
func zoneOf(name string) *time.Location {
	switch {
	case name == time.UTC.String():
		return time.FixedZone(name, 0) // the reader's own: unlike time.UTC it needs no word
	case !zoneName.MatchString(name), name == time.Local.String():
		return time.UTC
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}

// NowFor is the time of day in the zone of who makes the request with that context.
func (a *App) NowFor(ctx context.Context) time.Time {
	zone, ok := ctx.Value(zoneKey{}).(*time.Location)
	if !ok {
		zone = time.UTC
	}
	return a.Now().In(zone)
}
