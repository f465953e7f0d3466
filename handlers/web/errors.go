package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"

	"github.com/labstack/echo/v4"

	"berth/fleet"
	"berth/jobs"
	"berth/pct/consoles"
	"berth/pct/inside"
	"berth/proxmox"
	"berth/store"
	"berth/store/disk"
	"berth/templates"
	"berth/views/explain"
	"berth/views/layout"
	"berth/views/parts"
)

// This file alone turns an error into what a person reads: what failed, why, what to
// do next, and the ID of the request. The words of an error itself go to the log; they
// reach a page only where they are Proxmox's own and say what Berth cannot say better.

// nodeError is an error of a call to a node, so that the words can name it.
type nodeError struct {
	node store.Node
	err  error
}

func (e nodeError) Error() string { return fmt.Sprintf("node %s: %v", e.node.ID, e.err) }
func (e nodeError) Unwrap() error { return e.err }

// About adds to an error which node it is about.
func About(n store.Node, err error) error {
	if err == nil {
		return nil
	}
	return nodeError{n, err}
}

// nodeOfError is the node that an error is about; the zero Node where that is not known.
func nodeOfError(err error) store.Node {
	var of nodeError
	errors.As(err, &of)
	return of.node
}

// Problem is an error that a handler has its own words for.
type Problem layout.Problem

func (p Problem) Error() string { return p.Title }

// formError is a body that is no form.
type formError struct{ err error }

func (e formError) Error() string { return "form: " + e.err.Error() }
func (e formError) Unwrap() error { return e.err }

// FolderError is the folder of templates that cannot be read.
type FolderError struct {
	Dir string
	Err error
}

func (e FolderError) Error() string { return "folder of templates: " + e.Err.Error() }
func (e FolderError) Unwrap() error { return e.Err }

// ShowError answers a request with what went wrong.
func (a *App) ShowError(err error, c echo.Context) {
	r, res := c.Request(), c.Response()
	if res.Committed && errors.Is(err, context.Canceled) {
		return // a stream that was ended with its session
	}
	if errors.Is(r.Context().Err(), context.Canceled) {
		// Nobody is there to read it, unless it was Berth's own end that cut the request off.
		if !res.Committed {
			_ = c.NoContent(http.StatusServiceUnavailable)
		}
		return
	}
	var moved MovedError
	if errors.As(err, &moved) && canFollow(r) && !res.Committed {
		if err = a.followMoved(c, moved); err == nil {
			return
		}
	}
	p := Explained(err)
	p.Request = RequestIDOf(c)
	if p.Status >= http.StatusInternalServerError {
		a.Log.ErrorContext(r.Context(), "request failed", slog.String("request", p.Request), slog.Any("error", err))
	}
	if res.Committed {
		return // a stream that broke off: what is sent is sent
	}
	if err := a.sendProblem(c, p); err != nil {
		a.Log.ErrorContext(r.Context(), "the error could not be shown", slog.String("request", p.Request), slog.Any("error", err))
		if !res.Committed {
			_ = c.String(http.StatusInternalServerError, "Berth failed, and could not show how. Request "+p.Request+"\n")
		}
	}
}

func (a *App) sendProblem(c echo.Context, p layout.Problem) error {
	if c.Request().Method == http.MethodHead {
		return c.NoContent(p.Status)
	}
	if WantsPart(c) {
		h := c.Response().Header()
		h.Set("HX-Retarget", "#flash")
		h.Set("HX-Reswap", "innerHTML")
		return a.Part(c, p.Status, layout.ProblemBanner(p))
	}
	if _, known := userIn(c); !known {
		_, _ = a.Know(c) // for the navigation around the page; it does without
	}
	if err := a.Page(c, p.Status, "", p.Title, layout.ProblemPage(p)); err == nil || c.Response().Committed {
		return err
	}
	// The frame itself needs the store; without it there is still the page.
	return a.render(c, p.Status, layout.Page(layout.Frame{Demo: a.Demo}, p.Title), layout.ProblemPage(p))
}

// Explained finds the words for an error.
func Explained(err error) layout.Problem {
	if own, ok := errors.AsType[Problem](err); ok {
		return layout.Problem(own)
	}
	if busy, ok := errors.AsType[*store.BusyError](err); ok {
		p := layout.NewProblem(explain.Busy(busy.Job), store.Node{})
		p.Link = layout.Link{URL: parts.JobURL(busy.Job.ID), Text: "Show job " + busy.Job.Label()}
		return p
	}
	n := nodeOfError(err)
	away, moved := errors.AsType[MovedError](err)
	if moved {
		n = away.From
	}
	p := layout.NewProblem(explain.Request(n, MessageOf(err)), n)
	if moved {
		p.Link = layout.Link{URL: away.url(), Text: "Show it on " + away.Now.NodeName}
	}
	return p
}

// MessageOf turns an error into the message that explain has the words for. One that it does not know is a fault of
// Berth's own.
func MessageOf(err error) store.Message {
	if px, ok := errors.AsType[*proxmox.Error](err); ok {
		return jobs.Refusal(px, nodeOfError(err).Member)
	}
	if none, ok := errors.AsType[*store.NoSSHError](err); ok {
		return jobs.NoSSH(none)
	}
	for _, of := range []func(error) store.Message{messageOfState, messageOfData, messageOfRequest} {
		if m := of(err); m.Kind != "" {
			return m
		}
	}
	return store.Message{Kind: explain.RequestFailed}
}

// messageOfState is for what is not as the request takes it to be.
func messageOfState(err error) store.Message {
	if away, ok := errors.AsType[MovedError](err); ok {
		return away.message()
	}
	if full, ok := errors.AsType[*consoles.LimitError](err); ok {
		m := store.Message{Kind: explain.RequestConsoles, Args: store.Args{Count: full.Max}}
		if full.OfHost {
			m.Kind = explain.RequestConsolesOfHost
		}
		return m
	}
	return store.Message{Kind: kindIn(err, []failing{
		{store.ErrNotFound, explain.RequestNotFound},
		{jobs.ErrState, explain.RequestJobWentOn},
		{inside.ErrFollows, explain.RequestFollowers},
		{jobs.ErrSecrets, explain.RequestSecrets},
		{jobs.ErrClosed, explain.RequestShutDown},
		{consoles.ErrClosed, explain.RequestShutDown},
		{net.ErrClosed, explain.RequestShutDown},
	})}
}

// messageOfData is for Berth's own data, and the folder of templates.
func messageOfData(err error) store.Message {
	if dir, ok := errors.AsType[FolderError](err); ok {
		return dir.message()
	}
	kinds := []failing{{disk.ErrDamaged, explain.RequestDamaged}, {store.ErrKey, explain.RequestKey}}
	if drive, ok := errors.AsType[*disk.Error](err); ok && !errors.Is(err, disk.ErrDamaged) {
		err, kinds = drive.Kind, []failing{{disk.ErrFull, explain.RequestDiskFull}, {disk.ErrReadOnly, explain.RequestReadOnly}, {drive.Kind, explain.RequestDisk}}
	}
	return store.Message{Kind: kindIn(err, kinds)}
}

// messageOfRequest is for how a request was made, and how long it took.
func messageOfRequest(err error) store.Message {
	if big, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return store.Message{Kind: explain.RequestTooLarge, Args: store.Args{Count: int(big.Limit)}}
	}
	if _, ok := errors.AsType[formError](err); ok {
		return store.Message{Kind: explain.RequestNoForm}
	}
	if code, ok := errors.AsType[*echo.HTTPError](err); ok {
		return messageOfStatus(code.Code)
	}
	if late, ok := errors.AsType[net.Error](err); ok && late.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return store.Message{Kind: explain.RequestLate}
	}
	return store.Message{}
}

func messageOfStatus(status int) store.Message {
	switch status {
	case http.StatusNotFound:
		return store.Message{Kind: explain.RequestNotFound}
	case http.StatusMethodNotAllowed:
		return store.Message{Kind: explain.RequestMethod}
	case http.StatusInternalServerError:
		return store.Message{Kind: explain.RequestFailed}
	}
	return store.Message{Kind: explain.RequestRefused, Args: store.Args{Status: status}}
}

// failing is an error and what it means.
type failing struct {
	err  error
	kind store.MessageKind
}

// kindIn returns the kind of the first in the list that err wraps; "" for none.
func kindIn(err error, list []failing) store.MessageKind {
	for _, f := range list {
		if errors.Is(err, f.err) {
			return f.kind
		}
	}
	return ""
}

// message tells a folder that is gone, closed to Berth or wrong inside from one that the system refuses to read.
func (e FolderError) message() store.Message {
	m := store.Message{Kind: explain.RequestFolder, Args: store.Args{Path: e.Dir}}
	if wrong, ok := errors.AsType[*templates.FileError](e.Err); ok {
		m.Kind, m.Said = explain.RequestFolderWrong, wrong.Error()
		return m
	}
	m.Kind = cmp.Or(kindIn(e.Err, []failing{{fs.ErrNotExist, explain.RequestFolderGone}, {fs.ErrPermission, explain.RequestFolderClosed}}), m.Kind)
	return m
}

// Trouble says on every page why nothing can be saved; "" for nil.
func Trouble(err error) string {
	if err == nil {
		return ""
	}
	return explain.Trouble(MessageOf(err))
}

// WhySilent has the words for a node that does not answer.
func WhySilent(n fleet.NodeState) layout.Problem { return Explained(About(n.Node, n.Err)) }
