package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"berth/handlers"
	"berth/proxmox"
	"berth/proxmox/sim"
	"berth/store"
)

// The sign-in of the demonstration. It opens simulated hosts and nothing else.
const (
	demoUser     = "demo"
	demoPassword = "demonstration"
)

// demo is berth demo: Berth over simulated hosts, with data that is gone afterwards.
func demo(ctx context.Context, t terminal, c config, _ []string) (err error) {
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
	if err := furnish(ctx, s, world); err != nil {
		return err
	}
	l, err := listen(c)
	if err != nil {
		return err
	}
	b, err := newBerth(s, c, handlers.Config{
		Log:  slog.New(slog.NewTextHandler(t.err, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Demo: true,
	})
	if err != nil {
		return errors.Join(err, l.Close())
	}
	t.demonstrating(webAddress(l, c), demoUser, demoPassword)
	return b.serve(ctx, l)
}

// furnish makes the account and adds the simulated hosts to it.
func furnish(ctx context.Context, s *store.Store, world *sim.DemoWorld) error {
	u, err := s.AddUser(demoUser, demoPassword)
	if err != nil {
		return err
	}
	for _, host := range world.Nodes {
		if err := addDemoNode(ctx, s, u.ID, host); err != nil {
			return fmt.Errorf("add %s: %w", host.Name, err)
		}
	}
	return nil
}

func addDemoNode(ctx context.Context, s *store.Store, userID string, d sim.DemoNode) error {
	cfg := proxmox.Config{
		Host:        "127.0.0.1",
		Port:        d.Host.Port,
		TokenID:     d.TokenID,
		TokenSecret: d.TokenSecret,
		Fingerprint: d.Host.Fingerprint,
	}
	probed, err := proxmox.Probe(ctx, cfg)
	if err != nil {
		return err
	}
	abilities, err := json.Marshal(probed.Permissions.Abilities())
	if err != nil {
		return err
	}
	n := store.Node{
		UserID:      userID,
		Name:        d.Name,
		Host:        cfg.Host,
		Port:        cfg.Port,
		TokenID:     cfg.TokenID,
		Fingerprint: cfg.Fingerprint,
		Member:      probed.Member,
		Cluster:     probed.Cluster,
		Version:     probed.Version.Version,
		Abilities:   abilities,
		Tested:      time.Now(),
	}
	for _, m := range probed.Members {
		n.Members = append(n.Members, store.NodeMember{Name: m.Name, Fingerprint: m.Fingerprint})
	}
	_, err = s.AddNode(n, d.TokenSecret)
	return err
}
