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
	// maxCredentialFile is how big a file of credentials may be, in bytes.
	maxCredentialFile = 16 << 10
	// maxCredentials is how many values of a file are shown.
	maxCredentials = 100
)

// CredentialFile is a file of lines KEY=VALUE that a template's script left.
type CredentialFile struct {
	Path   string
	Values []Credential
	TooBig bool // nothing of it is read
	Others int  // lines that are neither KEY=VALUE nor a comment
}

// Credential is one value.
type Credential struct {
	Key, Value string
	Quoted     bool // it holds what cannot be shown, and is written as Go quotes text
}

// Credentials reads the credentials that scripts left in a container, now. Nothing of them
// is kept. Its errors are *proxmox.Error, which hold nothing of them either.
func Credentials(ctx context.Context, host *pct.Host, vmid int) ([]CredentialFile, error) {
	out, mark, err := brief(ctx, host, vmid, "credentials", credentialsScript)
	if err != nil {
		return nil, err
	}
	return parseCredentials(out, mark), nil
}

// parseCredentials reads what credentials.sh printed with that mark.
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

// credential is a value as it may be shown.
func credential(key, value string) Credential {
	hidden := func(r rune) bool { return !unicode.IsPrint(r) }
	if !utf8.ValidString(value) || strings.ContainsFunc(value, hidden) {
		return Credential{Key: key, Value: strconv.QuoteToASCII(value), Quoted: true}
	}
	return Credential{Key: key, Value: value}
}
