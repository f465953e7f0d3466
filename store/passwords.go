package store

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// The bounds of a password, in characters.
const (
	MinPassword = 10
	MaxPassword = 256
)

// CheckNewPassword tells whether a password may be chosen: nil or ErrWeakPassword.
func CheckNewPassword(password string) error {
	if n := utf8.RuneCountInString(password); n < MinPassword || n > MaxPassword {
		return ErrWeakPassword
	}
	return nil
}

// maxHashing bounds how many passwords are hashed at once: each takes 64 MiB for about 85 ms.
const maxHashing = 2

// argonParams are kept in each hash, so that they can be raised later.
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

var errBadHash = errors.New("store: not an argon2id hash")

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

// hashPassword waits for a place, then takes its time.
func (s *Store) hashPassword(password string) string {
	h := passwordHash{argonParams: s.hashes, salt: make([]byte, saltBytes)}
	rand.Read(h.salt) // never fails
	h.hash = s.derive(h, password, hashBytes)
	return h.String()
}

// passwordFits compares in constant time. An empty kept hash never fits and takes as long.
func (s *Store) passwordFits(kept, password string) (bool, error) {
	h := passwordHash{argonParams: s.hashes, salt: make([]byte, saltBytes), hash: make([]byte, hashBytes)}
	if kept != "" {
		var err error
		if h, err = parseHash(kept); err != nil {
			return false, err
		}
	}
	got := s.derive(h, password, uint32(len(h.hash)))
	return subtle.ConstantTimeCompare(got, h.hash) == 1 && kept != "", nil
}

func (s *Store) derive(h passwordHash, password string, length uint32) []byte {
	s.hashing <- struct{}{}
	defer func() { <-s.hashing }()
	return argon2.IDKey([]byte(password), h.salt, h.time, h.memory, h.threads, length)
}
