// Package store keeps what must last: users, sessions, nodes, drafts and jobs in
// bbolt, secrets encrypted with age, and the VMID cache in Redis.
package store

import (
	"encoding/json"
	"errors"
	"net/url"
	"time"
)

// The sentinels that callers ask for with errors.Is.
var (
	ErrNotFound  = errors.New("store: not found") // also: belongs to another user
	ErrNameTaken = errors.New("store: user name taken")
	ErrExpired   = errors.New("store: expired or used") // an invitation, a set-up code
	ErrInUse     = errors.New("store: data folder is in use by another process")
	ErrKey       = errors.New("store: the key does not open this secret")
	ErrSetUp     = errors.New("store: there is an account already")
)

// BusyError says that another job works on the same container.
type BusyError struct{ Job Job }

func (e *BusyError) Error() string { return "store: job " + e.Job.ID + " works on this container" }

// Options of Open.
type Options struct {
	KeyFile string           // "" for berth.key in the data folder
	Now     func() time.Time // nil for time.Now
}

// Store is the database and the key. It is safe for concurrent use.
type Store struct{}

// Open opens or makes the database in dir (mode 0700) and the key file (mode 0600),
// and brings the schema up to date. ErrInUse after one second when another process has it.
func Open(dir string, o Options) (*Store, error) { panic("unwritten") }

// Close closes the database.
func (s *Store) Close() error { panic("unwritten") }

// Healthy writes and reads back a record.
func (s *Store) Healthy() error { panic("unwritten") }

// User is an account. There are no roles.
type User struct {
	ID      string
	Name    string // unique without regard to case
	Created time.Time
}

// SetUpCode makes a new set-up code; it holds until the first account exists. ErrSetUp when there is one.
func (s *Store) SetUpCode() (string, error) { panic("unwritten") }

// SetUp makes the first account, if code is the one made last.
func (s *Store) SetUp(code, name, password string) (User, error) { panic("unwritten") }

// HasUsers tells whether any account exists.
func (s *Store) HasUsers() (bool, error) { panic("unwritten") }

// AddUser makes an account (berth user add). ErrNameTaken.
func (s *Store) AddUser(name, password string) (User, error) { panic("unwritten") }

// Users lists all accounts by name.
func (s *Store) Users() ([]User, error) { panic("unwritten") }

// User by ID.
func (s *Store) User(id string) (User, error) { panic("unwritten") }

// CheckPassword returns the user when name and password fit, else ErrNotFound.
// It takes the same time whether the name exists or not.
func (s *Store) CheckPassword(name, password string) (User, error) { panic("unwritten") }

// SetPassword replaces the password and, in the same transaction, ends all sessions but keep ("" ends all).
func (s *Store) SetPassword(userID, password, keepSession string) error { panic("unwritten") }

// SetPasswordByName is berth user passwd: ends all sessions of that user.
func (s *Store) SetPasswordByName(name, password string) error { panic("unwritten") }

// Session of a signed-in browser. The ID shown here is a hash of the one in the cookie.
type Session struct {
	ID       string
	UserID   string
	Created  time.Time
	LastSeen time.Time // kept to the minute
	Expires  time.Time
	Browser  string // User-Agent, cut at 200 bytes
	Address  string
}

// SessionLife is how long a session lasts after it was last used.
const SessionLife = 30 * 24 * time.Hour

// StartSession makes a session and returns the secret for the cookie.
func (s *Store) StartSession(userID, browser, address string) (secret string, err error) {
	panic("unwritten")
}

// SessionUser finds the session by the cookie's secret and its user, and prolongs it (a write once a minute at most). ErrNotFound.
func (s *Store) SessionUser(secret string) (Session, User, error) { panic("unwritten") }

// Sessions of a user, last used first.
func (s *Store) Sessions(userID string) ([]Session, error) { panic("unwritten") }

// EndSession ends one session of the user by its ID.
func (s *Store) EndSession(userID, id string) error { panic("unwritten") }

// EndOtherSessions ends all of the user's sessions but keep.
func (s *Store) EndOtherSessions(userID, keep string) error { panic("unwritten") }

// SweepExpired forgets sessions and invitations whose time is over.
func (s *Store) SweepExpired() error { panic("unwritten") }

// CookieKeys are the keys that sign cookies, newest first; made at the first start and kept.
func (s *Store) CookieKeys() ([][]byte, error) { panic("unwritten") }

// InviteLife is how long an invitation holds.
const InviteLife = 48 * time.Hour

// MakeInvite returns the token of a new invitation by a user; only its hash is kept.
func (s *Store) MakeInvite(userID string) (token string, expires time.Time, err error) {
	panic("unwritten")
}

// Invite returns who invites. ErrExpired.
func (s *Store) Invite(token string) (User, error) { panic("unwritten") }

// AcceptInvite makes the account and uses the invitation up, in one transaction. ErrExpired, ErrNameTaken.
func (s *Store) AcceptInvite(token, name, password string) (User, error) { panic("unwritten") }

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
	Scope       string // what VMIDs are unique in: the same for nodes of one cluster of one user
	Cluster     string // the cluster's name where known
	Members     []NodeMember
	Version     string // of Proxmox, as last seen
	Default     bool
	SSHHost     string // "" for Host
	SSHPort     int
	SSHUser     string
	Abilities   json.RawMessage // what the token can do, as judged when it was last tested; for the settings page
	Tested      time.Time
	Created     time.Time
}

// NodeMember is a host of the node's cluster and its API certificate.
type NodeMember struct{ Name, Fingerprint string }

// AddNode keeps a node and its token secret. It sets ID, Scope (that of the user's
// node with which it shares a member, else a new one), Default (the user's first) and Created, in one transaction.
// ErrNameTaken.
func (s *Store) AddNode(n Node, secret string) (Node, error) { panic("unwritten") }

// UpdateNode replaces a node's fields but ID, UserID, Scope, Default and Created; an empty secret keeps the old one.
func (s *Store) UpdateNode(n Node, secret string) (Node, error) { panic("unwritten") }

// Node of a user. ErrNotFound for another user's.
func (s *Store) Node(userID, id string) (Node, error) { panic("unwritten") }

// Nodes of a user: the default first, then by name.
func (s *Store) Nodes(userID string) ([]Node, error) { panic("unwritten") }

// NodeByID is for jobs, which know no user's request.
func (s *Store) NodeByID(id string) (Node, error) { panic("unwritten") }

// TokenSecret decrypts a node's token secret.
func (s *Store) TokenSecret(id string) (string, error) { panic("unwritten") }

// SetDefaultNode makes one node the default and no other.
func (s *Store) SetDefaultNode(userID, id string) error { panic("unwritten") }

// DeleteNode forgets a node, its secrets and its kept picture; when it was the default, the oldest left becomes it.
func (s *Store) DeleteNode(userID, id string) error { panic("unwritten") }

// Draft is a container being planned in the wizard.
type Draft struct {
	ID      string
	UserID  string
	Values  url.Values        // field name to what was typed, whole form
	Errors  map[string]string // field name to a sentence, from a create that failed
	Done    []string          // steps that were submitted without errors
	Created time.Time
	Updated time.Time
}

// NewDraft keeps a new draft.
func (s *Store) NewDraft(userID string, values url.Values) (Draft, error) { panic("unwritten") }

// Draft of a user. ErrNotFound.
func (s *Store) Draft(userID, id string) (Draft, error) { panic("unwritten") }

// Drafts of a user, last changed first.
func (s *Store) Drafts(userID string) ([]Draft, error) { panic("unwritten") }

// UpdateDraft changes a draft in one transaction.
func (s *Store) UpdateDraft(userID, id string, change func(*Draft) error) (Draft, error) {
	panic("unwritten")
}

// DeleteDraft forgets a draft; one that is gone already is no error.
func (s *Store) DeleteDraft(userID, id string) error { panic("unwritten") }

// SavePicture keeps what is known of a node's scope, as fleet encodes it.
func (s *Store) SavePicture(scope string, picture []byte) error { panic("unwritten") }

// Picture returns what SavePicture kept, or ErrNotFound.
func (s *Store) Picture(scope string) ([]byte, error) { panic("unwritten") }
