package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"

	"golang.org/x/term"

	"berth/store"
	"berth/store/disk"
	"berth/store/passwords"
)

// Everything that a person reads on the terminal is in this file, but the log. A message
// says what happened, why, and what to do about it.

// What the usage says of the commands …
const (
	aboutServe      = "serve Berth (the default command)"
	aboutDemo       = "serve a demonstration with simulated hosts; nothing is kept"
	aboutUserAdd    = "create an account; reads the password from standard input"
	aboutUserPasswd = "set a password and sign the account out everywhere; reads the password from standard input"
	aboutUserList   = "list the accounts"
	aboutBackup     = "write database and key to a new file with mode 0600"
	aboutRestore    = "restore a backup into an empty data folder"
	aboutRekey      = "create a new key and re-encrypt all secrets"
	aboutVersion    = "print the version"
)

// … and of the options.
const (
	aboutListen       = "address and port to serve on (" + defaultListen + ")"
	aboutData         = "data folder ($XDG_DATA_HOME/berth, or ~/.local/share/berth)"
	aboutKeyFile      = "the key that opens the secrets (berth.key in the data folder)"
	aboutRedis        = "Redis for the VMID cache (one inside Berth, without a port)"
	aboutTLSCert      = "certificate chain in PEM, to serve HTTPS (plain HTTP)"
	aboutTLSKey       = "its private key in PEM"
	aboutTrustedProxy = "reverse proxies whose X-Forwarded-For is trusted (none)"
	aboutTemplates    = "folder of templates to compare with and import from (none)"
)

// What can be wrong with an option. Each is the rest of a sentence that begins with the option.
const (
	wrongListen       = "must be HOST:PORT with a port from 0 to 65535, such as 127.0.0.1:8420"
	wrongTemplates    = "must be a folder that Berth can read"
	wrongRedis        = "must be a Redis URL, such as redis://localhost:6379/0"
	wrongTrustedProxy = "must be addresses or networks separated by commas, such as 127.0.0.1,192.168.1.0/24"
	wrongNoValue      = "needs a value"
	wrongMissing      = "is missing"
	wrongExtra        = "is an unexpected argument"
	wrongNoHome       = "is required, as HOME is not set and there is no default data folder"
	wrongHalfTLS      = "--tls-cert and --tls-key go together: only one of them is set"
)

func wrongOption(cmd command) string { return "is not an option of berth " + cmd.name }

func wrongTLS(cert, key string, err error) string {
	return fmt.Sprintf("the certificate %s with the key %s cannot be used: %v", cert, key, err)
}

// terminal prints to people and asks them; all sentences of the commands are made here.
type terminal struct {
	in       io.Reader
	out, err io.Writer
}

func (t terminal) say(format string, args ...any) { fmt.Fprintf(t.out, format+"\n", args...) }
func (t terminal) complain(format string, args ...any) {
	fmt.Fprintf(t.err, "berth: "+format+"\n", args...)
}

func (t terminal) usage(all []command) {
	t.say("Berth manages the containers on your Proxmox hosts.\n\nCommands:")
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, cmd := range all {
		fmt.Fprintf(w, "  berth %s\t%s\n", strings.Join(append([]string{cmd.name}, cmd.args...), " "), cmd.about)
	}
	w.Flush()
	t.say("\nberth COMMAND --help lists its options.")
}

func (t terminal) commandUsage(cmd command) {
	line := "berth " + cmd.name
	if len(cmd.settings) > 0 {
		line += " [options]"
	}
	t.say("%s: %s", strings.Join(append([]string{line}, cmd.args...), " "), cmd.about)
	if len(cmd.settings) == 0 {
		return
	}
	t.say("\nOptions, environment variables and defaults:")
	w := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	for _, s := range cmd.settings {
		fmt.Fprintf(w, "  %s %s\t%s\t%s\n", s.flag(), s.value, s.env(), s.about)
	}
	w.Flush()
}

func (t terminal) unknownCommand(args []string) {
	t.complain("there is no command %q. berth help lists them.", strings.Join(args, " "))
}

func (t terminal) wrong(cmd command, problems []problem) {
	for _, p := range problems {
		switch {
		case p.where == "":
			t.complain("%s.", p.what)
		case p.value == "":
			t.complain("%s %s.", p.where, p.what)
		default:
			t.complain("%s is %q, but %s.", p.where, p.value, p.what)
		}
	}
	t.complain("nothing was started. berth %s --help lists the options.", cmd.name)
}

// failed prints the reason that a command failed.
func (t terminal) failed(err error) { t.complain("%s", explain(err)) }

// The errors of reading a password.
var (
	errNoPassword = errors.New("no password on standard input")
	errNotAgain   = errors.New("the two passwords differ")
)

// explain finds the words for an error.
func explain(err error) string {
	var (
		l      listenError
		path   *fs.PathError
		drive  *disk.Error
		damage *disk.DamageError
	)
	switch {
	case errors.Is(err, store.ErrBackup) && !errors.As(err, &drive):
		return "that is not a complete Berth backup: it is another file, damaged or cut off. Nothing was restored."
	case errors.As(err, &damage):
		return explainDamage(damage)
	case errors.As(err, &drive):
		return explainDisk(drive)
	case errors.Is(err, disk.ErrInUse):
		return "the data folder is in use by another Berth process: " + detail(err, disk.ErrInUse) +
			".\nStop that one first (systemctl stop berth), or name another folder with --data."
	case errors.Is(err, store.ErrNoData):
		return "there is no data yet in " + detail(err, store.ErrNoData) +
			".\nName the folder with --data, or start Berth once."
	case errors.Is(err, store.ErrNewer):
		return "the data was written by a newer Berth. Use that version, or restore a backup made with this one."
	case errors.Is(err, store.ErrNoKey):
		return "the key file is missing: " + detail(err, store.ErrNoKey) +
			".\nPut it back or name it with --key-file; without it the token secrets cannot be read."
	case errors.Is(err, store.ErrKeyBad):
		return "the key file cannot be used: " + detail(err, store.ErrKeyBad) +
			".\nIt must hold an age X25519 identity, and nobody but its owner may read it (chmod 600)."
	case errors.Is(err, store.ErrNotEmpty):
		return "a backup can be restored only into an empty folder: " + detail(err, store.ErrNotEmpty) +
			".\nName another folder with --data, or move what is there away."
	case errors.Is(err, store.ErrKey):
		return "the key does not fit the data: " + detail(err, store.ErrKey) +
			".\nName the key file that belongs to this data with --key-file."
	case errors.Is(err, store.ErrNameTaken):
		return "an account with that name already exists. Names are not case-sensitive."
	case errors.Is(err, store.ErrNotFound):
		return "there is no account with that name. berth user list lists them."
	case errors.Is(err, store.ErrBadUserName):
		return fmt.Sprintf("a user name has 1 to %d characters: a to z, A to Z, 0 to 9, dot, underscore and hyphen.", store.MaxUserName)
	case errors.Is(err, passwords.ErrWeak):
		return fmt.Sprintf("a password has %d to %d characters.", passwords.Min, passwords.Max)
	case errors.Is(err, passwords.ErrCommon):
		return "this is one of the most common passwords, or close to one, so it would be guessed first. Choose another, such as a few unrelated words."
	case errors.Is(err, passwords.ErrName):
		return "this password is hardly more than the account's name, so it would be guessed first. Choose another."
	case errors.Is(err, errNoPassword):
		return "no password came on standard input. Type one, or pipe it in: printf %s \"$PASSWORD\" | berth user …"
	case errors.Is(err, errNotAgain):
		return "the two passwords differ. Nothing was changed."
	case errors.Is(err, fs.ErrExist) && errors.As(err, &path):
		return fmt.Sprintf("%s already exists, and a backup never overwrites a file. Name another.", path.Path)
	case errors.As(err, &l) && errors.Is(err, syscall.EADDRINUSE):
		return fmt.Sprintf("another program listens on %s already. Stop it, or name another port with --listen.", l.address)
	case errors.As(err, &l) && errors.Is(err, fs.ErrPermission):
		return fmt.Sprintf("this user may not listen on %s. Ports below 1024 are for root; name another with --listen.", l.address)
	case errors.Is(err, syscall.ENOSPC) && errors.As(err, &path):
		return fmt.Sprintf("the disk of %s is full. Nothing was written: free up space, or name a file on another disk.", path.Path)
	case errors.Is(err, fs.ErrPermission) && errors.As(err, &path):
		return fmt.Sprintf("this user may not write or read %s. Run Berth as its owner, or change the owner (chown).", path.Path)
	case errors.Is(err, syscall.ENOTDIR) && errors.As(err, &path):
		return fmt.Sprintf("a part of %s is a file, not a folder. Name another folder with --data.", path.Path)
	case errors.As(err, &l):
		return fmt.Sprintf("Berth cannot listen on %s: %v. Name another address with --listen.", l.address, l.err)
	default:
		return err.Error()
	}
}

// explainDamage says what to do about a database that is not whole, on one line: a log may
// keep no more of it.
func explainDamage(e *disk.DamageError) string {
	dir := filepath.Dir(e.Path)
	return fmt.Sprintf("%s is damaged: restore a backup. Move %s away, then berth restore FILE --data %s; without a backup Berth starts anew there, "+
		"as your containers are in Proxmox. What is wrong: %s.", e.Path, dir, dir, oneLine(e.Cause))
}

// explainDisk says what is wrong with a disk, on one line.
func explainDisk(e *disk.Error) string {
	switch e.Kind {
	case disk.ErrFull:
		return fmt.Sprintf("the disk that holds %s is full, or a quota is used up: nothing more can be written. Free up space there (df -h %s), then try again.",
			e.Path, filepath.Dir(e.Path))
	case disk.ErrReadOnly:
		return fmt.Sprintf("the disk that holds %s is read-only, but Berth must write there. Mount it for writing, or name another folder with --data.", e.Path)
	}
	return fmt.Sprintf("the disk that holds %s reports an error (%s): check the system log (journalctl -k) and the disk.", e.Path, oneLine(e.Err))
}

// oneLine is an error's words without the breaks that joined errors have.
func oneLine(err error) string {
	return strings.TrimPrefix(strings.ReplaceAll(err.Error(), "\n", "; "), "store: ")
}

// noticed prints the notices of opening the data.
func (t terminal) noticed(list []store.Notice) {
	for _, n := range list {
		switch n.Kind {
		case store.NoticeTightened:
			t.complain("%s was readable by others (mode %o). Now only its owner can read it.", n.Path, n.Mode)
		case store.NoticeOpen:
			t.complain("%s is readable by others (mode %o), and it may not be only Berth's to change. Fix it: chmod go= %[1]s", n.Path, n.Mode)
		case store.NoticeFellBack:
			t.complain("the latest change to %s was damaged on its way to the disk. Berth continues with the state before it; check the disk.", n.Path)
		case store.NoticeOldKey:
			t.complain("%s still holds an old key and cannot be written. Run berth rekey where it can.", n.Path)
		case store.NoticeCompacted:
			t.complain("%s was mostly empty: it now has %d MB instead of %d.", n.Path, max(n.To>>20, 1), n.From>>20)
		case store.NoticeNotCompacted:
			t.complain("%s is mostly empty, but could not be compacted (%s). Berth continues with it as it is.", n.Path, oneLine(n.Err))
		}
	}
}

// detail returns the text of an error after a sentinel: the file or folder that it is about.
func detail(err, sentinel error) string {
	if _, after, ok := strings.Cut(err.Error(), sentinel.Error()+": "); ok {
		return after
	}
	return err.Error()
}

func (t terminal) serving(url, data, code string) {
	t.say("Berth is at %s\nIts data is in %s", url, data)
	if code != "" {
		t.say("There is no account yet. Create the first one at %s/setup?code=%s", url, code)
	}
}

func (t terminal) unencrypted() {
	t.complain("passwords will cross this network unencrypted. Use --tls-cert and --tls-key, or a proxy with TLS.")
}

func (t terminal) demonstrating(url, user, password string) {
	t.say("A demonstration of Berth is at %s\nSign in as %s with the password %s\nIts hosts are simulated, and everything is gone when you press Ctrl-C.", url, user, password)
}

func (t terminal) userAdded(name string) { t.say("%s can sign in now.", name) }

func (t terminal) passwordSet(name string) {
	t.say("The password of %s was set, and all its sessions were signed out.", name)
}

func (t terminal) users(users []store.User) {
	for _, u := range users {
		t.say("%s", u.Name)
	}
}

func (t terminal) backedUp(path string) {
	t.say("Written to %s. It holds the key to your token secrets: keep it where nobody else can read it.", path)
}

func (t terminal) restored(dir string) { t.say("Restored to %s. Start Berth to use it.", dir) }

func (t terminal) rekeyed(n int) {
	t.say("A new key is in place; re-encrypted secrets: %d. Older backups open only with their own key.", n)
}

func (t terminal) version(version, golang, platform string) {
	t.say("berth %s, %s %s", version, golang, platform)
}

// readPassword reads a line. On a terminal it asks, twice, and shows nothing of what is typed.
func (t terminal) readPassword() (string, error) {
	f, ok := t.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return readLine(t.in)
	}
	ask := func(prompt string) (string, error) {
		fmt.Fprint(t.err, prompt)
		line, err := term.ReadPassword(int(f.Fd()))
		fmt.Fprintln(t.err)
		return string(line), err
	}
	first, err := ask("Password: ")
	if err != nil {
		return "", err
	}
	again, err := ask("Again: ")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", errNotAgain
	}
	return first, nil
}

func readLine(r io.Reader) (string, error) {
	line, err := bufio.NewReader(io.LimitReader(r, 4<<10)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", err
	}
	line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
	if line == "" {
		return "", errNoPassword
	}
	return line, nil
}
