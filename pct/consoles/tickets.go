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
	holder Holder
	until  time.Time
}

// add makes a ticket. A user has as many as they may have consoles: the oldest go.
func (t *tickets) add(h Holder) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	now, oldest, count := t.now(), "", 0
	for id, k := range t.kept {
		switch {
		case !now.Before(k.until):
			delete(t.kept, id)
		case k.holder.UserID == h.UserID:
			if count++; oldest == "" || k.until.Before(t.kept[oldest].until) {
				oldest = id
			}
		}
	}
	if count >= MaxOfUser {
		delete(t.kept, oldest)
	}
	id := rand.Text()
	t.kept[id] = ticket{h, now.Add(TicketLife)}
	return id
}

// take uses a ticket up, if it is one of that holder.
func (t *tickets) take(id string, h Holder) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	k, ok := t.kept[id]
	if !ok || k.holder != h {
		return false
	}
	delete(t.kept, id)
	return t.now().Before(k.until)
}
