package web

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"strings"

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
	"berth/views/human"
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
	var (
		own   Problem
		code  *echo.HTTPError
		px    *proxmox.Error
		busy  *store.BusyError
		none  *store.NoSSHError
		away  MovedError
		full  *consoles.LimitError
		form  formError
		dir   FolderError
		big   *http.MaxBytesError
		drive *disk.Error
		netw  net.Error
	)
	switch {
	case errors.As(err, &own):
		return layout.Problem(own)
	case errors.As(err, &px):
		n := nodeOfError(err)
		return layout.NewProblem(explain.Error(n, px), n)
	case errors.As(err, &none):
		n := nodeOfError(err)
		return layout.NewProblem(explain.NoSSH(n, none), n)
	case errors.As(err, &away):
		return explainMoved(away)
	case errors.As(err, &busy):
		return explainBusy(busy.Job)
	case errors.Is(err, store.ErrNotFound):
		return notFound()
	case errors.Is(err, jobs.ErrState):
		return layout.Problem{
			Status: http.StatusConflict,
			Title:  "The job is past that",
			Why:    "It has moved on since the page was made. Nothing was changed.",
			Next:   "Look at how it is now.",
			Link:   layout.Link{URL: "/jobs", Text: "Jobs"},
		}
	case errors.Is(err, inside.ErrFollows):
		return layout.Problem{
			Status: http.StatusTooManyRequests,
			Title:  "Too many logs are followed at once",
			Why:    "Each of them keeps a program running on the host, so there is a bound.",
			Next:   "Close a page that follows another log, or read the last lines of this one instead.",
		}
	case errors.Is(err, jobs.ErrSecrets):
		return layout.Problem{
			Status: http.StatusUnprocessableEntity,
			Title:  "Secret values are missing",
			Why:    "The scripts of this job ask for values that are kept only until a job ends. Nothing was begun.",
			Next:   "Type them anew on the job's page and try again there.",
			Link:   layout.Link{URL: "/jobs", Text: "Jobs"},
		}
	case errors.As(err, &full):
		return explainFull(full)
	case errors.Is(err, jobs.ErrClosed), errors.Is(err, consoles.ErrClosed), errors.Is(err, net.ErrClosed):
		return layout.Problem{
			Status: http.StatusServiceUnavailable,
			Title:  "Berth is being shut down",
			Why:    "Nothing is begun or changed any more. Nothing was done.",
			Next:   "Try again when Berth has been started.",
		}
	case errors.Is(err, disk.ErrDamaged):
		return explainDamaged()
	case errors.As(err, &drive):
		return explainDisk(drive)
	case errors.Is(err, store.ErrKey):
		return layout.Problem{
			Status: http.StatusInternalServerError,
			Title:  "A secret cannot be read",
			Why:    "The key file does not open what is stored: it is not the one that this data was made with.",
			Next:   "Put the right key file in place and start Berth again, or type the token's secret anew on the node's page.",
			Link:   layout.Link{URL: "/settings/nodes", Text: "Nodes"},
		}
	case errors.As(err, &big):
		return layout.Problem{
			Status: http.StatusRequestEntityTooLarge,
			Title:  "That is too much at once",
			Why:    fmt.Sprintf("A form may hold %s; this one held more. Nothing was saved.", human.Bytes(uint64(big.Limit))),
			Next:   "Go back, shorten it and send it again.",
		}
	case errors.As(err, &form):
		return layout.Problem{
			Status: http.StatusBadRequest,
			Title:  "The form could not be read",
			Why:    "What arrived is not a form as browsers send it. Nothing was saved.",
			Next:   "Go back and send it again.",
		}
	case errors.As(err, &dir):
		return explainFolder(dir)
	case errors.As(err, &code):
		return explainStatus(code.Code)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netw) && netw.Timeout():
		return layout.Problem{
			Status: http.StatusGatewayTimeout,
			Title:  "That took too long",
			Why:    "The answer did not come in time, so Berth stopped waiting.",
			Next:   "Try again in a moment.",
		}
	}
	return explainStatus(http.StatusInternalServerError)
}

func explainFolder(e FolderError) layout.Problem {
	p := layout.Problem{
		Status: http.StatusInternalServerError,
		Title:  "The folder of templates cannot be read",
		Why:    "Berth was started with --templates " + e.Dir + ". ",
		Link:   layout.Link{URL: "/templates", Text: "Templates"},
	}
	var wrong *templates.FileError
	switch {
	case errors.As(e.Err, &wrong):
		p.Why += "It is read, but " + wrong.Error() + "."
		p.Next = "Your templates are as they were. Take some out of the folder, then read it again."
	case errors.Is(e.Err, fs.ErrNotExist):
		p.Why += "There is no such folder now."
		p.Next = "Your templates are as they were. Put the folder back, or start Berth with the right one."
	case errors.Is(e.Err, fs.ErrPermission):
		p.Why += "The user that Berth runs as may not read it."
		p.Next = "Your templates are as they were. Give that user the right to read it and all that is in it."
	default:
		p.Why += "The system refuses to read it as a folder; the log has its words under this request's ID."
		p.Next = "Your templates are as they were."
	}
	return p
}

func notFound() layout.Problem {
	return layout.Problem{
		Status: http.StatusNotFound,
		Title:  "There is nothing here",
		Why:    "The address is wrong, or what was here is gone, or it belongs to another account.",
		Link:   layout.Link{URL: "/", Text: "Containers"},
	}
}

func explainStatus(status int) layout.Problem {
	switch status {
	case http.StatusNotFound:
		return notFound()
	case http.StatusMethodNotAllowed:
		return layout.Problem{
			Status: status,
			Title:  "This address does not take that",
			Why:    "It is one that a form sends to, or one that is only read. Nothing was changed.",
			Next:   "Go back and use the page's own buttons.",
			Link:   layout.Link{URL: "/", Text: "Containers"},
		}
	case http.StatusInternalServerError:
		return layout.Problem{
			Status: status,
			Title:  "Something failed inside Berth",
			Why:    "This is a fault of the program, not of what you did.",
			Next:   "Try it once more; if it stays, the log has the cause under this request's ID.",
			Link:   layout.Link{URL: "/", Text: "Containers"},
		}
	}
	return layout.Problem{
		Status: status,
		Title:  "The request was refused",
		Why:    fmt.Sprintf("The answer is %d, %s. Nothing was changed.", status, strings.ToLower(http.StatusText(status))),
		Next:   "Go back and try again.",
	}
}

func explainBusy(j store.Job) layout.Problem {
	p := layout.Problem{
		Status: http.StatusConflict,
		Why:    "Two at once would get in each other's way, so this one was not begun.",
		Next:   "Wait until it has ended, or cancel it.",
		Link:   layout.Link{URL: parts.JobURL(j.ID), Text: "Show job " + j.Label()},
	}
	switch {
	case j.Kind == store.JobFetch:
		p.Title = fmt.Sprintf("%s is being downloaded already", j.Name)
	case j.Name != "":
		p.Title = fmt.Sprintf("%s (%d) is %s by job %s", j.Name, j.VMID, explain.JobDoing(j.Kind), j.Label())
	default:
		p.Title = fmt.Sprintf("Container %d is %s by job %s", j.VMID, explain.JobDoing(j.Kind), j.Label())
	}
	return p
}

func explainFull(err *consoles.LimitError) layout.Problem {
	p := layout.Problem{
		Status: http.StatusConflict,
		Title:  fmt.Sprintf("%d consoles are open, and that is the most", err.Max),
		Why:    "That is how many one account may have open at once. No further one was opened.",
		Next:   "Close one: each ends with its page.",
	}
	if err.OfHost {
		p.Title = fmt.Sprintf("%d consoles are open on this host, and that is the most", err.Max)
		p.Why = "So many take none of its SSH server's places from others. No further one was opened."
	}
	return p
}

// Trouble says on every page why nothing can be saved; "" for nil.
func Trouble(err error) string {
	if err == nil {
		return ""
	}
	p := Explained(err)
	if errors.Is(err, disk.ErrDamaged) {
		return p.Title + ". " + p.Next
	}
	return p.Title + ": nothing new is saved, and jobs wait until it can be. Look after that disk on Berth's host."
}

func explainDamaged() layout.Problem {
	return layout.Problem{
		Status: http.StatusServiceUnavailable,
		Title:  "Berth's database is damaged",
		Why:    "What is stored there for this cannot be read: the disk or the memory of Berth's host has changed it. Your containers are not touched by that.",
		Next:   "Stop Berth, move its data folder away and restore a backup (berth restore FILE). Then look after the disk.",
	}
}

func explainDisk(e *disk.Error) layout.Problem {
	p := layout.Problem{Status: http.StatusInsufficientStorage, Why: "It was not saved. What is there already can still be read."}
	switch e.Kind {
	case disk.ErrFull:
		p.Title = "The disk that holds Berth's data is full"
		p.Next = "Make room on Berth's host, on the disk of its data folder, then send it again. Jobs wait for that by themselves."
	case disk.ErrReadOnly:
		p.Title = "The disk that holds Berth's data can only be read"
		p.Next = "Linux mounts a disk so after it met an error: look into the log of Berth's host (journalctl -k), mount it for writing, then send it again."
	default:
		p.Status = http.StatusInternalServerError
		p.Title = "The disk that holds Berth's data reports an error"
		p.Next = "Look into the log of Berth's host (journalctl -k) and after the disk, and make a backup of what can be read."
	}
	return p
}

// WhySilent has the words for a node that does not answer.
func WhySilent(n fleet.NodeState) layout.Problem { return Explained(About(n.Node, n.Err)) }
