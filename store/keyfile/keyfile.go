// Package keyfile reads and writes files with age X25519 identities, one a line, as age-keygen writes them.
package keyfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"filippo.io/age"
)

// ErrBad says that a file is not one of keys, or is open to everybody.
var ErrBad = errors.New("store: not a usable key file")

// MaxSize bounds the bytes that are read of a key file; one identity takes 75.
const MaxSize = 64 << 10

// Comment begins the key files that Berth writes.
const Comment = "# The key of Berth's secrets. Whoever has it and berth.db can use your nodes.\n"

// Read returns at least one identity. fs.ErrNotExist, ErrBad.
func Read(path string) ([]*age.X25519Identity, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("store: open key file: %w", err)
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("store: look at key file: %w", err)
	}
	if mode := info.Mode(); !mode.IsRegular() || mode.Perm()&0o007 != 0 {
		return nil, fmt.Errorf("%w: %s has mode %v", ErrBad, path, mode)
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxSize))
	if err != nil {
		return nil, fmt.Errorf("store: read key file: %w", err)
	}
	identities, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %s", err, path)
	}
	return identities, nil
}

// Parse reads the content of a key file. ErrBad; its error never repeats the content, which may be half a key.
func Parse(data []byte) ([]*age.X25519Identity, error) {
	parsed, err := age.ParseIdentities(bytes.NewReader(data))
	if err != nil || len(parsed) == 0 {
		return nil, ErrBad
	}
	list := make([]*age.X25519Identity, 0, len(parsed))
	for _, id := range parsed {
		x, ok := id.(*age.X25519Identity)
		if !ok {
			return nil, ErrBad
		}
		list = append(list, x)
	}
	return list, nil
}

// Format is the content of a key file.
func Format(list ...*age.X25519Identity) []byte {
	var b bytes.Buffer
	b.WriteString(Comment)
	for _, id := range list {
		b.WriteString(id.String() + "\n")
	}
	return b.Bytes()
}
