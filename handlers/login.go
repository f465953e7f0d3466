package handlers

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"berth/store"
	"berth/views"
)

// loginPage is GET /login.
func (a *app) loginPage(c echo.Context) error {
	next := localPath(c.QueryParam("next"))
	known, err := a.know(c)
	if err != nil {
		return err
	}
	if known {
		return a.redirect(c, next)
	}
	return a.showLogin(c, http.StatusOK, views.SignInForm{Next: next})
}

// login is POST /login.
func (a *app) login(c echo.Context) error {
	form, err := postForm(c)
	if err != nil {
		return err
	}
	f := views.SignInForm{
		Username: strings.TrimSpace(form.Get("username")),
		Next:     localPath(form.Get("next")),
		Resume:   form.Get("resume"),
		Errors:   map[string]string{},
	}
	password := form.Get("password")
	if f.Username == "" {
		f.Errors["username"] = "Type your name."
	}
	if password == "" {
		f.Errors["password"] = "Type your password."
	}
	if len(f.Errors) > 0 {
		return a.showLogin(c, http.StatusUnprocessableEntity, f)
	}

	account, source := strings.ToLower(f.Username), c.RealIP()
	if len(account) > store.MaxUserName {
		account = "" // there is none, and nothing so long is remembered
	}
	t := a.try(source, account)
	if !t.ok {
		f.Refused = t.refusal(a.Now())
		t.retryAfter(c)
		return a.showLogin(c, http.StatusTooManyRequests, f)
	}
	u, err := a.Store.CheckPassword(f.Username, password)
	if errors.Is(err, store.ErrNotFound) {
		f.Refused = "Name or password is wrong. " + t.left()
		return a.showLogin(c, http.StatusUnprocessableEntity, f)
	}
	a.forgive(source, account)
	if err != nil {
		return err
	}
	if err := a.signIn(c, u); err != nil {
		return err
	}
	if fields := resumed(f.Resume); len(fields) > 0 {
		return a.page(c, http.StatusOK, "", "Signed in again", views.Resume(f.Next, fields))
	}
	return a.redirect(c, f.Next)
}

// logout is POST /logout.
func (a *app) logout(c echo.Context) error {
	if err := a.signOut(c); err != nil {
		return err
	}
	return a.redirect(c, "/login")
}

func (a *app) showLogin(c echo.Context, status int, f views.SignInForm) error {
	has, err := a.Store.HasUsers()
	if err != nil {
		return err
	}
	if !has {
		return a.redirect(c, "/setup")
	}
	return a.page(c, status, "", "Sign in", views.SignIn(f))
}

// tried is the outcome of counting a try.
type tried struct {
	ok   bool
	n    int           // how many more there are
	wait time.Duration // until they are forgotten
}

// try counts a try of something secret from an address and, unless account is empty, for an account.
func (a *app) try(source, account string) tried {
	n, wait, ok := a.sources.take(source)
	if account == "" || !ok {
		return tried{ok, n, wait}
	}
	m, accountWait, ok := a.signIns.take(account)
	if !ok || m < n {
		n, wait = m, accountWait
	}
	return tried{ok, n, wait}
}

// forgive takes back what try counted, as what was tried was right.
func (a *app) forgive(source, account string) {
	a.sources.giveBack(source)
	if account != "" {
		a.signIns.forget(account)
	}
}

// left says how many tries there still are.
func (t tried) left() string {
	in := fmt.Sprintf("in the next %s.", minutes(t.wait))
	switch t.n {
	case 0:
		return fmt.Sprintf("No more tries %s", in)
	case 1:
		return fmt.Sprintf("One more try %s", in)
	}
	return fmt.Sprintf("%s more tries %s", number(t.n), in)
}

// refusal says that there are no tries left, and until when.
func (t tried) refusal(now time.Time) string {
	return fmt.Sprintf("Too many wrong tries. The next one is possible in %s, at %s.", minutes(t.wait), views.When(now.Add(t.wait), now))
}

// retryAfter tells programs how long to wait.
func (t tried) retryAfter(c echo.Context) {
	c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(t.wait.Seconds()))))
}

// minutes rounds up: nobody is sent back a moment too early.
func minutes(d time.Duration) string {
	return views.Count(int(math.Ceil(d.Minutes())), "minute", "minutes")
}

// number writes a small number as a word at the start of a sentence.
func number(n int) string {
	words := []string{"No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve"}
	if n < len(words) {
		return words[n]
	}
	return strconv.Itoa(n)
}

// secretFields are never written into a page again; nor is what scripts ask for, in the fields input_NAME.
var secretFields = []string{"password", "current", "token_secret", "code"}

// resumable returns the fields of a form that was sent without a session, encoded to
// be sent again after signing in; "" when there is nothing that may be kept.
func resumable(form url.Values) string {
	for name := range form {
		isInput := strings.HasPrefix(name, "input_") && !views.IsTemplateField(name)
		if slices.Contains(secretFields, name) || isInput {
			return ""
		}
	}
	if kept := form.Encode(); len(kept) <= maxResumed {
		return kept
	}
	return ""
}

// maxResumed is the most of a form that is kept while one signs in, in bytes: encoded
// once more, it fits into the form of the sign-in.
const maxResumed = maxBody / 4

// resumed decodes what resumable encoded; nil for anything else.
func resumed(encoded string) url.Values {
	fields, err := url.ParseQuery(encoded)
	if err != nil || resumable(fields) == "" {
		return nil
	}
	return fields
}
