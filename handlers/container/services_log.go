package container

import (
	"context"
	"errors"
	"net/http"
	"net/url"

	"github.com/labstack/echo/v4"

	"berth/handlers/web"
	"berth/pct"
	"berth/pct/inside"
	"berth/store"
	"berth/views/container"
	"berth/views/layout"
)

// ServiceLog is GET /containers/{node}/{vmid}/services/{name}/log. It waits for nothing
// inside the container; with ?look=1 it does, and with ?follow=1 the lines come by the stream.
func (a *Pages) ServiceLog(c echo.Context) error {
	p, silence, err := a.logPage(c)
	if err != nil {
		return err
	}
	p.Follow = c.QueryParam("follow") != ""
	p.Problem = silence
	if c.QueryParam("look") != "" && silence == nil {
		p.Log = &inside.Log{}
		err := a.reach(c.Request().Context(), silence, p.Page, func(ctx context.Context, host *pct.Host) (err error) {
			*p.Log, err = inside.ReadLog(ctx, host, p.Card.VMID, p.Service)
			return err
		})
		p.Problem = problemOf(err)
	}
	return a.PageOrPart(c, http.StatusOK, "containers", "Log of "+p.Service, container.ServiceLog(p), container.ServiceLogPanel(p))
}

// logPage is that of the service of the path, without its lines. silence is why there can be none now.
func (a *Pages) logPage(c echo.Context) (p container.LogPage, silence *layout.Problem, err error) {
	name, err := url.PathUnescape(c.Param("name"))
	if err != nil || !inside.ValidService(name) {
		return p, nil, store.ErrNotFound
	}
	p.Service = name
	p.Page, silence, err = a.containerOrSilence(c)
	return p, silence, err
}

// ServiceLogEvents is GET /containers/{node}/{vmid}/services/{name}/log/events: the log as
// it grows. A browser that had lines already says so in Last-Event-ID and gets those after
// them; any other gets the last ones first.
func (a *Pages) ServiceLogEvents(c echo.Context) error {
	p, silence, err := a.logPage(c)
	if err != nil {
		return err
	}
	var viewer *inside.Viewer
	opened := a.reach(c.Request().Context(), silence, p.Page, func(_ context.Context, host *pct.Host) (err error) {
		viewer, err = a.Inside.Follow(p.Ref(), host, p.Service, c.Request().Header.Get("Last-Event-ID"))
		return err
	})
	s, err := a.OpenStream(c)
	if err != nil {
		if viewer != nil {
			viewer.Close()
		}
		return err
	}
	defer s.Close()
	if opened != nil {
		return errors.Join(s.Send("state", "", container.ServiceLogState("", p.Now, problemOf(opened), true)), s.Done())
	}
	defer viewer.Close()
	for {
		u, err := nextLines(s.Ctx, viewer)
		switch {
		case errors.Is(err, context.DeadlineExceeded) && s.Ctx.Err() == nil:
			if err := s.Beat(); err != nil {
				return err
			}
		case err != nil:
			return err
		default:
			if err := a.sendLines(s, p, u); err != nil || u.Over {
				return errors.Join(err, s.Done())
			}
		}
	}
}

// nextLines waits for no longer than a stream may be silent.
func nextLines(ctx context.Context, v *inside.Viewer) (inside.LogUpdate, error) {
	ctx, cancel := context.WithTimeout(ctx, web.Heartbeat)
	defer cancel()
	return v.Next(ctx)
}

func (a *Pages) sendLines(s *web.EventStream, p container.LogPage, u inside.LogUpdate) error {
	if u.Fresh || u.Over {
		var problem *layout.Problem
		if u.Err != nil {
			problem = problemOf(web.About(p.Node, u.Err))
		}
		now := a.NowFor(s.Ctx)
		if err := s.Send("state", "", container.ServiceLogState(container.FollowWords(u.Source, u.Over, now), now, problem, true)); err != nil {
			return err
		}
	}
	switch {
	case u.Fresh:
		return s.Send("snapshot", u.ID, container.ServiceLogLines(u.Lines, true))
	case len(u.Lines) > 0:
		return s.Send("line", u.ID, container.ServiceLogMore(u.Lines))
	}
	return nil
}
