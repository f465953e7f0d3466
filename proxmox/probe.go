package proxmox

import (
	"context"
	"time"
)

// ProbeTimeout bounds a whole Probe.
const ProbeTimeout = 10 * time.Second

// Probed is what a host told when it was tried with what a person typed.
type Probed struct {
	Version     Version
	Certificate Certificate // what it presented
	Member      string      // the host's own name in Proxmox; empty when it cannot be told which of Members it is
	Members     []Member    // all of the cluster; one when it is in none
	Cluster     string      // the cluster's name, where the token may read it
	Permissions Permissions
	Latency     time.Duration // of the version call
}

// Probe tries a host step by step: name, port, TLS, is it Proxmox, token,
// which node, rights. Its error is an *Error whose Kind names the step that failed;
// a token without any right is no error, Permissions is empty then.
func Probe(ctx context.Context, cfg Config) (Probed, error) { panic("unwritten") }
