# shellcheck shell=sh
mkdir -p /srv/media/films /srv/media/series /srv/media/music
chmod 0755 /srv/media /srv/media/films /srv/media/series /srv/media/music

# Alpine's package leaves the web page off.
if grep -q -- '--nowebclient' /etc/conf.d/jellyfin; then
	sed -i 's/ *--nowebclient//' /etc/conf.d/jellyfin
fi
service_enable jellyfin
service_restart jellyfin
wait_for_port 8096 120
say "Jellyfin is at http://${BERTH_ADDRESS:-$BERTH_HOSTNAME}:8096/web/ and asks for its first account there"
