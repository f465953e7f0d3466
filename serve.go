package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"berth/fleet"
	"berth/fleet/vmids"
	"berth/handlers"
	"berth/handlers/web"
	"berth/jobs"
	"berth/pct/consoles"
	"berth/pct/inside"
	"berth/store"
)

// How long the parts of a shutdown may take, in their order. Together with what is left
// of a step, and the second at the most that connections take, they stay below the 5 s
// that a service manager is promised.
const (
	endRequests = time.Second
	endJobs     = 2 * time.Second
)

// The server's time-outs. A stream extends its own write deadline.
const (
	readHeaderTimeout = 5 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 60 * time.Second
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
)

// serve is berth serve.
func serve(ctx context.Context, t terminal, c config, _ []string) (err error) {
	s, err := openData(t, c, false)
	if err != nil {
		return err
	}
	defer closing(&err, s.Close)
	l, err := listen(c)
	if err != nil {
		return err
	}
	code, err := s.SetUpCode()
	if err != nil && !errors.Is(err, store.ErrSetUp) {
		return errors.Join(err, l.Close())
	}
	b, err := newBerth(s, c, web.Config{
		Log:            slog.New(slog.NewTextHandler(t.err, nil)),
		TrustedProxies: c.trustedProxies,
		Templates:      c.templates,
	})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	t.serving(webAddress(l, c), c.data, code)
	if !l.Addr().(*net.TCPAddr).IP.IsLoopback() && c.certificate == nil {
		t.unencrypted()
	}
	return b.serve(ctx, l)
}

// listen opens the port. Its error is a listenError.
func listen(c config) (net.Listener, error) {
	l, err := net.Listen("tcp", c.listen)
	if err != nil {
		return nil, listenError{c.listen, err}
	}
	return l, nil
}

// listenError is a port that cannot be had.
type listenError struct {
	address string
	err     error
}

func (e listenError) Error() string { return fmt.Sprintf("listen on %s: %v", e.address, e.err) }
func (e listenError) Unwrap() error { return e.err }

// webAddress returns the URL to open in a browser on this host.
func webAddress(l net.Listener, c config) string {
	addr := l.Addr().(*net.TCPAddr)
	host := addr.IP.String()
	if addr.IP.IsUnspecified() {
		host = "localhost"
	}
	scheme := "http"
	if c.certificate != nil {
		scheme = "https"
	}
	return scheme + "://" + net.JoinHostPort(host, fmt.Sprint(addr.Port))
}

// berth is the running program above its store.
type berth struct {
	store    *store.Store
	vmids    *vmids.Cache
	fleet    *fleet.Fleet
	jobs     *jobs.Runner
	consoles *consoles.Consoles
	inside   *inside.Inside
	server   *http.Server
	log      *slog.Logger
	begin    func() error // called once jobs can be begun; may be nil
}

// newBerth wires the rooms together. web has the settings of the web; newBerth sets the rooms in it.
func newBerth(s *store.Store, c config, web web.Config) (*berth, error) {
	cache, err := vmids.Open(c.redis)
	if err != nil {
		return nil, err
	}
	f := fleet.New(fleet.Config{Store: s, VMIDs: cache, Log: web.Log})
	j := jobs.New(jobs.Config{Store: s, Client: f.Client, Host: f.Host, Changed: f.GuestsChanged, Addressed: f.NoteAddresses, Log: web.Log})
	if web.Inside == nil {
		web.Inside = inside.New(inside.Config{})
	}
	k := consoles.New(consoles.Config{Store: s, Host: f.Host, Log: web.Log})
	b := &berth{store: s, vmids: cache, fleet: f, jobs: j, consoles: k, inside: web.Inside, log: web.Log}
	web.Store, web.Fleet, web.Jobs, web.Consoles, web.Version = s, f, j, k, versionText()
	handler, err := handlers.New(web)
	if err != nil {
		return nil, errors.Join(err, b.close())
	}
	b.server = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: readHeaderTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(web.Log.Handler(), slog.LevelWarn),
	}
	if c.certificate != nil {
		b.server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{*c.certificate}}
	}
	return b, nil
}

// serve answers requests until ctx ends or the listener fails, then closes everything
// but the store. It takes l over.
func (b *berth) serve(ctx context.Context, l net.Listener) (err error) {
	defer closing(&err, b.close)
	streams, endStreams := context.WithCancel(context.WithoutCancel(ctx))
	defer endStreams()
	b.server.BaseContext = func(net.Listener) context.Context { return streams }
	b.server.RegisterOnShutdown(endStreams) // called after the listener is closed

	if err := b.jobs.Resume(); err != nil {
		return errors.Join(err, l.Close())
	}
	if b.begin != nil {
		if err := b.begin(); err != nil {
			return errors.Join(err, l.Close())
		}
	}
	working, stopWork := context.WithCancel(ctx)
	var work sync.WaitGroup
	work.Go(func() { every(working, sweepEvery, b.sweep) })
	work.Go(func() { every(working, forgetEvery, b.forget) })
	defer work.Wait()
	defer stopWork()

	served := make(chan error, 1)
	go func() {
		if b.server.TLSConfig != nil {
			served <- b.server.ServeTLS(l, "", "")
			return
		}
		served <- b.server.Serve(l)
	}()
	select {
	case err := <-served:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), endRequests)
	defer cancel()
	if err := b.server.Shutdown(end); err != nil {
		b.log.Warn("requests were cut off", "error", err)
		err = b.server.Close()
		<-served
		return err
	}
	<-served
	return nil
}

// close stops the work behind the web: jobs between two steps, consoles, which the server
// has let go of, and looks into containers; then the polling, then the cache.
func (b *berth) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), endJobs)
	defer cancel()
	var ending sync.WaitGroup // in the same time
	ending.Go(func() {
		if b.inside.Close(ctx) != nil { // it ends programs in containers too
			b.log.Warn("looks into containers were cut off")
		}
	})
	ending.Go(func() {
		if b.consoles.Close(ctx) != nil {
			b.log.Warn("consoles were cut off")
		}
	})
	err := b.jobs.Close(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		b.log.Warn("jobs were cut off; they go on at the next start")
		err = nil
	}
	ending.Wait()
	return errors.Join(err, b.fleet.Close(), b.vmids.Close())
}
