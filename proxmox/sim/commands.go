package sim

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"mvdan.cc/sh/v3/expand"
)

// commandOf is a command that containers have, as far as scripts of templates use it;
// nil when there is none of that name.
func commandOf(name string) func(*invocation) int {
	switch name {
	case "apk":
		return (*invocation).apk
	case "apt-get", "apt":
		return (*invocation).aptGet
	case "base64":
		return (*invocation).base64
	case "basename":
		return (*invocation).basename
	case "cat":
		return (*invocation).cat
	case "chmod":
		return (*invocation).chmod
	case "clear", "reset":
		return (*invocation).clear
	case "chown", "chgrp":
		return (*invocation).chown
	case "cp", "mv":
		return (*invocation).copyOrMove
	case "cut":
		return (*invocation).cut
	case "date":
		return (*invocation).date
	case "dirname":
		return (*invocation).dirname
	case "dnf":
		return (*invocation).dnf
	case "env":
		return (*invocation).environment
	case "curl", "wget":
		return (*invocation).download
	case "dig":
		return (*invocation).dig
	case "docker", "docker-compose":
		return (*invocation).docker
	case "getent", "id":
		return (*invocation).identify
	case "grep":
		return (*invocation).grep
	case "head", "tail":
		return (*invocation).headOrTail
	case "hostname":
		return func(c *invocation) int { c.say("%s", c.hostname); return 0 }
	case "install":
		return (*invocation).installFile
	case "ip":
		return (*invocation).ip
	case "ln":
		return (*invocation).ln
	case "ls":
		return (*invocation).ls
	case "mkdir":
		return (*invocation).mkdir
	case "mkfifo":
		return (*invocation).mkfifo
	case "mktemp":
		return (*invocation).mktemp
	case "nproc":
		return func(c *invocation) int { c.say("2"); return 0 }
	case "npm":
		return (*invocation).npm
	case "openssl":
		return (*invocation).openssl
	case "pg_lsclusters":
		return (*invocation).clusters
	case "pip3":
		return (*invocation).pip
	case "ps":
		return (*invocation).ps
	case "rc-service":
		return (*invocation).rcService
	case "rc-update":
		return (*invocation).rcUpdate
	case "rm", "rmdir":
		return (*invocation).rm
	case "sed":
		return (*invocation).sed
	case "seq":
		return (*invocation).seq
	case "setsid":
		return (*invocation).setsid
	case "sh", "bash", "dash", "ash":
		return (*invocation).sh
	case "sha256sum":
		return (*invocation).sha256sum
	case "sim-keep":
		return (*invocation).keepThird
	case "sim-kill":
		return (*invocation).kill
	case "sleep":
		return (*invocation).sleep
	case "sort":
		return (*invocation).sort
	case "ss", "netstat":
		return (*invocation).sockets
	case "stty":
		return (*invocation).stty
	case "su", "runuser", "sudo":
		return (*invocation).su
	case "systemctl":
		return (*invocation).systemctl
	case "tee":
		return (*invocation).tee
	case "timeout":
		return (*invocation).timeout
	case "touch":
		return (*invocation).touch
	case "tr":
		return (*invocation).tr
	case "tty":
		return (*invocation).ttyName
	case "uname":
		return func(c *invocation) int { c.say("Linux"); return 0 }
	case "useradd", "adduser", "groupadd", "addgroup", "usermod":
		return (*invocation).addUser
	case "wc":
		return (*invocation).wc
	case "wg":
		return (*invocation).wireGuard
	case "which":
		return (*invocation).which
	case "whoami":
		return func(c *invocation) int { c.say("root"); return 0 }
	case "yes":
		return (*invocation).yes
	case "chpasswd", "dpkg", "journalctl", "openrc", "passwd", "sim-umask", "sync", "sysctl", "update-ca-certificates":
		return (*invocation).quiet
	}
	return nil
}

// quiet takes what it is given and says nothing.
func (c *invocation) quiet() int {
	if _, typed := c.in.(*ttyReader); !typed {
		_, _ = io.Copy(io.Discard, c.in)
	}
	return 0
}

// options splits the arguments into letters of options and the rest; those in valued take
// the next argument.
func (c *invocation) options(valued string) (letters string, values map[byte]string, rest []string) {
	values = make(map[byte]string)
	for i := 0; i < len(c.args); i++ {
		a := c.args[i]
		switch {
		case a == "--":
			return letters, values, append(rest, c.args[i+1:]...)
		case strings.HasPrefix(a, "--"), a == "-", !strings.HasPrefix(a, "-"):
			if !strings.HasPrefix(a, "--") {
				rest = append(rest, a)
			}
			continue
		}
		for j := 1; j < len(a); j++ {
			letters += a[j : j+1]
			if strings.IndexByte(valued, a[j]) < 0 {
				continue
			}
			if values[a[j]] = a[j+1:]; a[j+1:] == "" && i+1 < len(c.args) {
				i++
				values[a[j]] = c.args[i]
			}
			break
		}
	}
	return letters, values, rest
}

// input is what the named files hold, or the standard input.
func (c *invocation) input(names []string) ([]byte, bool) {
	if len(names) == 0 {
		all, err := io.ReadAll(c.in)
		return all, err == nil
	}
	var all []byte
	ok := true
	for _, name := range names {
		if name == "-" {
			text, err := io.ReadAll(c.in)
			all, ok = append(all, text...), ok && err == nil
			continue
		}
		r, err := c.open(c.ctx, name, 0, 0)
		if err != nil {
			c.noFile(name)
			ok = false
			continue
		}
		text, err := io.ReadAll(r)
		all, ok = append(all, text...), ok && err == nil
	}
	return all, ok
}

func (c *invocation) noFile(name string) {
	fmt.Fprintf(c.err, "%s: %s: No such file or directory\n", c.name, name)
}

func status(ok bool) int {
	if ok {
		return 0
	}
	return 1
}

func (c *invocation) write(p []byte) int {
	_, err := c.out.Write(p)
	return status(err == nil)
}

// lines of a text, without their ends.
func lines(text []byte) []string {
	if len(text) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func (c *invocation) cat() int {
	_, _, names := c.options("")
	if len(names) == 0 {
		_, err := io.Copy(c.out, c.in)
		return status(err == nil)
	}
	text, ok := c.input(names)
	return c.write(text) | status(ok)
}

func (c *invocation) tee() int {
	letters, _, names := c.options("")
	to := []io.Writer{c.out}
	for _, name := range names {
		flag := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
		if strings.Contains(letters, "a") {
			flag = os.O_WRONLY | os.O_CREATE | os.O_APPEND
		}
		f, err := c.open(c.ctx, name, flag, 0o644)
		if err != nil {
			c.noFile(name)
			return 1
		}
		to = append(to, f)
	}
	_, err := io.Copy(io.MultiWriter(to...), c.in)
	return status(err == nil)
}

func (c *invocation) mkdir() int {
	letters, _, names := c.options("m")
	code := 0
	for _, name := range names {
		name = absolute(c.ctx, name)
		switch f := c.fs.get(name); {
		case f != nil && (!f.IsDir() || !strings.Contains(letters, "p")):
			fmt.Fprintf(c.err, "mkdir: cannot create directory '%s': File exists\n", name)
			code = 1
		case f == nil && !strings.Contains(letters, "p") && c.fs.get(path.Dir(name)) == nil:
			fmt.Fprintf(c.err, "mkdir: cannot create directory '%s': No such file or directory\n", name)
			code = 1
		default:
			c.fs.mkdir(name)
		}
	}
	return code
}

func (c *invocation) rm() int {
	letters, _, names := c.options("")
	code := 0
	for _, name := range names {
		name = absolute(c.ctx, name)
		if c.fs.own(name) == nil && !strings.Contains(letters, "f") {
			fmt.Fprintf(c.err, "%s: cannot remove '%s': No such file or directory\n", c.name, name)
			code = 1
		}
		c.fs.remove(name)
	}
	return code
}

func (c *invocation) copyOrMove() int {
	_, _, names := c.options("")
	if len(names) < 2 {
		return 1
	}
	to := absolute(c.ctx, names[len(names)-1])
	code := 0
	for _, name := range names[:len(names)-1] {
		from, target := absolute(c.ctx, name), to
		if f := c.fs.get(to); f != nil && f.IsDir() {
			target = path.Join(to, path.Base(from))
		}
		f := c.fs.get(from)
		switch {
		case f == nil:
			c.noFile(name)
			code = 1
		case c.name == "mv":
			c.fs.move(from, target)
		case f.IsDir():
			c.fs.mkdir(target)
			for _, e := range c.fs.list(from) {
				if text, ok := c.fs.read(path.Join(from, e.Name())); ok {
					c.fs.add(path.Join(target, e.Name()), string(text))
				}
			}
		default:
			text, _ := c.fs.read(from)
			c.fs.put(target, &file{data: text, mode: f.mode, owner: f.owner})
		}
	}
	return code
}

func (c *invocation) ln() int {
	_, _, names := c.options("")
	if len(names) != 2 {
		return 1
	}
	c.fs.put(absolute(c.ctx, names[1]), &file{link: names[0], mode: fs.ModeSymlink | 0o777})
	return 0
}

func (c *invocation) touch() int {
	_, _, names := c.options("drt")
	for _, name := range names {
		if name = absolute(c.ctx, name); c.fs.get(name) == nil {
			c.fs.add(name, "")
		}
	}
	return 0
}

func (c *invocation) chmod() int {
	_, _, words := c.options("")
	if len(words) < 2 {
		return 1
	}
	mode, err := strconv.ParseUint(words[0], 8, 12)
	code := 0
	for _, name := range words[1:] {
		there := c.fs.change(absolute(c.ctx, name), func(f *file) {
			if err == nil {
				f.mode = f.mode&fs.ModeType | fs.FileMode(mode)
			}
		})
		if !there {
			c.noFile(name)
			code = 1
		}
	}
	return code
}

func (c *invocation) chown() int {
	_, _, words := c.options("")
	if len(words) < 2 {
		return 1
	}
	for _, who := range strings.FieldsFunc(words[0], func(r rune) bool { return r == ':' || r == '.' }) {
		c.mu.Lock()
		known := c.users[who]
		c.mu.Unlock()
		if _, err := strconv.Atoi(who); err != nil && !known {
			fmt.Fprintf(c.err, "chown: invalid user: '%s'\n", words[0])
			return 1
		}
	}
	code := 0
	for _, name := range words[1:] {
		if !c.fs.change(absolute(c.ctx, name), func(f *file) { f.owner = words[0] }) {
			c.noFile(name)
			code = 1
		}
	}
	return code
}

func (c *invocation) installFile() int {
	letters, values, names := c.options("mogt")
	if strings.Contains(letters, "d") {
		for _, name := range names {
			c.fs.mkdir(absolute(c.ctx, name))
		}
		return 0
	}
	if len(names) != 2 {
		return 1
	}
	text, ok := c.input(names[:1])
	if !ok {
		return 1
	}
	to := absolute(c.ctx, names[1])
	c.fs.add(to, string(text))
	if mode, err := strconv.ParseUint(values['m'], 8, 12); err == nil {
		c.fs.change(to, func(f *file) { f.mode = fs.FileMode(mode) })
	}
	return 0
}

func (c *invocation) ls() int {
	_, _, names := c.options("")
	if len(names) == 0 {
		names = []string{"."}
	}
	code := 0
	for _, name := range names {
		full := absolute(c.ctx, name)
		switch f := c.fs.get(full); {
		case f == nil:
			fmt.Fprintf(c.err, "ls: cannot access '%s': No such file or directory\n", name)
			code = 2
		case f.IsDir():
			for _, e := range c.fs.list(full) {
				c.say("%s", e.Name())
			}
		default:
			c.say("%s", name)
		}
	}
	return code
}

func (c *invocation) mktemp() int {
	letters, _, names := c.options("p")
	pattern := "/tmp/tmp.XXXXXXXXXX"
	if len(names) > 0 {
		pattern = absolute(c.ctx, names[0])
	}
	name := strings.TrimRight(pattern, "X") + rand.Text()[:6]
	if strings.Contains(letters, "d") {
		c.fs.mkdir(name)
	} else {
		c.fs.add(name, "")
	}
	c.say("%s", name)
	return 0
}

func (c *invocation) dirname() int {
	_, _, names := c.options("")
	for _, name := range names {
		c.say("%s", path.Dir(name))
	}
	return 0
}

func (c *invocation) basename() int {
	_, _, names := c.options("")
	if len(names) == 0 {
		return 1
	}
	name := path.Base(names[0])
	if len(names) > 1 {
		name = strings.TrimSuffix(name, names[1])
	}
	c.say("%s", name)
	return 0
}

func (c *invocation) base64() int {
	letters, _, names := c.options("w")
	text, ok := c.input(names)
	if !strings.Contains(letters, "d") {
		return c.write([]byte(base64.StdEncoding.EncodeToString(text)+"\n")) | status(ok)
	}
	plain, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(string(text)), ""))
	if err != nil {
		fmt.Fprintln(c.err, "base64: invalid input")
		return 1
	}
	return c.write(plain) | status(ok)
}

func (c *invocation) sha256sum() int {
	_, _, names := c.options("")
	text, ok := c.input(names)
	sum := sha256.Sum256(text)
	name := "-"
	if len(names) > 0 {
		name = names[0]
	}
	c.say("%s  %s", hex.EncodeToString(sum[:]), name)
	return status(ok)
}

// tailBytes is `tail -c`: the last bytes, or with a + those from that one on, from 1.
func (c *invocation) tailBytes(count string, names []string) int {
	text, ok := c.input(names)
	n, err := strconv.Atoi(strings.TrimPrefix(count, "+"))
	if err != nil {
		return 1
	}
	if strings.HasPrefix(count, "+") {
		text = text[min(len(text), max(0, n-1)):]
	} else {
		text = text[max(0, len(text)-n):]
	}
	return c.write(text) | status(ok)
}

func (c *invocation) headOrTail() int {
	for i, a := range c.args { // as in head -5
		if len(a) > 1 && a[0] == '-' && strings.Trim(a[1:], "0123456789") == "" {
			c.args = slices.Concat(c.args[:i], []string{"-n", a[1:]}, c.args[i+1:])
			break
		}
	}
	_, values, names := c.options("nc")
	if size, err := strconv.ParseInt(values['c'], 10, 64); err == nil && c.name == "head" {
		in := c.in
		if len(names) > 0 {
			f, err := c.open(c.ctx, names[0], 0, 0)
			if err != nil {
				c.noFile(names[0])
				return 1
			}
			in = f
		}
		_, err := io.CopyN(c.out, in, size)
		return status(err == nil || err == io.EOF)
	}
	if values['c'] != "" {
		return c.tailBytes(values['c'], names)
	}
	n, err := strconv.Atoi(values['n'])
	if err != nil {
		n = 10
	}
	if c.name == "head" && len(names) == 0 { // what comes may have no end
		in := bufio.NewReader(c.in)
		for ; n > 0; n-- {
			line, err := in.ReadString('\n')
			if c.write([]byte(line)) != 0 || err != nil {
				break
			}
		}
		return 0
	}
	text, ok := c.input(names)
	all := lines(text)
	if c.name == "head" {
		all = all[:min(n, len(all))]
	} else {
		all = all[max(0, len(all)-n):]
	}
	for _, l := range all {
		c.say("%s", l)
	}
	return status(ok)
}

func (c *invocation) grep() int {
	letters, values, words := c.options("ef")
	patterns := []string{values['e']}
	switch {
	case strings.Contains(letters, "f"):
		text, ok := c.input([]string{values['f']})
		if !ok {
			return 2
		}
		patterns = lines(text)
	case !strings.Contains(letters, "e"):
		if len(words) == 0 {
			return 2
		}
		patterns, words = words[:1], words[1:]
	}
	var any []*regexp.Regexp
	for _, p := range patterns {
		switch {
		case strings.Contains(letters, "F"):
			p = regexp.QuoteMeta(p)
		case !strings.Contains(letters, "E"):
			p = basic(p)
		}
		if strings.Contains(letters, "x") {
			p = "^(?:" + p + ")$"
		}
		if strings.Contains(letters, "i") {
			p = "(?i)" + p
		}
		re, err := regexp.Compile(p)
		if err != nil {
			fmt.Fprintf(c.err, "grep: %v\n", err)
			return 2
		}
		any = append(any, re)
	}
	text, ok := c.input(words)
	if !ok {
		return 2
	}
	found := 0
	for _, l := range lines(text) {
		fits := slices.ContainsFunc(any, func(re *regexp.Regexp) bool { return re.MatchString(l) })
		if fits == strings.Contains(letters, "v") {
			continue
		}
		found++
		if !strings.ContainsAny(letters, "qc") {
			c.say("%s", l)
		}
	}
	if strings.Contains(letters, "c") {
		c.say("%d", found)
	}
	return status(found > 0)
}

// basic writes a basic regular expression of POSIX as Go takes it: there, what is
// escaped has a meaning, and what is not has none.
func basic(pattern string) string {
	var b strings.Builder
	for i := 0; i < len(pattern); i++ {
		at := pattern[i]
		switch {
		case at == '\\' && i+1 < len(pattern) && strings.IndexByte("(){}+?|", pattern[i+1]) >= 0:
			i++
			at = pattern[i]
		case at == '\\' && i+1 < len(pattern):
			b.WriteByte(at)
			i++
			at = pattern[i]
		case strings.IndexByte("(){}+?|", at) >= 0:
			b.WriteByte('\\')
		}
		b.WriteByte(at)
	}
	return b.String()
}

func (c *invocation) cut() int {
	_, values, names := c.options("dfc")
	text, ok := c.input(names)
	n, err := strconv.Atoi(values['f'])
	if err != nil || n < 1 {
		return 1
	}
	delimiter := values['d']
	if delimiter == "" {
		delimiter = "\t"
	}
	for _, l := range lines(text) {
		if parts := strings.Split(l, delimiter); len(parts) == 1 {
			c.say("%s", l)
		} else if n <= len(parts) {
			c.say("%s", parts[n-1])
		} else {
			c.say("")
		}
	}
	return status(ok)
}

// trSet is a set of characters as tr takes it.
func trSet(spec string) []byte {
	spec = strings.NewReplacer(`\n`, "\n", `\t`, "\t", `\0`, "\x00", "[:alnum:]", "A-Za-z0-9", "[:digit:]", "0-9", "[:lower:]", "a-z", "[:upper:]", "A-Z", "[:space:]", " \n\t").Replace(spec)
	var set []byte
	for i := 0; i < len(spec); i++ {
		if i+2 < len(spec) && spec[i+1] == '-' && spec[i] <= spec[i+2] {
			for b := int(spec[i]); b <= int(spec[i+2]); b++ {
				set = append(set, byte(b))
			}
			i += 2
			continue
		}
		set = append(set, spec[i])
	}
	return set
}

func (c *invocation) tr() int {
	letters, _, words := c.options("")
	if len(words) == 0 {
		return 1
	}
	from := trSet(words[0])
	var to []byte
	if len(words) > 1 {
		to = trSet(words[1])
	}
	in := bufio.NewReader(c.in)
	buf := make([]byte, 4096)
	for {
		n, err := in.Read(buf)
		var out []byte
		for _, b := range buf[:n] {
			i := bytes.IndexByte(from, b)
			switch member := i >= 0; {
			case strings.Contains(letters, "d"):
				if member == strings.Contains(letters, "c") {
					out = append(out, b)
				}
			case member && len(to) > 0:
				out = append(out, to[min(i, len(to)-1)])
			default:
				out = append(out, b)
			}
		}
		if len(out) > 0 {
			if _, err := c.out.Write(out); err != nil {
				return 1 // as when head has had enough
			}
		}
		if err != nil {
			return 0
		}
	}
}

func (c *invocation) sort() int {
	letters, _, names := c.options("kt")
	text, ok := c.input(names)
	all := lines(text)
	if strings.Contains(letters, "n") {
		slices.SortStableFunc(all, func(a, b string) int {
			x, _ := strconv.Atoi(strings.TrimSpace(a))
			y, _ := strconv.Atoi(strings.TrimSpace(b))
			return x - y
		})
	} else {
		slices.Sort(all)
	}
	if strings.Contains(letters, "u") {
		all = slices.Compact(all)
	}
	for _, l := range all {
		c.say("%s", l)
	}
	return status(ok)
}

func (c *invocation) wc() int {
	letters, _, names := c.options("")
	text, ok := c.input(names)
	n := len(text)
	if strings.Contains(letters, "l") {
		n = bytes.Count(text, []byte("\n"))
	}
	c.say("%d", n)
	return status(ok)
}

func (c *invocation) date() int {
	layout := time.UnixDate
	for _, a := range c.args {
		if format, ok := strings.CutPrefix(a, "+"); ok {
			layout = strings.NewReplacer("%Y", "2006", "%m", "01", "%d", "02", "%H", "15", "%M", "04", "%S", "05", "%F", "2006-01-02", "%T", "15:04:05", "%Z", "MST", "%%", "%").Replace(format)
			if format == "%s" {
				c.say("%d", time.Now().Unix())
				return 0
			}
		}
	}
	c.say("%s", time.Now().UTC().Format(layout))
	return 0
}

func (c *invocation) sleep() int {
	seconds := 0.0
	for _, a := range c.args {
		n, err := strconv.ParseFloat(strings.TrimSuffix(a, "s"), 64)
		if err != nil {
			return 1
		}
		seconds += n
	}
	if !c.wait(time.Duration(seconds*float64(time.Second)) / time.Duration(max(c.hurry, 1))) {
		return statusSignal + 15
	}
	return 0
}

func (c *invocation) which() int {
	for _, name := range c.args {
		if dir := path.Dir(name); dir == "/bin" || dir == "/usr/bin" {
			name = path.Base(name)
		}
		c.mu.Lock()
		brought := c.commands[path.Base(name)]
		c.mu.Unlock()
		switch {
		case brought || c.has(name) && !strings.HasPrefix(name, "sim-") && name != "wget" || c.os.id == "alpine" && name == "wget":
			c.say("/usr/bin/%s", name)
		case slices.Contains([]string{"cd", "echo", "printf", "test", "kill", "read", "command", "umask", "true", "false"}, name):
			c.say("%s", name)
		case c.fs.get("/usr/local/bin/"+name) != nil:
			c.say("/usr/local/bin/%s", name)
		default:
			return 1
		}
	}
	return 0
}

func (c *invocation) environment() int {
	c.env.Each(func(name string, v expand.Variable) bool {
		if v.Exported {
			c.say("%s=%s", name, v.String())
		}
		return true
	})
	return 0
}

func (c *invocation) identify() int {
	who := "root"
	for _, a := range c.args {
		if !strings.HasPrefix(a, "-") && a != "passwd" && a != "group" {
			who = a
		}
	}
	c.mu.Lock()
	known := c.users[who]
	c.mu.Unlock()
	if !known {
		if c.name == "id" {
			fmt.Fprintf(c.err, "id: '%s': no such user\n", who)
		}
		return status(false)
	}
	if slices.Contains(c.args, "-u") || slices.Contains(c.args, "-g") {
		c.say("%d", map[bool]int{true: 0, false: 100 + int(number(who, 900))}[who == "root"])
		return 0
	}
	c.say("%[1]s:x:%[2]d:%[2]d::/var/lib/%[1]s:/usr/sbin/nologin", who, 100+number(who, 900))
	return 0
}

func (c *invocation) addUser() int {
	_, _, names := c.options("cdgGshu")
	if len(names) == 0 {
		return 1
	}
	name := names[len(names)-1]
	c.mu.Lock()
	defer c.mu.Unlock()
	c.users[name] = true
	return 0
}

// su runs a command as somebody else, which makes no difference here.
func (c *invocation) su() int {
	_, values, words := c.options("cs")
	if command := values['c']; command != "" {
		return c.shell(c.ctx, command, "sh", c.env, nil, c.out, c.err)
	}
	if c.name == "sudo" && len(words) > 0 {
		d := *c
		d.name, d.args = path.Base(words[0]), words[1:]
		return d.run()
	}
	return 0
}

func (c *invocation) sh() int {
	_, values, words := c.options("c")
	if text := values['c']; text != "" {
		return c.shell(c.ctx, text, "sh", c.env, nil, c.out, c.err, words[min(1, len(words)):]...)
	}
	if len(words) == 0 {
		text, err := io.ReadAll(c.in)
		if err != nil {
			return 1
		}
		return c.shell(c.ctx, string(text), "sh", c.env, nil, c.out, c.err)
	}
	return c.script(words[0], words[1:])
}

func (c *invocation) openssl() int {
	if len(c.args) > 1 && c.args[0] == "rand" {
		c.say("%s", rand.Text())
	}
	return 0
}

// download fetches from a simulated network, in which every address has the same short
// list of names.
func (c *invocation) download() int {
	host, to := "the server", ""
	for i, a := range c.args {
		if (a == "-o" || a == "-O" && c.name == "wget") && i+1 < len(c.args) {
			to = c.args[i+1]
		}
		if _, rest, ok := strings.Cut(a, "://"); ok {
			host, _, _ = strings.Cut(rest, "/")
		}
	}
	if strings.HasPrefix(host, "127.") || strings.HasPrefix(host, "localhost") {
		return 0
	}
	if c.noNames {
		fmt.Fprintf(c.err, "%s: (6) Could not resolve host: %s\n", c.name, host)
		return 6
	}
	const list = "0.0.0.0 ads.example\n0.0.0.0 tracker.example\n0.0.0.0 metrics.example\n"
	if to == "" || to == "-" {
		return c.write([]byte(list))
	}
	c.fs.add(absolute(c.ctx, to), list)
	return 0
}

// dig answers every question.
func (c *invocation) dig() int {
	if c.noNames {
		c.say(";; communications error to 127.0.0.1#53: timed out")
		return 9
	}
	c.say(";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: %d", 1000+number(c.hostname, 60000))
	return 0
}

// docker tells its version and how it keeps its images.
func (c *invocation) docker() int {
	asked := strings.Join(c.args, " ")
	switch {
	case c.name == "docker-compose":
		c.say("Docker Compose version 2.26.1-4")
	case strings.Contains(asked, "Driver"):
		c.say("overlay2")
	case strings.HasPrefix(asked, "version"):
		c.say("26.1.5+dfsg1")
	}
	return 0
}

// ip shows the way out.
func (c *invocation) ip() int {
	if slices.Contains(c.args, "route") {
		c.say("default via 192.0.2.1 dev eth0 ")
	}
	return 0
}

// clusters is pg_lsclusters.
func (c *invocation) clusters() int {
	v := c.os.postgreSQL()
	c.say("%[1]s main    5432 online postgres /var/lib/postgresql/%[1]s/main /var/log/postgresql/postgresql-%[1]s-main.log", v)
	return 0
}

// wireGuard makes keys that look like its own.
func (c *invocation) wireGuard() int {
	text, ok := c.input(nil)
	if !slices.Contains(c.args, "pubkey") {
		text = []byte(rand.Text())
	}
	sum := sha256.Sum256(text)
	c.say("%s", base64.StdEncoding.EncodeToString(sum[:]))
	return status(ok)
}

func (c *invocation) sockets() int {
	c.say("State  Recv-Q Send-Q Local Address:Port Peer Address:Port")
	for _, port := range c.ports() {
		c.say("LISTEN 0      128          0.0.0.0:%-5d      0.0.0.0:*", port)
	}
	return 0
}
