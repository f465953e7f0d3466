# shellcheck shell=sh
conf=/etc/forgejo/app.ini
url=${ROOT_URL:-http://${BERTH_ADDRESS:-$BERTH_HOSTNAME}:3000/}
case $url in
http://*/ | https://*/) ;;
http://* | https://*) url=$url/ ;;
*) die "$url is no address for the browser; write it like https://git.example.org/" ;;
esac

mkdir -p /etc/forgejo
if grep -q '^INSTALL_LOCK = true' "$conf" 2>/dev/null; then
	say "$conf is set up already and stays as it is"
else
	# Forgejo adds the secrets it makes for itself, so the file is its own.
	(
		umask 027
		cat >"$conf.new" <<INI
APP_NAME = Forgejo
RUN_USER = forgejo
RUN_MODE = prod
WORK_PATH = /var/lib/forgejo

[server]
HTTP_PORT = 3000
ROOT_URL = $url
APP_DATA_PATH = /var/lib/forgejo/data
DISABLE_SSH = true
OFFLINE_MODE = true
LFS_START_SERVER = true

[repository]
ROOT = /var/lib/forgejo/git

[database]
DB_TYPE = sqlite3
PATH = /var/lib/forgejo/db/forgejo.db

[log]
ROOT_PATH = /var/log/forgejo
MODE = file
LEVEL = Info

[service]
DISABLE_REGISTRATION = true

[security]
INSTALL_LOCK = true
SECRET_KEY = $(random_password 64)
INI
	)
	mv -f "$conf.new" "$conf"
fi
chown forgejo:www-data /etc/forgejo "$conf"
chmod 0640 "$conf"

service_enable forgejo
service_restart forgejo
wait_for_port 3000 120
say "Forgejo is at $url"
