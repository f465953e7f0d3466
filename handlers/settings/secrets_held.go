package settings

import (
	"crypto/rand"
	"time"

	"berth/store/live"
)

// HoldFor bounds the time that a secret is held.
const HoldFor = 10 * time.Minute

// maxHeld bounds the secrets of all users together; the oldest go first.
const maxHeld = 1000

// heldSecrets keeps the token secrets that were typed while a certificate waits to be trusted, so that they need
// not be typed twice. They are in memory only: never on the page, and gone with the process.
type heldSecrets struct {
	kept *live.Map[string, heldSecret] // by handle
}

type heldSecret struct{ userID, tokenID, value string }

func newHeldSecrets(now func() time.Time) *heldSecrets {
	return &heldSecrets{live.NewMap[string, heldSecret](now, HoldFor, maxHeld, nil)}
}

// hold keeps the secret of a user's token and returns the handle to it.
func (h *heldSecrets) hold(userID, tokenID, value string) (handle string) {
	handle = rand.Text()
	h.kept.Put(handle, heldSecret{userID, tokenID, value})
	return handle
}

// get returns what is behind a handle; empty when it is another's, for another token, or too old.
func (h *heldSecrets) get(userID, tokenID, handle string) string {
	s, _ := h.kept.Get(handle)
	if s.userID != userID || s.tokenID != tokenID {
		return ""
	}
	return s.value
}

// drop forgets a handle.
func (h *heldSecrets) drop(handle string) { h.kept.Delete(handle) }
