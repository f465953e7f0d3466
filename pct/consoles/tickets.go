package consoles

import (
	"crypto/rand"
	"time"

	"berth/store/live"
)

// TicketLife is how long a ticket may wait to be used.
const TicketLife = 30 * time.Second

// tickets that wait to be used, with whom each is for. They are in memory only: a restart forgets them.
type tickets struct{ kept *live.Map[string, Holder] }

// newTickets are none. A user has as many as they may have consoles: the oldest go.
func newTickets(now func() time.Time) tickets {
	return tickets{live.NewMap[string, Holder](now, TicketLife, MaxOfUser, func(h Holder) string { return h.UserID })}
}

// add makes a ticket.
func (t tickets) add(h Holder) string {
	id := rand.Text()
	t.kept.Put(id, h)
	return id
}

// take uses a ticket up, if it is one of that holder.
func (t tickets) take(id string, h Holder) bool {
	return t.kept.Take(id, func(of Holder) bool { return of == h })
}
