package passwords

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
)

// Hasher hashes passwords one at a time. It is safe for concurrent use.
type Hasher struct {
	argonParams // of new hashes
	queue       hashQueue
}

// NewHasher makes the hasher of a process. A new hash takes memory KiB; 0 for the value of safeHashes, less only for tests.
func NewHasher(memory uint32) *Hasher {
	h := &Hasher{argonParams: safeHashes(), queue: newHashQueue()}
	if memory != 0 {
		h.memory = memory
	}
	return h
}

// argonParams are the costs of a hash. They are kept in it, so that they can be raised later.
type argonParams struct {
	memory  uint32 // KiB
	time    uint32
	threads uint8
}

// safeHashes are the second choice of RFC 9106, section 4: a home server has no 2 GiB to spare.
func safeHashes() argonParams { return argonParams{memory: 64 * 1024, time: 3, threads: 4} }

const (
	saltBytes = 16
	hashBytes = 32
)

var errBadHash = errors.New("passwords: not an argon2id hash")

// passwordHash is written as $argon2id$v=19$m=65536,t=3,p=4$SALT$HASH, like everywhere.
type passwordHash struct {
	argonParams
	salt, hash []byte
}

func (h passwordHash) String() string {
	enc := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		h.memory, h.time, h.threads, enc.EncodeToString(h.salt), enc.EncodeToString(h.hash))
}

// parseHash reads what String wrote. Parameters beyond any sane choice are refused:
// a broken record must not take all memory.
func parseHash(s string) (passwordHash, error) {
	parts := strings.Split(s, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return passwordHash{}, errBadHash
	}
	var h passwordHash
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.time, &h.threads); err != nil {
		return passwordHash{}, errBadHash
	}
	if h.memory == 0 || h.memory > 1<<20 || h.time == 0 || h.time > 16 || h.threads == 0 {
		return passwordHash{}, errBadHash
	}
	enc := base64.RawStdEncoding.Strict()
	var err error
	if h.salt, err = enc.DecodeString(parts[4]); err != nil || len(h.salt) < 8 || len(h.salt) > 64 {
		return passwordHash{}, errBadHash
	}
	if h.hash, err = enc.DecodeString(parts[5]); err != nil || len(h.hash) < 16 || len(h.hash) > 64 {
		return passwordHash{}, errBadHash
	}
	if h.String() != s { // Sscanf takes more than String writes
		return passwordHash{}, errBadHash
	}
	return h, nil
}

// Hash hashes a password, in a string that Fits takes. It waits for its turn, then takes about 85 ms. ErrBusy.
func (h *Hasher) Hash(password string) (string, error) {
	fresh := passwordHash{argonParams: h.argonParams, salt: make([]byte, saltBytes)}
	rand.Read(fresh.salt) // never fails
	var err error
	if fresh.hash, err = h.derive(fresh, password, hashBytes); err != nil {
		return "", err
	}
	return fresh.String(), nil
}

// Fits tells in constant time whether a password is the one that was hashed. An empty hash never fits and takes as
// long. ErrBusy.
func (h *Hasher) Fits(hash, password string) (bool, error) {
	kept := passwordHash{argonParams: h.argonParams, salt: make([]byte, saltBytes), hash: make([]byte, hashBytes)}
	if hash != "" {
		var err error
		if kept, err = parseHash(hash); err != nil {
			return false, err
		}
	}
	got, err := h.derive(kept, password, uint32(len(kept.hash)))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, kept.hash) == 1 && hash != "", nil
}

func (h *Hasher) derive(by passwordHash, password string, length uint32) ([]byte, error) {
	leave, err := h.queue.enter()
	if err != nil {
		return nil, err
	}
	defer leave()
	key := argon2.IDKey([]byte(password), by.salt, by.time, by.memory, by.threads, length)
	h.queue.giveBack(by.memory)
	return key, nil
}

// ErrBusy says that too many passwords wait to be hashed. Nothing was done.
var ErrBusy = errors.New("passwords: too many passwords are being checked")

const (
	// hashPlaces bounds the passwords that wait while one is hashed, hashWait the wait of each; beyond either, the
	// caller gets ErrBusy.
	hashPlaces = 12
	hashWait   = 2 * time.Second
	// RetryAfter is the time to wait after ErrBusy before trying again, for the header of that name.
	RetryAfter = 5 * time.Second
)

// hashQueue lets one password be hashed at a time: each takes 64 MiB and, for about 85 ms, all processors of a
// small machine, so that two at once would end no earlier.
type hashQueue struct {
	places chan struct{} // one for each that waits or is hashed
	turn   chan struct{} // one for the one that is hashed
}

func newHashQueue() hashQueue {
	return hashQueue{places: make(chan struct{}, hashPlaces+1), turn: make(chan struct{}, 1)}
}

// enter waits for its turn, which the caller ends by leave. ErrBusy at once when there is no place, or after hashWait.
func (q hashQueue) enter() (leave func(), err error) {
	select {
	case q.places <- struct{}{}:
	default:
		return nil, ErrBusy
	}
	late := time.NewTimer(hashWait)
	defer late.Stop()
	select {
	case q.turn <- struct{}{}:
		return func() { <-q.turn; <-q.places }, nil
	case <-late.C:
		<-q.places
		return nil, ErrBusy
	}
}

// bigHash is the least memory of a hash, in KiB, for which giveBack does anything.
const bigHash = 16 << 10

// giveBack frees the memory of a hash after use, which package argon2 allocates anew each time and leaves to the
// garbage collector, whose next run would come only with as much garbage again. While others wait, it stays for
// them; the last one returns it to the system, which the runtime would do after minutes.
func (q hashQueue) giveBack(memory uint32) {
	switch {
	case memory < bigHash:
	case len(q.places) > 1:
		runtime.GC()
	default:
		debug.FreeOSMemory()
	}
}
