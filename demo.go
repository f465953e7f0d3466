package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"

	"berth/handlers/web"
	"berth/pct/inside"
	"berth/proxmox/sim"
	"berth/proxmox/sim/demo"
	"berth/store"
)

// demonstrate is berth demo: it serves Berth over simulated hosts, with data that is gone afterwards.
func demonstrate(ctx context.Context, t terminal, c config, _ []string) (err error) {
	world, err := sim.Demo()
	if err != nil {
		return err
	}
	defer world.Close()
	dir, err := os.MkdirTemp("", "berth-demo-")
	if err != nil {
		return err
	}
	defer closing(&err, func() error { return os.RemoveAll(dir) })
	s, err := store.Open(dir, store.Options{})
	if err != nil {
		return err
	}
	defer closing(&err, s.Close)
	folder := filepath.Join(dir, "templates")
	if err := demo.Furnish(ctx, s, world, folder); err != nil {
		return err
	}
	l, err := listen(c)
	if err != nil {
		return err
	}
	b, err := newBerth(s, c, web.Config{
		Log:  slog.New(slog.NewTextHandler(t.err, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Demo: true, Templates: folder,
		// There is no network to the simulated containers: their ports are asked in memory.
		Inside: inside.New(inside.Config{Dial: world.Dial}),
	})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	b.begin = func() error { return demo.Play(s, b.jobs, world) }
	t.demonstrating(webAddress(l, c), demo.User, demo.Password)
	return b.serve(ctx, l)
}
