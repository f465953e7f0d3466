package handlers

import (
	"bytes"
	"context"
	"hash/maphash"
	"slices"
	"time"

	"github.com/labstack/echo/v4"

	"berth/handlers/web"
	"berth/store"
	"berth/views"
	"berth/views/cards"
	"berth/views/layout"
)

// dashboardEvents is GET /dashboard/events: what changes on the dashboard, piece by
// piece. The list comes first, as it may have changed since the page was made, and
// again whenever there is something more, less or in another order.
func (a *site) dashboardEvents(c echo.Context) error {
	f, err := a.filter(c)
	if err != nil {
		return err
	}
	user := web.UserOf(c)
	watch := a.Fleet.Watch(user.ID)
	defer watch.Close()
	atWork := a.Jobs.Watch(user.ID)
	defer atWork.Close()
	s, err := a.OpenStream(c)
	if err != nil {
		return err
	}
	defer s.Close()
	beat := time.NewTicker(web.Heartbeat)
	defer beat.Stop()

	sent := sentPieces{seed: maphash.MakeSeed(), view: a.view(c)}
	for {
		if err := a.sendBoard(s, user, f, &sent); err != nil {
			return err
		}
		select {
		case <-watch.C:
		case <-atWork.C:
		case <-beat.C:
			if err := s.Beat(); err != nil {
				return err
			}
		case <-s.Ctx.Done():
			return nil
		}
	}
}

// sentPieces notes what a browser has of the dashboard, so that only changes are sent.
type sentPieces struct {
	view   views.View
	seed   maphash.Seed
	order  []string
	sums   map[string]uint64 // by the ID of a piece
	open   int               // unfinished jobs
	begun  bool
	buffer bytes.Buffer
}

// sendBoard sends what the browser does not have yet.
func (a *site) sendBoard(s *web.EventStream, user store.User, f cards.Filter, sent *sentPieces) error {
	d, nodes, err := a.board(s.Ctx, user, f, 0)
	if err != nil {
		return err
	}
	if nodes == 0 {
		return s.Send("list", "", views.DashboardBoard(d, true))
	}
	if !sent.begun || sent.open != d.OpenJobs {
		sent.open = d.OpenJobs
		if err := s.Send("jobs", "", layout.JobsCountUpdate(d.OpenJobs)); err != nil {
			return err
		}
	}
	d.View = sent.view
	changed, moved, err := sent.compare(s.Ctx, d.Pieces())
	if err != nil {
		return err
	}
	if moved {
		if err := s.Send("list", "", views.DashboardBoard(d, true)); err != nil {
			return err
		}
	}
	for _, p := range changed {
		if moved && p.Event != "summary" {
			continue // it is in the list
		}
		if err := s.SendText(p.Event, "", p.html); err != nil {
			return err
		}
	}
	return nil
}

// changedPiece is a piece that differs from what the browser has.
type changedPiece struct {
	views.Piece
	html string
}

// compare returns the pieces that are new or different, and whether there are others
// than before or they are in another order.
func (s *sentPieces) compare(ctx context.Context, pieces []views.Piece) (changed []changedPiece, moved bool, err error) {
	order, sums := make([]string, 0, len(pieces)), make(map[string]uint64, len(pieces))
	for _, p := range pieces {
		s.buffer.Reset()
		if err := p.View.Render(ctx, &s.buffer); err != nil {
			return nil, false, err
		}
		sum := maphash.Bytes(s.seed, s.buffer.Bytes())
		if before, ok := s.sums[p.ID]; !ok || before != sum {
			changed = append(changed, changedPiece{p, s.buffer.String()})
		}
		order, sums[p.ID] = append(order, p.ID), sum
	}
	moved = !s.begun || !slices.Equal(order, s.order)
	s.begun, s.order, s.sums = true, order, sums
	return changed, moved, nil
}
