package consoles

import (
	"crypto/rand"
	"time"

	"berth/store/live"
)

// TicketLife is the time within which a ticket has to be used.
const TicketLife = 30 * time.Second

// tickets maps those that were not used yet to their holders. They are in memory only: a restart forgets them.
type tickets struct{ kept *live.Map[string, Holder] }

// newTickets makes an empty set. It keeps as many tickets of a user as they may have consoles, and drops the oldest.
func newTickets(now func() time.Time) tickets {
	return tickets{live.NewMap[string, Holder](now, TicketLife, MaxOfUser, func(h Holder) string { return h.UserID })}
}

// add makes a ticket and returns it.
func (t tickets) add(h Holder) string {
	id := rand.Text()
	t.kept.Put(id, h)
	return id
}

// take uses up a ticket; false when it is not one of that holder, or too old.
func (t tickets) take(id string, h Holder) bool {
	return t.kept.Take(id, func(of Holder) bool { return of == h })
}
