# shellcheck shell=sh
ADMIN_NAME=${ADMIN_NAME:-forge}
case $ADMIN_NAME in
[!A-Za-z0-9]* | *[!A-Za-z0-9_.-]*) die "$ADMIN_NAME cannot be an account's name; use letters, digits and - _ ." ;;
admin | user | api | assets | explore) die "Forgejo keeps the name $ADMIN_NAME for itself; choose another" ;;
esac

# Forgejo is never run as root: what it writes would be root's then.
as_forgejo() { su -s /bin/sh forgejo -c "$1"; }

export ADMIN_NAME
cd /var/lib/forgejo
accounts=$(as_forgejo 'forgejo --config /etc/forgejo/app.ini admin user list')
while read -r _ account _; do
	if [ "$account" = "$ADMIN_NAME" ]; then
		say "The account $ADMIN_NAME is there already and stays as it is"
		exit 0
	fi
done <<LIST
$accounts
LIST

if [ -z "${ADMIN_PASSWORD:-}" ]; then
	ADMIN_PASSWORD=$(random_password)
	say "No password was typed, so one was made up"
fi
export ADMIN_PASSWORD
# shellcheck disable=SC2016 # the inner shell reads the variables
as_forgejo 'forgejo --config /etc/forgejo/app.ini admin user create --admin --must-change-password=false \
	--username "$ADMIN_NAME" --password "$ADMIN_PASSWORD" --email "$ADMIN_NAME@localhost.localdomain"' >/dev/null
save_credential forgejo USER "$ADMIN_NAME"
save_credential forgejo PASSWORD "$ADMIN_PASSWORD"
say "Sign in as $ADMIN_NAME; the password is in /etc/berth/credentials/forgejo"
