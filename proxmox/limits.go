package proxmox

import (
	"strconv"
	"strings"
)

// The bounds of Proxmox VE's parameters, so that a form can refuse a value before
// the host does. They are those of POST /nodes/{node}/lxc in the API schemas of
// 8.4 and 9.2, which agree; any other source is named.
const (
	MinVMID = 100         // vmid, minimum
	MaxVMID = 999_999_999 // vmid, maximum

	MinCores = 1    // cores, minimum
	MaxCores = 8192 // cores, maximum

	MinMemory = 16 // MiB; memory, minimum. There is no maximum.
	MinSwap   = 0  // MiB; swap, minimum. There is no maximum.
	MinDisk   = 1  // GiB; Proxmox takes fractions too, Berth whole ones only

	MinVLAN = 1    // net0's tag, minimum
	MaxVLAN = 4094 // net0's tag, maximum

	// MaxHostname is the length of the longest host name in bytes. The schema
	// says 255, but LXC hands the whole of it to the kernel, whose
	// sethostname(2) ends at 64: a longer one is created and never starts.
	MaxHostname = 64
	// MaxHostnameLabel is the length of the longest part between dots, by RFC 1123.
	MaxHostnameLabel = 63

	MaxDescription = 8192 // characters; description, max_length
	MaxOSTemplate  = 255  // characters; ostemplate, max_length

	MinSnapshotName = 2    // characters; the format pve-configid of snapname
	MaxSnapshotName = 40   // characters; snapname, max_length, of POST …/snapshot
	maxBackupNote   = 1024 // characters; notes-template, max_length, of POST …/vzdump
)

// ParseVMID reads a VMID, in decimal digits alone; 0 and false for anything else, or out of MinVMID to MaxVMID.
func ParseVMID(s string) (int, bool) {
	vmid, err := strconv.ParseUint(s, 10, 32)
	if err != nil || vmid < MinVMID || vmid > MaxVMID {
		return 0, false
	}
	return int(vmid), true
}

// ValidDomain tells whether Proxmox takes s as a search domain: the format
// dns-name, which is letters, digits and hyphens in parts separated by dots, no
// part beginning or ending with a hyphen. A host name is the same, but shorter:
// MaxHostname. The bound of 253 bytes is that of the DNS itself (RFC 1035).
func ValidDomain(s string) bool {
	return len(s) <= 253 && validDNSName(s)
}

func validDNSName(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if len(label) > MaxHostnameLabel || !validNodeName(label) {
			return false
		}
	}
	return true
}

// validNodeName tells whether s can be a host's own name in Proxmox: the format
// pve-node, which is one part of a host name.
func validNodeName(s string) bool {
	return s != "" && s[0] != '-' && s[len(s)-1] != '-' && madeOf(s, "-")
}

// ValidSnapshotName tells whether Proxmox takes s as a snapshot's name: the
// format pve-configid, which is letters, digits and _- starting with a letter.
func ValidSnapshotName(s string) bool {
	return len(s) >= MinSnapshotName && len(s) <= MaxSnapshotName && isLetter(s[0]) && madeOf(s, "_-") && !ReservedSnapshotName(s)
}

// ReservedSnapshotName tells whether Proxmox keeps a snapshot's name for itself.
func ReservedSnapshotName(s string) bool { return s == current || s == "vzdump" }

// ValidTag tells whether Proxmox takes s as one tag: the format pve-tag, which
// is letters, digits and _-+. with a letter, digit or underscore in front.
func ValidTag(s string) bool {
	return s != "" && !strings.ContainsRune("-+.", rune(s[0])) && madeOf(s, "_-+.")
}

// ValidStorage tells whether s can be the name of a storage: the format
// pve-storage-id, which is at least two of letters, digits and -_. beginning
// with a letter and ending with a letter or a digit.
func ValidStorage(s string) bool {
	return len(s) >= 2 && isLetter(s[0]) && (isLetter(s[len(s)-1]) || isDigit(s[len(s)-1])) && madeOf(s, "-_.")
}

// ValidBridge tells whether Proxmox takes s as net0's bridge: letters, digits and -_. only.
func ValidBridge(s string) bool {
	return s != "" && madeOf(s, "-_.")
}

// ValidPool tells whether s can be the name of a pool: the format pve-poolid,
// which is up to three names of letters, digits and .-_ separated by slashes.
func ValidPool(s string) bool {
	parts := strings.Split(s, "/")
	for _, p := range parts {
		if p == "" || !madeOf(p, ".-_") {
			return false
		}
	}
	return len(parts) <= 3
}

// SplitTokenID parts USER@REALM!NAME into USER@REALM and NAME. It is false for
// what Proxmox's access control would not take as a token's ID: USER is without
// white space, colon and slash; REALM and NAME begin with a letter and go on
// with at least one letter, digit or .-_
func SplitTokenID(id string) (user, name string, ok bool) {
	bang := strings.LastIndexByte(id, '!')
	if bang < 0 {
		return "", "", false
	}
	user, name = id[:bang], id[bang+1:]
	at := strings.LastIndexByte(user, '@')
	if at <= 0 || !validRealm(user[at+1:]) || !validRealm(name) || strings.ContainsAny(user, ":/ \t\r\n\v\f") {
		return "", "", false
	}
	return user, name, true
}

func validRealm(s string) bool {
	return len(s) >= 2 && isLetter(s[0]) && madeOf(s, ".-_")
}

// madeOf tells whether s holds nothing but ASCII letters, digits and the bytes of others.
func madeOf(s, others string) bool {
	for i := range len(s) {
		if !isLetter(s[i]) && !isDigit(s[i]) && strings.IndexByte(others, s[i]) < 0 {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
