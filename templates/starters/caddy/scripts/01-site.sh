# shellcheck shell=sh
address=${SITE_ADDRESS:-:80}
case $address in
*[!A-Za-z0-9.:/*-]*) die "$address is no address of a site; write it like :80 or www.example.org" ;;
esac
mkdir -p /etc/caddy/sites
cat >/etc/caddy/sites/main.caddy <<SITE
$address {
	root * /srv/www
	encode gzip
	file_server
}
SITE
caddy validate --config /etc/caddy/Caddyfile
service_enable caddy
service_restart caddy
case $address in
:80) wait_for_port 80 ;;
*:*) ;; # a port of its own
*) wait_for_port 80 ;;
esac
say "Caddy serves /srv/www at $address"
