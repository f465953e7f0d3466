package auth

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"berth/store"
	"berth/store/passwords"
	"berth/views/human"
)

// guards count the failed tries of what is secret.
//
// Those of a password count for the account and the address together, so that nobody locks another out from elsewhere;
// and from all addresses together that the account never signed in from, so that many addresses guess little more than
// one. An address that it did sign in from has a count of its own. A name that nobody has is counted like any other.
type guards struct {
	Pairs    *Limiter // by account and network
	Accounts *Limiter // by account, from networks that are new to it
	Sources  *Limiter // of anything secret, by network
}

func newGuards(now func() time.Time) guards {
	return guards{
		Pairs:    NewLimiter(now, SignInTries),
		Accounts: NewLimiter(now, AccountTries),
		Sources:  NewLimiter(now, SourceTries),
	}
}

// try is one try of something secret, which is counted until it is judged.
type try struct {
	room
	taken []taken
}

// taken is a limiter in which a try is counted.
type taken struct {
	limiter *Limiter
	key     string
	own     bool // a right try shows that those before under the key were by the same person
}

// try counts a try of something secret from an address and, unless account is empty, for the account of that name.
func (a *Pages) try(c echo.Context, account string) (*try, error) {
	network := store.Network(c.RealIP())
	t := &try{room: room{Ok: true, Left: math.MaxInt}}
	if account != "" {
		account = strings.ToLower(account)
		if len(account) > store.MaxUserName {
			account = "\n" // no such name can be: they are all counted as one, and nothing so long is remembered
		}
		known, err := a.Store.SignedInFrom(account, network)
		if err != nil {
			return nil, err
		}
		t.take(taken{a.Guards.Pairs, account + "\n" + network, true})
		if !known {
			t.take(taken{a.Guards.Accounts, account, false})
		}
	}
	t.take(taken{a.Guards.Sources, network, false})
	return t, nil
}

// take counts the try in one more limiter, as long as all before had room for it.
func (t *try) take(in taken) {
	if !t.Ok {
		return
	}
	r := in.limiter.Take(in.key)
	if !r.Ok {
		t.unjudged()
		t.room, t.taken = r, nil
		return
	}
	t.taken = append(t.taken, in)
	if r.Left < t.Left {
		t.room = r
	}
}

// failed says that what was tried is wrong.
func (t *try) failed() {
	for _, in := range t.taken {
		in.limiter.Failed(in.key)
	}
}

// passed says that what was tried is right.
func (t *try) passed() {
	for _, in := range t.taken {
		in.limiter.Passed(in.key, in.own)
	}
}

// unjudged says that nobody looked whether it is right.
func (t *try) unjudged() {
	for _, in := range t.taken {
		in.limiter.Unjudged(in.key)
	}
}

// more says how many tries there still are.
func (t *try) more() string {
	in := fmt.Sprintf("in the next %s.", minutes(t.Wait))
	switch t.Left {
	case 0:
		return fmt.Sprintf("No attempts left %s", in)
	case 1:
		return fmt.Sprintf("One attempt left %s", in)
	}
	return fmt.Sprintf("%s attempts left %s", number(t.Left), in)
}

// refuse says in a form that a try was not taken, and tells programs how long to wait.
func (t *try) refuse(c echo.Context, now time.Time) (status int, sentence string) {
	if t.Full {
		return busy(c)
	}
	retryAfter(c, t.Wait)
	return http.StatusTooManyRequests, fmt.Sprintf("Too many failed attempts. You can try again in %s, at %s.", minutes(t.Wait), human.When(now.Add(t.Wait), now))
}

// busy says in a form that so many passwords are being checked that this one was not looked at.
func busy(c echo.Context) (status int, sentence string) {
	retryAfter(c, passwords.RetryAfter)
	return http.StatusServiceUnavailable, fmt.Sprintf("Many passwords are being checked right now, so yours was not checked. Try again in %s.",
		human.Count(int(passwords.RetryAfter.Seconds()), "second", "seconds"))
}

func retryAfter(c echo.Context, d time.Duration) {
	c.Response().Header().Set(echo.HeaderRetryAfter, strconv.Itoa(int(math.Ceil(d.Seconds()))))
}

// minutes rounds up: nobody is sent back a moment too early.
func minutes(d time.Duration) string {
	return human.Count(int(math.Ceil(d.Minutes())), "minute", "minutes")
}

// number writes a small number as a word at the start of a sentence.
func number(n int) string {
	words := []string{"No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve"}
	if n < len(words) {
		return words[n]
	}
	return strconv.Itoa(n)
}
