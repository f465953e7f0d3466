package sim

import (
	"fmt"
	"strings"
)

// software is what a package brings.
type software struct {
	commands []string
	users    []string
	dirs     []string
	files    map[string]string // by path
	service  string            // as systemd knows it
	openrc   string            // where it has another name there
	template string            // a unit of systemd whose instances are named TEMPLATE@NAME
	port     int
}

// packages that the simulated servers have, besides those whose command is named as they are.
var packages = map[string]software{
	"apache2":             {commands: []string{"apache2", "a2enmod", "a2ensite"}, dirs: []string{"/etc/apache2/sites-available", "/var/www/html"}, service: "apache2", port: 80},
	"bind9-dnsutils":      {commands: []string{"dig", "nslookup"}},
	"avahi-daemon":        {commands: []string{"avahi-daemon"}, users: []string{"avahi"}, service: "avahi-daemon"},
	"caddy":               {commands: []string{"caddy"}, users: []string{"caddy"}, dirs: []string{"/etc/caddy", "/var/www"}, service: "caddy", port: 80},
	"cron":                {commands: []string{"crontab"}, service: "cron"},
	"curl":                {commands: []string{"curl"}},
	"dnsmasq":             {commands: []string{"dnsmasq"}, dirs: []string{"/etc/dnsmasq.d"}, service: "dnsmasq", port: 53},
	"docker":              {commands: []string{"docker"}, dirs: []string{"/etc/docker"}, service: "docker"},
	"docker.io":           {commands: []string{"docker"}, dirs: []string{"/etc/docker"}, service: "docker"},
	"docker-compose":      {commands: []string{"docker-compose"}},
	"forgejo":             {commands: []string{"forgejo"}, users: []string{"forgejo", "git", "www-data"}, dirs: []string{"/etc/forgejo", "/var/lib/forgejo"}, service: "forgejo", port: 3000},
	"gitea":               {commands: []string{"gitea"}, users: []string{"gitea", "git"}, dirs: []string{"/etc/gitea", "/var/lib/gitea"}, service: "gitea", port: 3000},
	"grafana":             {commands: []string{"grafana"}, users: []string{"grafana"}, dirs: []string{"/etc/grafana"}, service: "grafana", port: 3000},
	"jellyfin":            {commands: []string{"jellyfin"}, users: []string{"jellyfin"}, dirs: []string{"/etc/jellyfin", "/var/lib/jellyfin"}, files: map[string]string{"/etc/conf.d/jellyfin": "command_args=\"--service --nowebclient\"\n"}, service: "jellyfin", port: 8096},
	"mariadb-server":      {commands: []string{"mariadb", "mysql", "mariadb-admin"}, users: []string{"mysql"}, dirs: []string{"/etc/mysql/mariadb.conf.d"}, service: "mariadb", port: 3306},
	"minidlna":            {commands: []string{"minidlnad"}, users: []string{"minidlna"}, service: "minidlna", openrc: "minidlna", port: 8200},
	"mosquitto":           {commands: []string{"mosquitto", "mosquitto_passwd"}, users: []string{"mosquitto"}, dirs: []string{"/etc/mosquitto/conf.d"}, service: "mosquitto", port: 1883},
	"nginx":               {commands: []string{"nginx"}, users: []string{"nginx"}, dirs: []string{"/etc/nginx/conf.d", "/etc/nginx/http.d", "/var/www/html"}, service: "nginx", port: 80},
	"nodejs":              {commands: []string{"node"}},
	"npm":                 {commands: []string{"npm", "node"}},
	"openssh-server":      {commands: []string{"sshd"}, dirs: []string{"/etc/ssh/sshd_config.d"}, service: "ssh", openrc: "sshd", port: 22},
	"openssl":             {commands: []string{"openssl"}},
	"postgresql":          {commands: []string{"psql", "createuser", "createdb", "pg_isready", "pg_lsclusters"}, users: []string{"postgres"}, dirs: []string{"/var/lib/postgresql"}, service: "postgresql", template: "postgresql", port: 5432},
	"prometheus":          {commands: []string{"prometheus"}, users: []string{"prometheus"}, dirs: []string{"/etc/prometheus"}, service: "prometheus", port: 9090},
	"py3-pip":             {commands: []string{"pip3", "python3"}},
	"python3-pip":         {commands: []string{"pip3", "python3"}},
	"redis-server":        {commands: []string{"redis-cli"}, users: []string{"redis"}, dirs: []string{"/etc/redis"}, service: "redis-server", port: 6379},
	"samba":               {commands: []string{"smbpasswd", "testparm", "pdbedit", "smbd"}, users: []string{"sambashare"}, files: map[string]string{"/etc/samba/smb.conf": "[global]\n   workgroup = WORKGROUP\n"}, service: "smbd", openrc: "samba", port: 445},
	"tor":                 {commands: []string{"tor"}, users: []string{"debian-tor"}, dirs: []string{"/etc/tor"}, service: "tor", port: 9050},
	"transmission-daemon": {commands: []string{"transmission-daemon"}, users: []string{"debian-transmission"}, service: "transmission-daemon", port: 9091},
	"unbound":             {commands: []string{"unbound", "unbound-checkconf", "unbound-control", "unbound-anchor", "unbound-control-setup"}, users: []string{"unbound"}, dirs: []string{"/etc/unbound/unbound.conf.d", "/var/lib/unbound"}, service: "unbound", port: 53},
	"vaultwarden":         {commands: []string{"vaultwarden"}, users: []string{"vaultwarden"}, service: "vaultwarden", port: 8000},
	"wireguard":           {commands: []string{"wg", "wg-quick"}, dirs: []string{"/etc/wireguard"}, template: "wg-quick"},
	"wireguard-tools":     {commands: []string{"wg", "wg-quick"}, dirs: []string{"/etc/wireguard"}, template: "wg-quick"},
}

// plain are packages of which a script sees no more than that they are there.
var plain = strings.Fields(`apparmor icu-data-full icu-libs apt-transport-https acl bash bash-completion bind-tools borgbackup btop build-base build-essential busybox-extras
	ca-certificates certbot chrony containerd coreutils cronie dbus debian-archive-keyring dialog dnsutils dns-root-data fail2ban ffmpeg file findutils gettext git
	gnupg htop ifupdown iproute2 iptables iputils-ping iperf3 jq less libcap2-bin locales logrotate lsb-release lsof mc nano
	ncdu net-tools netcat-openbsd nfs-common nftables openssh openssh-client openresolv openntpd p7zip postgresql-client postgresql-contrib procps python3 python3-venv qrencode rclone
	restic rsync screen shadow shellcheck smbclient socat sqlite sqlite3 strace sudo tar tcpdump tmux tree tzdata ufw unattended-upgrades unzip
	util-linux vim wget whois xz-utils zip zsh zstd docker-cli docker-cli-compose docker-compose-v2 docker-compose-plugin docker-buildx postgresql17 postgresql16 postgresql15 postgresql17-client
	forgejo-openrc gitea-openrc caddy-openrc jellyfin-web jellyfin-openrc samba-common-tools samba-common-bin samba-server-openrc unbound-openrc wireguard-tools-openrc wireguard-tools-wg-quick minidlna-openrc postgresql-openrc postgresql-common jellyfin-ffmpeg font-noto ttf-dejavu openrc`)

// softwareOf is what a package brings.
func softwareOf(name string) software {
	if s, ok := packages[name]; ok {
		return s
	}
	return software{commands: []string{name}}
}

// exists tells whether the simulated servers have a package.
func exists(name string) bool {
	if _, ok := packages[name]; ok {
		return true
	}
	for _, p := range plain {
		if p == name {
			return true
		}
	}
	return false
}

// versionOf makes one up, always the same.
func versionOf(name string) string {
	return fmt.Sprintf("%d.%d.%d", 1+number(name, 9), number(name+"b", 20), number(name+"c", 12))
}

// wanted splits the arguments of a package manager into those that are options and the
// packages, without their versions.
func wanted(args []string, takesValue string) (verb string, names []string) {
	for i := 0; i < len(args); i++ {
		switch a := args[i]; {
		case strings.Contains(" "+takesValue+" ", " "+a+" "):
			i++
		case strings.HasPrefix(a, "-"):
		case verb == "":
			verb = a
		default:
			name, _, _ := strings.Cut(a, "=")
			names = append(names, name)
		}
	}
	return verb, names
}

// missing is the first of some packages that there is not; "" when there are all.
func missing(names []string) string {
	for _, name := range names {
		if !exists(name) {
			return name
		}
	}
	return ""
}

// news are those of some packages that are not installed.
func (c *invocation) news(names []string) []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []string
	for _, name := range names {
		if !c.installed[name] {
			all = append(all, name)
		}
	}
	return all
}

func (c *invocation) aptGet() int {
	verb, names := wanted(c.args, "-o -t -c")
	switch verb {
	case "update":
		if c.noNames {
			c.say("Err:1 https://packages.example %s InRelease", c.os.codename)
			fmt.Fprintln(c.err, "W: Failed to fetch https://packages.example/InRelease  Temporary failure resolving 'packages.example'")
			fmt.Fprintln(c.err, "E: Some index files failed to download. They have been ignored, or old ones used instead.")
			return 100
		}
		for i, part := range []string{c.os.codename, c.os.codename + "-security", c.os.codename + "-updates"} {
			if !c.wait(c.pace) {
				return statusSignal + 15
			}
			c.say("Hit:%d https://packages.example %s InRelease", i+1, part)
		}
		c.say("Reading package lists...")
		return 0
	case "install":
		return c.aptInstall(names)
	}
	c.say("Reading package lists...")
	return 0
}

func (c *invocation) aptInstall(names []string) int {
	c.say("Reading package lists...")
	c.say("Building dependency tree...")
	c.say("Reading state information...")
	if name := missing(names); name != "" {
		fmt.Fprintf(c.err, "E: Unable to locate package %s\n", name)
		return 100
	}
	fresh := c.news(names)
	if len(fresh) > 0 {
		c.say("The following NEW packages will be installed:\n  %s", strings.Join(fresh, " "))
	}
	c.say("0 upgraded, %d newly installed, 0 to remove and 0 not upgraded.", len(fresh))
	size := 0
	for i, name := range fresh {
		kb := 40 + int(number(name+"k", 4000))
		size += kb
		if !c.wait(c.pace * 2) {
			return statusSignal + 15
		}
		c.say("Get:%d https://packages.example %s/main amd64 %s amd64 %s-1 [%d kB]", i+1, c.os.codename, name, versionOf(name), kb)
	}
	if len(fresh) > 0 {
		c.say("Fetched %d kB in %d s", size, 1+len(fresh)/3)
	}
	for _, name := range fresh {
		if !c.wait(c.pace) {
			return statusSignal + 15
		}
		c.say("Selecting previously unselected package %s.", name)
		c.say("Unpacking %s (%s-1) ...", name, versionOf(name))
	}
	for _, name := range fresh {
		if !c.wait(c.pace) {
			return statusSignal + 15
		}
		c.install(name)
		c.say("Setting up %s (%s-1) ...", name, versionOf(name))
		if s := softwareOf(name); s.service != "" {
			c.say("Created symlink '/etc/systemd/system/multi-user.target.wants/%[1]s.service' → '/usr/lib/systemd/system/%[1]s.service'.", s.service)
		}
	}
	return 0
}

func (c *invocation) apk() int {
	verb, names := wanted(c.args, "--wait -t --virtual")
	switch verb {
	case "update":
		if c.noNames {
			fmt.Fprintln(c.err, "WARNING: fetching https://packages.example/main: temporary error (try again later)")
			fmt.Fprintln(c.err, "4 unavailable, 0 stale; 0 distinct packages available")
			return 2
		}
		c.wait(c.pace)
		c.say("v%s-0 [https://packages.example/main]", c.os.version)
		c.say("OK: 27468 distinct packages available")
	case "add":
		if name := missing(names); name != "" {
			fmt.Fprintf(c.err, "ERROR: unable to select packages:\n  %[1]s (no such package):\n    required by: world[%[1]s]\n", name)
			return 1
		}
		fresh := c.news(names)
		for i, name := range fresh {
			if !c.wait(c.pace * 2) {
				return statusSignal + 15
			}
			c.install(name)
			c.say("(%d/%d) Installing %s (%s-r0)", i+1, len(fresh), name, versionOf(name))
		}
		c.say("Executing busybox-1.37.0-r18.trigger")
		c.say("OK: %d MiB in %d packages", 12+3*len(fresh), 24+len(fresh))
	}
	return 0
}

func (c *invocation) dnf() int {
	verb, names := wanted(c.args, "")
	if verb != "install" {
		return 0
	}
	if name := missing(names); name != "" {
		fmt.Fprintf(c.err, "No match for argument: %[1]s\nError: Unable to find a match: %[1]s\n", name)
		return 1
	}
	for _, name := range c.news(names) {
		if !c.wait(c.pace * 2) {
			return statusSignal + 15
		}
		c.install(name)
		c.say("Installing       : %s-%s.x86_64", name, versionOf(name))
	}
	c.say("Complete!")
	return 0
}

func (c *invocation) npm() int {
	verb, names := wanted(c.args, "")
	if verb == "install" || verb == "i" {
		for _, name := range names {
			c.install(name)
		}
		c.wait(c.pace * 4)
		c.say("added %d packages in 2s", len(names))
	}
	return 0
}

func (c *invocation) pip() int {
	verb, names := wanted(c.args, "--progress-bar")
	if verb != "install" {
		return 0
	}
	for _, name := range names {
		if !c.wait(c.pace * 2) {
			return statusSignal + 15
		}
		c.install(name)
		c.say("Collecting %s\n  Downloading %[1]s-%s-py3-none-any.whl (%d kB)", name, versionOf(name), 20+number(name, 900))
	}
	c.say("Successfully installed %s", strings.Join(names, " "))
	return 0
}

func (c *invocation) systemctl() int {
	now, quiet, verb := false, false, ""
	var names []string
	for _, a := range c.args {
		switch {
		case a == "--now":
			now = true
		case a == "--quiet" || a == "-q":
			quiet = true
		case strings.HasPrefix(a, "-"):
		case verb == "":
			verb = a
		default:
			names = append(names, strings.TrimSuffix(a, ".service"))
		}
	}
	switch verb {
	case "is-system-running":
		c.say("running")
		return 0
	case "daemon-reload", "":
		return 0
	}
	status := 0
	for _, name := range names {
		u := c.service(name)
		if u == nil {
			if !quiet {
				fmt.Fprintf(c.err, "Failed to %s %[2]s.service: Unit %[2]s.service not found.\n", verb, name)
			}
			status = 5
			if strings.HasPrefix(verb, "is-") {
				status = 3
			}
			continue
		}
		if s := c.steer(u, verb, now); s != "" {
			if !quiet {
				c.say("%s", s)
			}
			if s == "inactive" || s == "disabled" {
				status = 3
			}
		}
	}
	return status
}

// steer does with a service what systemctl and rc-service are asked to; it returns what
// they answer.
func (c *invocation) steer(u *unit, verb string, now bool) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch verb {
	case "start", "restart", "reload", "reload-or-restart":
		u.active = true
	case "stop":
		u.active = false
	case "enable":
		u.enabled, u.active = true, u.active || now
	case "disable":
		u.enabled, u.active = false, u.active && !now
	case "is-active", "status":
		if u.active {
			return "active"
		}
		return "inactive"
	case "is-enabled":
		if u.enabled {
			return "enabled"
		}
		return "disabled"
	}
	return ""
}

func (c *invocation) rcService() int {
	var words []string
	for _, a := range c.args {
		if !strings.HasPrefix(a, "-") {
			words = append(words, a)
		}
	}
	if len(words) < 2 {
		return 1
	}
	u := c.service(words[0])
	if u == nil {
		fmt.Fprintf(c.err, " * rc-service: service `%s' does not exist\n", words[0])
		return 1
	}
	switch answer := c.steer(u, words[1], false); answer {
	case "active":
		c.say(" * status: started")
	case "inactive":
		c.say(" * status: stopped")
		return 3
	default:
		c.say(" * %s %s ... [ ok ]", map[string]string{"stop": "Stopping"}[words[1]]+map[string]string{"start": "Starting", "restart": "Starting"}[words[1]], words[0])
	}
	return 0
}

func (c *invocation) rcUpdate() int {
	var words []string
	for _, a := range c.args {
		if !strings.HasPrefix(a, "-") {
			words = append(words, a)
		}
	}
	if len(words) < 2 {
		return 0
	}
	u := c.service(words[1])
	if u == nil {
		fmt.Fprintf(c.err, " * rc-update: service `%s' does not exist\n", words[1])
		return 1
	}
	verb := "enable"
	if words[0] != "add" {
		verb = "disable"
	}
	c.steer(u, verb, false)
	c.say(" * service %s %sed to runlevel default", words[1], words[0])
	return 0
}
