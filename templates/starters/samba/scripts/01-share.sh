# shellcheck shell=sh
name=${SHARE_NAME:-share}
user=${SHARE_USER:-home}
case $name in
*[!A-Za-z0-9_-]*) die "$name cannot be a share's name here; use letters, digits, - and _" ;;
global | homes | printers | print\$ | ipc\$) die "$name has a meaning of its own in Samba; choose another name" ;;
esac
case $user in
[!a-z]* | *[!a-z0-9_-]*) die "$user cannot be a name here; use lower-case letters, digits, - and _" ;;
esac

if ! id "$user" >/dev/null 2>&1; then
	useradd --create-home --shell /usr/sbin/nologin "$user"
elif [ "$(id -u "$user")" -lt 1000 ]; then
	die "$user belongs to the system; choose another name"
fi
mkdir -p /srv/share
chown "$user:" /srv/share
chmod 2770 /srv/share

# The share is a file of its own, and Debian's smb.conf takes it in by one line.
cat >/etc/samba/berth.conf <<CONF
[global]
	server min protocol = SMB3
	map to guest = never
	load printers = no
	disable spoolss = yes

[$name]
	path = /srv/share
	valid users = $user
	read only = no
	create mask = 0660
	directory mask = 2770
CONF
line='include = /etc/samba/berth.conf'
grep -qxF "$line" /etc/samba/smb.conf || printf '\n[global]\n%s\n' "$line" >>/etc/samba/smb.conf
testparm -s >/dev/null

password=${SHARE_PASSWORD:-}
if [ -z "$password" ]; then
	password=$(random_password)
	say "No password was typed, so one was made up"
fi
printf '%s\n%s\n' "$password" "$password" | smbpasswd -s -a "$user"
save_credential samba USER "$user"
save_credential samba PASSWORD "$password"

service_enable smbd
service_restart smbd
wait_for_port 445
say "The share is \\\\${BERTH_ADDRESS:-$BERTH_HOSTNAME}\\$name for $user; the password is in /etc/berth/credentials/samba"
