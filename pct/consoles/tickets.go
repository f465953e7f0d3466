package consoles

import (
	"crypto/rand"
	"sync"
	"time"
)

// TicketLife is how long a ticket may wait to be used.
const TicketLife = 30 * time.Second

// tickets that wait to be used. They are in memory only: a restart forgets them.
type tickets struct {
	now func() time.Time

	mu   sync.Mutex
	kept map[string]ticket
}

type ticket struct {
	place Place
	until time.Time
}

// add makes a ticket. A user has as many as they may have consoles: the oldest go.
func (t *tickets) add(p Place) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, oldest, count := t.now(), "", 0
	for id, k := range t.kept {
		switch {
		case !now.Before(k.until):
			delete(t.kept, id)
		case k.place.UserID == p.UserID:
			if count++; oldest == "" || k.until.Before(t.kept[oldest].until) {
				oldest = id
			}
		}
	}
	if count >= MaxOfUser {
		delete(t.kept, oldest)
	}
	id := rand.Text()
	t.kept[id] = ticket{p, now.Add(TicketLife)}
	return id
}

// take uses a ticket up, if it is one for that place.
func (t *tickets) take(id string, p Place) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	k, ok := t.kept[id]
	if !ok || k.place != p {
		return false
	}
	delete(t.kept, id)
	return t.now().Before(k.until)
}
