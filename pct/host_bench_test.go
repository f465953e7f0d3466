package pct_test

import (
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"

	"berth/pct"
)

// BenchmarkRunStart measures the start of a step over an open connection. Nearly all of the
// time is spent by sshd, the forced command and the shells: own-ms/op is the processor time of
// this process, raw-ms/op the time of the same command over a bare SSH session with an empty
// program, and over-ms/op the time that Run takes longer.
func BenchmarkRunStart(b *testing.B) {
	s := newSSHD(b)
	h := s.host()
	start := func() {
		if exit, err := h.Run(b.Context(), pct.Run{ID: "bench", VMID: 100, Script: ":", Limit: time.Minute, Stdout: io.Discard, Stderr: io.Discard}); err != nil || exit != 0 {
			b.Fatal(exit, err)
		}
	}
	bare := bareSession(b, s)
	start() // connects
	bare()
	var own, raw time.Duration
	for b.Loop() {
		before := processorTime(b)
		start()
		own += processorTime(b) - before
		b.StopTimer()
		began := time.Now()
		bare()
		raw += time.Since(began)
		b.StartTimer()
	}
	perOp := func(d time.Duration) float64 { return d.Seconds() * 1000 / float64(b.N) }
	b.ReportMetric(perOp(own), "own-ms/op")
	b.ReportMetric(perOp(raw), "raw-ms/op")
	b.ReportMetric(perOp(b.Elapsed()-raw), "over-ms/op")
}

// bareSession returns a function that runs the forced command over SSH with an empty program.
func bareSession(b *testing.B, s *sshd) func() {
	b.Helper()
	client, err := ssh.Dial("tcp", s.cfg.Addr, &ssh.ClientConfig{
		User: s.cfg.User, Auth: []ssh.AuthMethod{ssh.PublicKeys(s.cfg.Key)},
		HostKeyAlgorithms: []string{ssh.KeyAlgoED25519},
		HostKeyCallback:   func(string, net.Addr, ssh.PublicKey) error { return nil }, // the test's own
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { client.Close() })
	return func() {
		session, err := client.NewSession()
		if err != nil {
			b.Fatal(err)
		}
		defer session.Close()
		session.Stdin = strings.NewReader(":\n")
		if err := session.Run("exec 100 60"); err != nil {
			b.Fatal(err)
		}
	}
}

// processorTime returns the processor time that this process has used.
func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
