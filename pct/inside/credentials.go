package inside

import (
	"bytes"
	"context"
	_ "embed"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"berth/pct"
)

//go:embed credentials.sh
var credentialsScript string

const (
	// maxCredentialFile bounds a file of credentials, in bytes. Nothing is read of a larger one.
	maxCredentialFile = 16 << 10
	// maxCredentials bounds the values that are shown of a file.
	maxCredentials = 100
)

// CredentialFile is a file of lines KEY=VALUE that a template's script left in a container.
type CredentialFile struct {
	Path   string
	Values []Credential
	TooBig bool // above maxCredentialFile, and so without Values
	Others int  // lines that are neither KEY=VALUE nor a comment, or above maxCredentials
}

// A Credential is one KEY=VALUE of a CredentialFile.
type Credential struct {
	Key, Value string
	Quoted     bool // Value has bytes that cannot be shown, and so is quoted by Go's rules
}

// Credentials reads the credentials that scripts left in a container. Nothing of them is
// kept. Its errors are *proxmox.Error, which hold nothing of them either.
func Credentials(ctx context.Context, host *pct.Host, vmid int) ([]CredentialFile, error) {
	out, mark, err := brief(ctx, host, vmid, "credentials", credentialsScript)
	if err != nil {
		return nil, err
	}
	return parseCredentials(out, mark), nil
}

// parseCredentials reads the output of credentials.sh with that mark.
func parseCredentials(out []byte, mark string) []CredentialFile {
	var all []CredentialFile
	for _, part := range bytes.Split(out, []byte("\n"+mark+" "))[1:] {
		name, text, _ := bytes.Cut(part, []byte("\n"))
		file, ok := strings.CutPrefix(string(name), "file ")
		if !ok {
			continue
		}
		all = append(all, credentialFile(plain(file), text))
	}
	return all
}

func credentialFile(name string, text []byte) CredentialFile {
	f := CredentialFile{Path: name}
	if len(text) > maxCredentialFile {
		f.TooBig = true
		return f
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if words := strings.TrimSpace(line); words == "" || words[0] == '#' {
			continue
		}
		key, value, ok := assignment(line)
		if !ok || len(f.Values) == maxCredentials {
			f.Others++
			continue
		}
		f.Values = append(f.Values, credential(plain(key), value))
	}
	return f
}

// credential makes a value that may be shown on a page.
func credential(key, value string) Credential {
	hidden := func(r rune) bool { return !unicode.IsPrint(r) }
	if !utf8.ValidString(value) || strings.ContainsFunc(value, hidden) {
		return Credential{Key: key, Value: strconv.QuoteToASCII(value), Quoted: true}
	}
	return Credential{Key: key, Value: value}
}
