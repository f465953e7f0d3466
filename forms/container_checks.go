package forms

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/ssh"

	"berth/proxmox"
	"berth/views/human"
)

// Bounds of our own where Proxmox has none, far above any host: they keep numbers
// from overflowing its arithmetic.
const (
	maxMemory = 16 << 20 // MiB: 16 TiB
	maxDisk   = 1 << 20  // GiB: 1 PiB
)

// required is the sentence for an empty field.
func required(v, sentence string) string {
	if v == "" {
		return sentence
	}
	return ""
}

// Words parts a list typed with spaces, commas or semicolons between its items.
func Words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return strings.ContainsRune(" \t\r\n,;", r) })
}

// checkNumber judges a whole number; subject begins its rule, as in "memory is",
// and unit ends it.
func checkNumber(v, subject string, least, most int, unit string) string {
	rule := fmt.Sprintf("%s %d to %d%s", subject, least, most, unit)
	if v == "" {
		return "Enter a number: " + rule
	}
	digits := strings.TrimPrefix(v, "-")
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return human.Quoted(v) + " is not a whole number: " + rule
	}
	n, err := strconv.Atoi(v)
	switch {
	case strings.HasPrefix(v, "-"), err == nil && n < least:
		return shortened(v) + " is too low: " + rule
	case err != nil, n > most:
		return shortened(v) + " is too high: " + rule
	}
	return ""
}

// shortened makes a number, which may have hundreds of digits, fit into a sentence.
func shortened(v string) string {
	if len(v) > 20 {
		return v[:19] + "…"
	}
	return v
}

// checkVMID judges the number itself; whether it is free is the fleet's verdict.
func checkVMID(v string) string {
	if v == "" {
		return "Enter the number of this container in Proxmox"
	}
	return checkNumber(v, "a VMID is", proxmox.MinVMID, proxmox.MaxVMID, "")
}

// checkHostname says what keeps Proxmox from taking a host name: a short proxmox.ValidDomain.
func checkHostname(v string) string {
	const rule = "use letters, digits and hyphens"
	switch {
	case v == "":
		return "Enter a hostname"
	case strings.ContainsAny(v, " \t\n"):
		return "A hostname has no spaces; " + rule
	}
	for _, r := range v {
		if !isLetterOrDigit(r) && r != '-' && r != '.' {
			return human.Quoted(string(r)) + " is not allowed in a hostname; " + rule
		}
	}
	if len(v) > proxmox.MaxHostname {
		return fmt.Sprintf("This has %d characters; a hostname has %d at most", len(v), proxmox.MaxHostname)
	}
	for label := range strings.SplitSeq(v, ".") {
		switch {
		case label == "":
			return "A hostname cannot begin or end with a dot, or have two in a row"
		case strings.HasPrefix(label, "-"):
			return human.Quoted(label) + " begins with a hyphen; begin it with a letter or a digit"
		case strings.HasSuffix(label, "-"):
			return human.Quoted(label) + " ends with a hyphen; end it with a letter or a digit"
		case len(label) > proxmox.MaxHostnameLabel:
			return fmt.Sprintf("%s has %d characters; a part between dots has %d at most", human.Quoted(label), len(label), proxmox.MaxHostnameLabel)
		}
	}
	return ""
}

func isLetterOrDigit(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

func checkTags(v string) string {
	for _, tag := range Words(v) {
		if !proxmox.ValidTag(tag) {
			return human.Quoted(tag) + " is not a valid tag; a tag begins with a letter, a digit or _ and continues with these or - + ."
		}
	}
	return ""
}

// TagList returns the tags in typed text, each once.
func TagList(v string) []string {
	var tags []string
	for _, tag := range Words(v) {
		if !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

func checkDescription(v string) string {
	if n := utf8.RuneCountInString(v); n > proxmox.MaxDescription {
		return fmt.Sprintf("This has %d characters; a note has %d at most", n, proxmox.MaxDescription)
	}
	if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == utf8.RuneError }) {
		return "It contains a character that cannot be shown; enter the note again"
	}
	return ""
}

// checkOSTemplate judges the form of a volume; that it exists is CheckLists's matter.
func checkOSTemplate(v string) string {
	if v == "" {
		return "Choose an OS template"
	}
	if len(v) > proxmox.MaxOSTemplate {
		return fmt.Sprintf("This has %d characters; the name of an OS template has %d at most", len(v), proxmox.MaxOSTemplate)
	}
	storage, path, _ := strings.Cut(v, ":")
	file, isTemplate := strings.CutPrefix(path, "vztmpl/")
	if !proxmox.ValidStorage(storage) || !isTemplate || file == "" || strings.ContainsAny(file, "/ \t\n") {
		return human.Quoted(v) + " is not the name of an OS template; write it like local:vztmpl/debian-13-standard_13.1-2_amd64.tar.zst"
	}
	return ""
}

// parseSwitch reads the value of a checkbox, as a browser or a script sends it; ok is false where it is neither on nor off.
func parseSwitch(v string) (on, ok bool) {
	switch strings.ToLower(v) {
	case "1", "on", "true", "yes":
		return true, true
	case "", "0", "off", "false", "no":
		return false, true
	}
	return false, false
}

func checkSwitch(v string) string {
	if _, ok := parseSwitch(v); !ok {
		return human.Quoted(v) + " is neither on (1) nor off (0)"
	}
	return ""
}

// checkNesting knows that on a privileged container Proxmox lets nobody but root@pam
// itself set a feature, not even root's token.
func checkNesting(v string, unprivileged bool) string {
	if s := checkSwitch(v); s != "" {
		return s
	}
	if on, _ := parseSwitch(v); on && !unprivileged {
		return "In a privileged container only root@pam itself may enable nesting, never an API token; switch nesting off, or unprivileged on"
	}
	return ""
}

func checkStorage(v string) string {
	if v == "" {
		return "Choose a storage"
	}
	if !proxmox.ValidStorage(v) {
		return human.Quoted(v) + " is not a valid storage name; it has letters, digits and - _ . and begins with a letter"
	}
	return ""
}

func checkPool(v string) string {
	if v != "" && !proxmox.ValidPool(v) {
		return human.Quoted(v) + " is not a valid pool name; it has letters, digits and - _ ."
	}
	return ""
}

func checkBridge(v string) string {
	if v == "" {
		return "Choose a bridge"
	}
	if !proxmox.ValidBridge(v) {
		return human.Quoted(v) + " is not a valid bridge name; it has letters, digits and - _ ."
	}
	return ""
}

func checkSearchDomains(v string) string {
	for _, domain := range Words(v) {
		if !proxmox.ValidDomain(domain) {
			return human.Quoted(domain) + " is not a domain; write it like home.example"
		}
	}
	return ""
}

const privateKeySentence = "That was a private key. It was not saved, and must never leave your machine; paste the public key, from the file that ends in .pub"

// holdsPrivateKey recognises the private keys of OpenSSH (also without their first line), PEM and PuTTY.
func holdsPrivateKey(v string) bool {
	return strings.Contains(v, "PRIVATE KEY-----") || strings.Contains(v, "b3BlbnNzaC1rZXktdjE") || strings.Contains(v, "PuTTY-User-Key-File-")
}

// KeyLines returns the lines of a list of SSH keys without comments and empty ones, which Proxmox refuses.
func KeyLines(v string) []string {
	var keys []string
	for line := range strings.Lines(v) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			keys = append(keys, line)
		}
	}
	return keys
}

func checkSSHKeys(v string) string {
	n := 0
	for line := range strings.Lines(v) {
		n++
		if line = strings.TrimSpace(line); line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if _, _, _, _, err := ssh.ParseAuthorizedKey([]byte(line)); err != nil {
			return fmt.Sprintf("Line %d is not a public key; one looks like ssh-ed25519 AAAA… you@desk, on one line", n)
		}
	}
	return ""
}
