package store

import (
	"crypto/rand"
	"encoding/json"
	"slices"
	"strings"
	"time"

	bolt "go.etcd.io/bbolt"
)

// Buckets (the secrets are in their own, see secrets.go):
//
//	nodes    node ID → Node
//	nodesof  user ID/node ID → nothing
var (
	bucketNodes   = []byte("nodes")
	bucketNodesOf = []byte("nodesof")
)

// Node is a Proxmox host that a user added. It holds no secret.
type Node struct {
	ID          string // Berth's own, as in URLs
	UserID      string
	Name        string // the user's label; unique for that user, without regard to case
	Host        string
	Port        int
	TokenID     string
	Fingerprint string // pinned certificate: 64 upper-case hex digits; "" trusts the system's roots
	Member      string // its name in Proxmox: the {node} of API paths
	Scope       string // VMIDs are unique in it: the same for nodes of one cluster of one user
	Cluster     string // the cluster's name where known
	Members     []NodeMember
	Version     string // of Proxmox, as last seen
	Default     bool
	SSH         SSHSettings
	SSHWorked   time.Time       // when the forced command last answered as it should; zero: not with these settings
	Abilities   json.RawMessage // of the token, by its last test; for the settings page
	Tested      time.Time
	Created     time.Time
}

// NodeMember is a host of the node's cluster and its API certificate.
type NodeMember struct{ Name, Fingerprint string }

// shares tells whether two nodes are in one cluster: they know a member with the same
// name and the same certificate. The name alone says nothing, many hosts are called pve.
func (n Node) shares(other Node) bool {
	return slices.ContainsFunc(n.Members, func(m NodeMember) bool {
		return m.Fingerprint != "" && slices.Contains(other.Members, m)
	})
}

// isStill tells whether n is the same host as before it was changed, perhaps with a new certificate.
func (n Node) isStill(before Node) bool {
	return n.shares(before) || n.Host == before.Host && n.Member == before.Member
}

// AddNode keeps a node and its token secret. It sets ID, Scope (that of the user's
// node with which it shares a member, else a new one), Default (the user's first) and Created, in one transaction.
// ErrNameTaken.
func (s *Store) AddNode(n Node, secret string) (Node, error) {
	err := s.db.Update(func(tx *bolt.Tx) error {
		others, err := nodesOf(tx, n.UserID)
		if err != nil {
			return err
		}
		if nameTaken(others, n) {
			return ErrNameTaken
		}
		n.ID = newID("n")
		n.Created = s.now()
		n.Default = len(others) == 0
		n.Scope = ""
		if err := settleScope(tx, &n, others); err != nil {
			return err
		}
		if err := tx.Bucket(bucketNodesOf).Put(ownedKey(n.UserID, n.ID), nil); err != nil {
			return err
		}
		if err := s.putSecret(tx, secretToken(n.ID), n.UserID, []byte(secret)); err != nil {
			return err
		}
		return putNode(tx, n)
	})
	if err != nil {
		return Node{}, err
	}
	return n, nil
}

// UpdateNode replaces a node's fields but ID, UserID, Default, Created and those of SSH, which
// counts as untried where it leads to another host now; an empty secret keeps the old one.
// Its Scope stays unless its Members say otherwise: a node that turns out to be in the cluster
// of another joins its scope, and one that is a different host now gets a new one.
// ErrNotFound for another user's, ErrNameTaken.
func (s *Store) UpdateNode(n Node, secret string) (Node, error) {
	err := s.db.Update(func(tx *bolt.Tx) error {
		before, err := nodeOf(tx, n.UserID, n.ID)
		if err != nil {
			return err
		}
		all, err := nodesOf(tx, n.UserID)
		if err != nil {
			return err
		}
		others := slices.DeleteFunc(all, func(o Node) bool { return o.ID == n.ID })
		if nameTaken(others, n) {
			return ErrNameTaken
		}
		n.Default, n.Created, n.Scope = before.Default, before.Created, before.Scope
		n.SSH, n.SSHWorked = before.SSH, time.Time{}
		if n.reachesAs(before) {
			n.SSHWorked = before.SSHWorked
		}
		alone := !slices.ContainsFunc(others, func(o Node) bool { return o.Scope == n.Scope })
		if !alone || !n.isStill(before) {
			n.Scope = ""
		}
		if err := settleScope(tx, &n, others); err != nil {
			return err
		}
		if n.Scope != before.Scope && alone {
			if err := tx.Bucket(bucketInventories).Delete([]byte(before.Scope)); err != nil {
				return err
			}
			if err := moveBeside(tx, n.UserID, before.Scope, newScope(n, before)); err != nil {
				return err
			}
		}
		if secret != "" {
			if err := s.putSecret(tx, secretToken(n.ID), n.UserID, []byte(secret)); err != nil {
				return err
			}
		}
		return putNode(tx, n)
	})
	if err != nil {
		return Node{}, err
	}
	return n, nil
}

// settleScope gives n the scope of the oldest node with which it shares a member, and
// the same to all that do: they may have been added before they became one cluster.
// Without such a node, n keeps the scope it has or gets a new one.
func settleScope(tx *bolt.Tx, n *Node, others []Node) error {
	same := slices.DeleteFunc(slices.Clone(others), func(o Node) bool { return !n.shares(o) })
	if len(same) == 0 {
		if n.Scope == "" {
			n.Scope = "s" + strings.ToLower(rand.Text())
		}
		return nil
	}
	n.Scope = slices.MinFunc(same, func(a, b Node) int { return a.Created.Compare(b.Created) }).Scope
	for _, o := range same {
		if o.Scope == n.Scope {
			continue
		}
		if err := tx.Bucket(bucketInventories).Delete([]byte(o.Scope)); err != nil {
			return err
		}
		if err := moveBeside(tx, o.UserID, o.Scope, n.Scope); err != nil {
			return err
		}
		o.Scope = n.Scope
		if err := putNode(tx, o); err != nil {
			return err
		}
	}
	return nil
}

// newScope is the scope that the links of a changed node go to; "" where it is another host now, whose containers are others.
func newScope(n, before Node) string {
	if !n.isStill(before) {
		return ""
	}
	return n.Scope
}

func nameTaken(others []Node, n Node) bool {
	return slices.ContainsFunc(others, func(o Node) bool { return fold(o.Name) == fold(n.Name) })
}

func putNode(tx *bolt.Tx, n Node) error {
	return putJSON(tx.Bucket(bucketNodes), []byte(n.ID), n)
}

func nodeOf(tx *bolt.Tx, userID, id string) (Node, error) {
	n, err := getJSON[Node](tx.Bucket(bucketNodes), []byte(id))
	if err != nil {
		return Node{}, err
	}
	if n.UserID != userID {
		return Node{}, ErrNotFound
	}
	return n, nil
}

func nodesOf(tx *bolt.Tx, userID string) ([]Node, error) {
	nodes := tx.Bucket(bucketNodes)
	var list []Node
	err := eachOwned(tx.Bucket(bucketNodesOf), userID, func(id string, _ []byte) error {
		n, err := getJSON[Node](nodes, []byte(id))
		list = append(list, n)
		return err
	})
	return list, err
}

// Node of a user. ErrNotFound for another user's.
func (s *Store) Node(userID, id string) (Node, error) {
	var n Node
	err := s.db.View(func(tx *bolt.Tx) (err error) {
		n, err = nodeOf(tx, userID, id)
		return err
	})
	return n, err
}

// Nodes of a user: the default first, then by name.
func (s *Store) Nodes(userID string) ([]Node, error) {
	var list []Node
	err := s.db.View(func(tx *bolt.Tx) (err error) {
		list, err = nodesOf(tx, userID)
		return err
	})
	slices.SortFunc(list, func(a, b Node) int {
		switch {
		case a.Default != b.Default && a.Default:
			return -1
		case a.Default != b.Default:
			return 1
		default:
			return strings.Compare(fold(a.Name), fold(b.Name))
		}
	})
	return list, err
}

// NodeByID returns the node of any user, for jobs. ErrNotFound.
func (s *Store) NodeByID(id string) (Node, error) {
	var n Node
	err := s.db.View(func(tx *bolt.Tx) (err error) {
		n, err = getJSON[Node](tx.Bucket(bucketNodes), []byte(id))
		return err
	})
	return n, err
}

// SetDefaultNode makes a node the user's only default. ErrNotFound.
func (s *Store) SetDefaultNode(userID, id string) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		if _, err := nodeOf(tx, userID, id); err != nil {
			return err
		}
		nodes, err := nodesOf(tx, userID)
		if err != nil {
			return err
		}
		for _, n := range nodes {
			if n.Default == (n.ID == id) {
				continue
			}
			n.Default = n.ID == id
			if err := putNode(tx, n); err != nil {
				return err
			}
		}
		return nil
	})
}

// DeleteNode forgets a node with its secrets and dismissals, and with the last node of its scope the inventory, links and pins
// of that; when it was the default, the oldest one left becomes it. ErrNotFound.
func (s *Store) DeleteNode(userID, id string) error {
	return s.db.Update(func(tx *bolt.Tx) error {
		gone, err := nodeOf(tx, userID, id)
		if err != nil {
			return err
		}
		if err := tx.Bucket(bucketNodes).Delete([]byte(id)); err != nil {
			return err
		}
		if err := tx.Bucket(bucketNodesOf).Delete(ownedKey(userID, id)); err != nil {
			return err
		}
		for _, name := range []string{secretToken(id), secretSSH(id)} {
			if err := tx.Bucket(bucketSecrets).Delete([]byte(name)); err != nil {
				return err
			}
		}
		err = dropDismissals(tx.Bucket(bucketDismissals), userID, func(key string) bool { return strings.Contains(key, "/"+id+"/") })
		if err != nil {
			return err
		}
		left, err := nodesOf(tx, userID)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(left, func(n Node) bool { return n.Scope == gone.Scope }) {
			if err := tx.Bucket(bucketInventories).Delete([]byte(gone.Scope)); err != nil {
				return err
			}
			if err := moveBeside(tx, userID, gone.Scope, ""); err != nil {
				return err
			}
		}
		if !gone.Default || len(left) == 0 {
			return nil
		}
		oldest := slices.MinFunc(left, func(a, b Node) int { return a.Created.Compare(b.Created) })
		oldest.Default = true
		return putNode(tx, oldest)
	})
}
