package parts

import (
	"hash/fnv"
	"strings"
	"unicode"

	"berth/static"
)

// Mark stands for an app on its tile.
type Mark struct {
	Glyph  string // a symbol of apps.svg; "": none is known
	Letter string // where there is no glyph
	Hue    string // of the tile's ground, as the stylesheet knows them; "" is grey
}

// GlyphURL is the address of a mark's glyph.
func (m Mark) GlyphURL() string { return static.URL("apps.svg") + "#" + m.Glyph }

// MarkOf finds the mark of an app by its name, as a container, a link or a template has it: "paperless-ngx", "Git forge
// (Forgejo)", "postgres2". What is not known has its first letter, and hue.
func MarkOf(name, hue string) Mark {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if m, known := markOfWord(strings.Join(words, "")); known {
		return m
	}
	for _, w := range words {
		if m, known := markOfWord(w); known {
			return m
		}
	}
	return Mark{Letter: letterOf(name), Hue: hue}
}

// markOfWord knows a word with a number behind it too.
func markOfWord(w string) (Mark, bool) {
	m, known := marks[w]
	if !known {
		m, known = marks[strings.TrimRight(w, "0123456789")]
	}
	return m, known
}

// letterOf is the first letter or digit of a name.
func letterOf(name string) string {
	for _, r := range name {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return string(unicode.ToUpper(r))
		}
	}
	return "•"
}

// hues of tiles, as the stylesheet knows them.
var hues = [...]string{"blue", "green", "violet", "teal", "amber", "pink", "red"}

// HueOf is the hue of what has a name, always the same one.
func HueOf(name string) string {
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(name)) // a hash takes everything
	return hues[sum.Sum32()%uint32(len(hues))]
}

// marks has a mark for the words by which people call their apps.
var marks = markTable()

func markTable() map[string]Mark {
	table := make(map[string]Mark)
	for _, of := range glyphs {
		for word := range strings.FieldsSeq(of.words) {
			table[word] = Mark{Glyph: of.glyph, Hue: of.hue}
		}
	}
	return table
}

// glyphs of apps.svg with the names of apps that they stand for, without what is neither letter nor digit. No glyph is a brand's.
var glyphs = []struct{ glyph, hue, words string }{
	{"film", "violet", "jellyfin emby plex kodi media movies film films video tdarr stremio dlna minidlna tvheadend"},
	{"tv", "violet", "sonarr radarr bazarr tv iptv tautulli overseerr jellyseerr seerr"},
	{"shield-ban", "red", "pihole adguard adguardhome dns blocky technitium unbound blocklist"},
	{"globe", "teal", "caddy nginx web www apache httpd site website blog wordpress ghost wiki traefik proxy npm haproxy swag lighttpd homepage"},
	{"container", "blue", "docker podman portainer dockge compose swarm k3s kubernetes"},
	{"database", "amber", "postgres postgresql mysql mariadb db database mongo mongodb sqlite pgadmin adminer timescaledb clickhouse couchdb"},
	{"zap", "red", "redis valkey memcached keydb cache"},
	{"house", "green", "homeassistant hass home openhab domoticz iobroker fhem homebridge"},
	{"key-round", "amber", "vaultwarden bitwarden vault passbolt keys passwords keepass authelia authentik keycloak zitadel sso ldap openldap lldap"},
	{"images", "pink", "immich photoprism photos photo librephotos lychee pictures images piwigo"},
	{"book-open", "green", "kavita calibre komga audiobookshelf books ebooks comics bookstack"},
	{"bookmark", "teal", "linkding wallabag shiori bookmarks linkwarden hoarder karakeep archivebox readeck"},
	{"file-text", "green", "paperless paperlessngx docs documents stirling stirlingpdf pdf docspell onlyoffice collabora"},
	{"activity", "teal", "uptime kuma uptimekuma monitoring nodeexporter exporter netdata zabbix checkmk icinga nagios beszel healthchecks gatus"},
	{"chart-line", "amber", "grafana prometheus influxdb victoriametrics metrics loki matomo umami plausible metabase"},
	{"git-branch", "red", "forgejo gitea gitlab git forge gogs onedev"},
	{"workflow", "violet", "n8n nodered jenkins drone woodpecker ci runner runners actions huginn activepieces airflow"},
	{"message-circle", "blue", "matrix synapse dendrite conduit rocketchat mattermost zulip chat element mumble teamspeak irc znc discord signal"},
	{"music", "pink", "navidrome music lidarr airsonic subsonic mpd lms musicassistant icecast snapcast"},
	{"download", "blue", "qbittorrent transmission torrent deluge sabnzbd nzbget downloads prowlarr jackett pyload aria2 rtorrent"},
	{"cloud", "blue", "nextcloud owncloud seafile cloud opencloud pydio"},
	{"mail", "amber", "mail mailcow postfix dovecot stalwart mailu smtp roundcube rspamd maddy mailpit"},
	{"folder", "amber", "samba smb nas files nfs fileserver filebrowser webdav share shares syncthing sync"},
	{"hard-drive", "teal", "backup backups pbs restic borg duplicati kopia urbackup minio garage s3 storage"},
	{"shield-check", "green", "wireguard vpn tailscale headscale openvpn netbird zerotier wgeasy netmaker"},
	{"network", "teal", "unifi omada netbox router opnsense gateway dhcp netbootxyz firewall ntp"},
	{"utensils", "amber", "mealie tandoor recipes grocy kitchenowl"},
	{"rss", "amber", "freshrss miniflux rss ttrss feeds news"},
	{"gauge", "blue", "speedtest librespeed openspeedtest"},
	{"bot", "violet", "ollama openwebui ai llm localai whisper stablediffusion comfyui"},
	{"gamepad-2", "green", "minecraft game games gameserver valheim terraria pterodactyl crafty factorio romm steam"},
	{"code", "blue", "code codeserver vscode dev gitpod coder"},
	{"calendar-days", "red", "radicale baikal calendar caldav davical"},
	{"wallet", "green", "firefly fireflyiii actual actualbudget finance budget ghostfolio invoiceninja"},
	{"list-checks", "violet", "vikunja todo tasks kanban wekan planka focalboard openproject taskwarrior"},
	{"notebook-pen", "amber", "joplin trilium notes memos obsidian silverbullet hedgedoc outline affine logseq"},
	{"lightbulb", "amber", "esphome wled deconz hue"},
	{"radio-tower", "teal", "zigbee zigbee2mqtt z2m mosquitto mqtt zwave rtl433 emqx"},
	{"cctv", "red", "frigate camera cameras nvr zoneminder shinobi scrypted motioneye"},
	{"printer", "blue", "cups printer print octoprint klipper mainsail"},
	{"search", "blue", "searxng search elasticsearch opensearch meilisearch typesense elastic"},
	{"scroll-text", "amber", "graylog logs syslog rsyslog logstash"},
	{"package", "violet", "registry nexus harbor verdaccio aptcacher aptcacherng artifactory packages mirror"},
	{"layout-dashboard", "teal", "homer heimdall dashboard dashy homarr organizr glance"},
	{"terminal", "teal", "debian alpine ubuntu arch fedora shell ansible bastion jumphost ssh semaphore"},
}
