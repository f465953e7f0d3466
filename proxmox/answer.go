package proxmox

import (
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strings"
)

// An answer is a host's HTTP answer with its body, of at most maxAnswer bytes, read to the end.
type answer struct {
	status int
	reason string // the words behind the status in the status line
	header http.Header
	body   []byte
}

// decode puts the answer's data into out. call, "METHOD path", is for the *Error
// that it returns for an answer that is no success or cannot be read. A nil out
// is for calls whose answer has no data.
func (a answer) decode(call string, out any) error {
	if a.status < 200 || a.status > 299 {
		return a.failure(call)
	}
	var envelope struct {
		Data json.RawMessage `json:"data"`
	}
	err := json.Unmarshal(a.body, &envelope)
	if err == nil && envelope.Data == nil {
		err = errors.New("the answer has no data")
	}
	if err == nil && out != nil {
		err = unmarshal(envelope.Data, out)
	}
	if err != nil {
		return &Error{Kind: KindNotProxmox, Call: call, Status: a.status, Cause: err}
	}
	return nil
}

// failure makes an *Error of an answer whose status is not 2xx.
func (a answer) failure(call string) *Error {
	e := &Error{Call: call, Status: a.status}
	message, fields, enveloped := a.complaint()
	e.Message = strings.TrimSpace(message)
	if a.ofProxy() {
		e.Kind = KindProxy
		return e
	}
	if !enveloped && !a.plausible() {
		e.Kind = KindNotProxmox
		return e
	}
	e.Fields = fields
	e.judge()
	return e
}

// ofProxy tells whether the answer is that of a reverse proxy that could not
// reach the host behind it. pveproxy has no such answers. 520 to 530 are
// Cloudflare's own.
func (a answer) ofProxy() bool {
	if strings.HasPrefix(a.header.Get("Server"), daemon) {
		return false
	}
	switch a.status {
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return a.status >= 520 && a.status <= 530
}

// daemon begins what pveproxy calls itself in the header Server.
const daemon = "pve-api-daemon"

// complaint takes the host's error message out of the answer, and its words for
// single parameters by name. Newer releases put the message into the body and
// the reason phrase, older ones and pveproxy itself into the reason phrase
// alone. enveloped tells whether the body is one that Proxmox writes.
func (a answer) complaint() (message string, fields map[string]string, enveloped bool) {
	var envelope struct {
		Data    json.RawMessage            `json:"data"`
		Message text                       `json:"message"`
		Errors  map[string]json.RawMessage `json:"errors"`
	}
	if json.Unmarshal(a.body, &envelope) != nil {
		return a.reason, nil, false
	}
	for name, raw := range envelope.Errors {
		words, plain := scalar(raw)
		if !plain {
			words = string(raw)
		}
		if fields == nil {
			fields = make(map[string]string, len(envelope.Errors))
		}
		fields[name] = strings.TrimSpace(words)
	}
	message = string(envelope.Message)
	if strings.TrimSpace(message) == "" {
		message = a.reason
	}
	return message, fields, envelope.Data != nil || envelope.Errors != nil || envelope.Message != ""
}

// plausible tells whether an error without Proxmox's JSON can come from it:
// pveproxy itself answers with an empty body, or with the reason phrase as plain text.
func (a answer) plausible() bool {
	if strings.HasPrefix(a.header.Get("Server"), daemon) {
		return a.status >= 400
	}
	body := strings.TrimSpace(string(a.body))
	if body != "" && body != strings.TrimSpace(a.reason) {
		return false
	}
	switch a.status {
	case 400, 401, 403, 500, 501, 595, 596, 597, 598, 599:
		return true
	}
	return false
}

// Proxmox's words for the failures that have a Kind of their own.
var (
	saysForbidden   = regexp.MustCompile(`Permission check failed \((/[^,\s]*), ([A-Za-z.]+)`)
	saysExists      = regexp.MustCompile(`\b(?:VM|CT) \d+ already exists\b`)
	saysLocked      = regexp.MustCompile(`\b(?:VM|CT) is locked(?: \(([a-z-]+)\))?`)
	saysRunning     = regexp.MustCompile(`\b(?:VM|CT) \d+ already running\b`)
	saysNotRunning  = regexp.MustCompile(`\b(?:VM|CT) \d+ not running\b`)
	saysNoSuchNode  = regexp.MustCompile(`\bhostname lookup '|\bno such cluster node '`)
	saysNoSuchGuest = regexp.MustCompile(`\bConfiguration file '[^']*' does not exist|\bunable to find VM '\d+'`)
	saysNoSnapshot  = regexp.MustCompile(`\bsnapshot '[^']*' does not exist\b`)
	saysNameTaken   = regexp.MustCompile(`\bsnapshot name '[^']*' already used\b`)
	saysNoFeature   = regexp.MustCompile(`\bsnapshot feature is not available\b|\bLinked clone feature for '[^']*' is not available\b`)
	saysTemplate    = regexp.MustCompile(`\bif (?:it's|vm is) a template\b`)
	saysInUse       = regexp.MustCompile(`\bused in HA resources and purge parameter not set\b|\bThere is a replication job '[^']*' for guest '`)
	saysBusy        = regexp.MustCompile(`\bcan't lock file '[^']*' - got timeout\b|\bcfs[ -]lock '[^']*'(?: error)?: got lock request timeout\b`)
	saysRunsStill   = regexp.MustCompile(`container is running\b|(?i:\bfull clones? o[fn] a running container\b)`)
)

// judge sets the Kind, and the fields that go with it, by the status and the host's words.
func (e *Error) judge() {
	switch {
	case e.Status == http.StatusUnauthorized && strings.EqualFold(e.Message, "No ticket"):
		// What pveproxy says of a request without credentials (PVE::HTTPServer).
		e.Kind = KindTokenLost
	case e.Status == http.StatusUnauthorized:
		e.Kind = KindUnauthorized
	case e.Status == 595 && strings.EqualFold(e.Message, "Connection refused"):
		// The host is there, its service behind pveproxy is not: pvedaemon for the
		// host that was asked, pveproxy for another member.
		e.Kind = KindDaemonDown
	case e.Status == http.StatusForbidden:
		e.forbid()
	case e.Status >= 595 && e.Status <= 599:
		// AnyEvent::HTTP's own codes: pveproxy could not pass the call on to the member.
		e.Kind = KindMemberDown
	case e.Status == http.StatusBadRequest && saysExists.MatchString(e.Fields["vmid"]):
		e.Kind = KindExists
	case e.Status == http.StatusBadRequest && e.Fields["upid"] != "":
		e.Kind = KindNotFound
	case saysNoSuchNode.MatchString(e.Message):
		e.Kind = KindNoSuchNode
	case e.Status == http.StatusBadRequest:
		e.Kind = KindInvalid
	default:
		e.Kind, e.Lock = kindOfWords(e.Message)
	}
}

// forbid takes the missing right from the host's words.
func (e *Error) forbid() {
	e.Kind = KindForbidden
	if m := saysForbidden.FindStringSubmatch(e.Message); m != nil {
		e.Path, e.Privilege = m[1], m[2]
	}
}

// kindOfWords recognises the failures of calls and of tasks that have no status of their own.
func kindOfWords(message string) (kind Kind, lock string) {
	if m := saysLocked.FindStringSubmatch(message); m != nil {
		return KindLocked, m[1]
	}
	switch {
	case saysBusy.MatchString(message):
		return KindBusy, ""
	case saysExists.MatchString(message):
		return KindExists, ""
	case saysTemplate.MatchString(message):
		return KindTemplate, ""
	case strings.HasSuffix(message, "protection mode enabled"):
		return KindProtected, ""
	case saysInUse.MatchString(message):
		return KindInUse, ""
	case saysNoSuchGuest.MatchString(message):
		return KindNotFound, ""
	case saysRunning.MatchString(message):
		return KindAlreadyRunning, ""
	case saysNotRunning.MatchString(message):
		return KindNotRunning, ""
	case saysRunsStill.MatchString(message):
		return KindStillRunning, ""
	case saysNoSnapshot.MatchString(message):
		return KindNoSnapshot, ""
	case saysNameTaken.MatchString(message):
		return KindNameTaken, ""
	case saysNoFeature.MatchString(message):
		return KindNoFeature, ""
	case strings.Contains(message, "is not most recent snapshot on"):
		return KindNotNewest, ""
	case strings.Contains(message, "detected modified configuration"):
		return KindModified, ""
	}
	return KindOther, ""
}
