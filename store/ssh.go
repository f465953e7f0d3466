package store

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"
)

// SSHSettings has the settings for reaching a node's host over SSH, without the key: see SSHKey.
type SSHSettings struct {
	Host    string // "" for the node's Host
	Port    int    // 0 for 22
	User    string // "" for root
	HostKey string // the pinned key, as ssh.FingerprintSHA256 writes it; "" while none is trusted
}

// NoSSHError says that the host which holds a container cannot be reached over SSH for want of settings.
type NoSSHError struct {
	Node   string // the user's name of the node that has no trusted host key
	Member string // the member that holds the container, if it is no node of the user's; else ""
}

func (e *NoSSHError) Error() string {
	if e.Member != "" {
		return fmt.Sprintf("store: cluster member %s is no node of the user", e.Member)
	}
	return fmt.Sprintf("store: SSH is not set up for node %s", e.Node)
}

// SetSSH replaces a node's SSH settings. If they change, the host counts as untried.
// ErrNotFound.
func (s *Store) SetSSH(userID, nodeID string, set SSHSettings) (Node, error) {
	return s.changeNode(userID, nodeID, func(n *Node) {
		if n.SSH != set {
			n.SSH, n.SSHWorked = set, time.Time{}
		}
	})
}

// NoteSSHWorked notes that the forced command of a node's host has answered as it should, unless the
// node's settings lead to another host by now than the one that was tried. ErrNotFound.
func (s *Store) NoteSSHWorked(tried Node) error {
	_, err := s.changeNode(tried.UserID, tried.ID, func(n *Node) {
		if n.reachesAs(tried) {
			n.SSHWorked = s.now()
		}
	})
	return err
}

// reachesAs tells whether two records of a node lead to the same host over SSH.
func (n Node) reachesAs(other Node) bool {
	return n.SSH == other.SSH && (n.SSH.Host != "" || n.Host == other.Host)
}

func (s *Store) changeNode(userID, nodeID string, change func(*Node)) (Node, error) {
	var n Node
	err := s.db.Update(func(tx *bolt.Tx) (err error) {
		if n, err = nodeOf(tx, userID, nodeID); err != nil {
			return err
		}
		change(&n)
		return putNode(tx, n)
	})
	return n, err
}

// SSHNode returns the user's node to reach over SSH for containers on a member of the
// cluster that the node with an ID is in; "" for that node itself. ErrNotFound, *NoSSHError.
func (s *Store) SSHNode(userID, nodeID, member string) (Node, error) {
	var n Node
	err := s.db.View(func(tx *bolt.Tx) (err error) {
		if n, err = nodeOf(tx, userID, nodeID); err != nil || member == "" || member == n.Member {
			return err
		}
		all, err := nodesOf(tx, userID)
		if err != nil {
			return err
		}
		scope := n.Scope
		i := slices.IndexFunc(all, func(o Node) bool { return o.Scope == scope && o.Member == member })
		if i < 0 {
			return &NoSSHError{Node: n.Name, Member: member}
		}
		n = all[i]
		return nil
	})
	if err == nil && n.SSH.HostKey == "" {
		err = &NoSSHError{Node: n.Name}
	}
	return n, err
}

// SSHKey returns the key by which Berth signs in at a node's host. The first call makes it;
// it is deleted with the node. ErrNotFound; ErrKey.
func (s *Store) SSHKey(userID, nodeID string) (ed25519.PrivateKey, error) {
	var seed []byte
	read := func(tx *bolt.Tx) (err error) {
		if _, err = nodeOf(tx, userID, nodeID); err != nil {
			return err
		}
		seed, err = s.getSecret(tx, secretSSH(nodeID), userID)
		return err
	}
	err := s.db.View(read)
	if errors.Is(err, ErrNotFound) {
		err = s.db.Update(func(tx *bolt.Tx) error {
			if err := read(tx); !errors.Is(err, ErrNotFound) {
				return err // another was quicker
			}
			if _, err := nodeOf(tx, userID, nodeID); err != nil {
				return err
			}
			seed = make([]byte, ed25519.SeedSize)
			rand.Read(seed) // never fails
			return s.putSecret(tx, secretSSH(nodeID), userID, seed)
		})
	}
	if err != nil {
		return nil, err
	}
	if len(seed) != ed25519.SeedSize {
		return nil, ErrKey
	}
	return ed25519.NewKeyFromSeed(seed), nil
}
