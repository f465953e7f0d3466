package proxmox

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"time"
)

// Certificate has the parts of a host's TLS certificate that a person needs to decide whether to trust it.
type Certificate struct {
	Fingerprint string // SHA-256 of the DER: 64 upper-case hex digits
	Subject     string // common name
	Issuer      string // common name, or organisation
	NotBefore   time.Time
	NotAfter    time.Time
}

func certificateOf(c *x509.Certificate) Certificate {
	issuer := c.Issuer.CommonName
	if issuer == "" && len(c.Issuer.Organization) > 0 {
		issuer = c.Issuer.Organization[0]
	}
	sum := sha256.Sum256(c.Raw)
	return Certificate{
		Fingerprint: strings.ToUpper(hex.EncodeToString(sum[:])),
		Subject:     c.Subject.CommonName,
		Issuer:      issuer,
		NotBefore:   c.NotBefore,
		NotAfter:    c.NotAfter,
	}
}

// plainFingerprint writes a fingerprint as Certificate.Fingerprint has it;
// Proxmox puts colons between the bytes.
func plainFingerprint(s string) string {
	return strings.ToUpper(strings.ReplaceAll(s, ":", ""))
}

// serverIdle is the time after which pveproxy closes an idle connection
// (AnyEvent.pm in pve-http-server). Berth closes its own a second earlier.
const serverIdle = 5 * time.Second

// newTransport returns a transport that speaks HTTP/1.1 over TLS straight to
// one host, as pveproxy does. A proxy of the environment is not used: the host is at home.
func newTransport(fingerprint string) *http.Transport {
	t := &http.Transport{
		Protocols:              new(http.Protocols),
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		DialContext:            (&net.Dialer{Timeout: CallTimeout}).DialContext,
		TLSHandshakeTimeout:    CallTimeout,
		IdleConnTimeout:        serverIdle - time.Second,
		MaxIdleConnsPerHost:    4,
		MaxResponseHeaderBytes: 64 << 10,
	}
	t.Protocols.SetHTTP1(true)
	if fingerprint != "" {
		// Not a way around the check, but another check in its place: the
		// certificate of a Proxmox host is signed by the host's own CA, which no
		// system knows, for a name that need not be the one typed. A person has
		// looked at this one leaf certificate and trusts it, so exactly it must
		// come. VerifyConnection runs in every handshake, before the token
		// is sent, also with InsecureSkipVerify and on resumed sessions.
		t.TLSClientConfig.InsecureSkipVerify = true
		t.TLSClientConfig.VerifyConnection = func(state tls.ConnectionState) error {
			if len(state.PeerCertificates) == 0 {
				return errors.New("no certificate presented")
			}
			presented := certificateOf(state.PeerCertificates[0])
			if presented.Fingerprint != fingerprint {
				return &changedError{presented}
			}
			return nil
		}
	}
	return t
}

// changedError ends a handshake in which another certificate than the pinned one was presented.
type changedError struct{ presented Certificate }

func (e *changedError) Error() string {
	return "not the pinned certificate but " + e.presented.Fingerprint
}

// transportError tells the Kind of an exchange that ended without a whole answer. ctx is the caller's.
func transportError(ctx context.Context, call string, err error) *Error {
	e := &Error{Call: call, Cause: err}
	var (
		netError   net.Error
		dns        *net.DNSError
		changed    *changedError
		unverified *tls.CertificateVerificationError
		notTLS     tls.RecordHeaderError
		alert      tls.AlertError
	)
	switch {
	case errors.As(err, &changed):
		e.Kind, e.Certificate = KindCertChanged, &changed.presented
	case errors.As(err, &unverified) && len(unverified.UnverifiedCertificates) > 0:
		presented := certificateOf(unverified.UnverifiedCertificates[0])
		e.Kind, e.Certificate = KindUntrusted, &presented
	case ctx.Err() == context.Canceled:
		e.Kind = KindCancelled
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &netError) && netError.Timeout():
		e.Kind = KindTimeout
	case errors.As(err, &dns):
		e.Kind = KindNoSuchHost
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Kind = KindRefused
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &notTLS), errors.As(err, &alert), malformed(err):
		e.Kind = KindNotProxmox
	default:
		e.Kind = KindUnreachable
	}
	return e
}

// malformed tells whether err is net/http's complaint about an answer that is
// not HTTP. It has no type to ask for, only words.
func malformed(err error) bool {
	return strings.Contains(err.Error(), "malformed")
}

// maxAnswer bounds the body of an answer. 1,000 guests take about half a MiB.
const maxAnswer = 8 << 20

var errTooLarge = errors.New("the answer is larger than 8 MiB")

// readAnswer reads a body of at most maxAnswer bytes.
func readAnswer(body io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(body, maxAnswer+1))
	if err == nil && len(b) > maxAnswer {
		err = errTooLarge
	}
	return b, err
}
