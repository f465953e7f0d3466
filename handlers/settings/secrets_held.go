package settings

import (
	"crypto/rand"
	"sync"
	"time"
)

// heldSecrets keeps the token secrets that were typed while a certificate waits to be trusted, so that they need
// not be typed twice. They are in memory only: never on the page, and gone with the process.
type heldSecrets struct {
	now func() time.Time

	mu   sync.Mutex
	kept map[string]heldSecret // by handle
}

type heldSecret struct {
	userID, tokenID, value string
	until                  time.Time
}

const (
	HoldFor = 10 * time.Minute
	maxHeld = 1000 // for all users together; the oldest go
)

func newHeldSecrets(now func() time.Time) *heldSecrets {
	return &heldSecrets{now: now, kept: make(map[string]heldSecret)}
}

// hold keeps the secret of a user's token and returns the handle to it.
func (h *heldSecrets) hold(userID, tokenID, value string) (handle string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sweep()
	handle = rand.Text()
	h.kept[handle] = heldSecret{userID, tokenID, value, h.now().Add(HoldFor)}
	return handle
}

// get returns what is behind a handle; empty when it is another's, for another token, or too old.
func (h *heldSecrets) get(userID, tokenID, handle string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	s, ok := h.kept[handle]
	if !ok || s.userID != userID || s.tokenID != tokenID || !h.now().Before(s.until) {
		return ""
	}
	return s.value
}

// drop forgets a handle.
func (h *heldSecrets) drop(handle string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.kept, handle)
}

func (h *heldSecrets) sweep() {
	oldest := ""
	for handle, s := range h.kept {
		if !h.now().Before(s.until) {
			delete(h.kept, handle)
		} else if oldest == "" || s.until.Before(h.kept[oldest].until) {
			oldest = handle
		}
	}
	if len(h.kept) >= maxHeld {
		delete(h.kept, oldest)
	}
}
