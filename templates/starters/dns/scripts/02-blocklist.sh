# shellcheck shell=sh
case ${BLOCKLIST_URL:-} in
'') say "No blocklist was named; only your own names are blocked" ;;
http://* | https://*) ;;
*) die "$BLOCKLIST_URL is no address of a list; it begins with https://" ;;
esac
printf '%s\n' "${BLOCKLIST_URL:-}" >/etc/unbound/lists/url

if ! /usr/local/sbin/blocklist-update; then
	warn "The list could not be taken over; the timer tries again every week, and blocklist-update at once"
fi
service_enable blocklist-update.timer
wait_for_port 53

if dig +time=5 +tries=3 @127.0.0.1 debian.org A | grep -q 'status: NOERROR'; then
	say "Unbound answers"
else
	warn "Unbound gets no answer from the internet: port 53 may be closed on the way out, or this container's clock be wrong"
fi
if [ -n "${BERTH_ADDRESS:-}" ]; then say "Name $BERTH_ADDRESS as the DNS server in your router"; fi
