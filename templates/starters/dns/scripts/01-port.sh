# shellcheck shell=sh
# systemd-resolved keeps port 53 on 127.0.0.53, and Unbound, which wants it on every
# address, does not start beside it. Debian's OS template comes without it, others with it.
if systemctl is-active --quiet systemd-resolved; then
	mkdir -p /etc/systemd/resolved.conf.d
	printf '[Resolve]\nDNSStubListener=no\n' >/etc/systemd/resolved.conf.d/berth.conf
	# Names are asked of the servers it knows, no longer of the port it gave up.
	case $(readlink /etc/resolv.conf || :) in
	*stub-resolv.conf) ln -sf /run/systemd/resolve/resolv.conf /etc/resolv.conf ;;
	esac
	service_restart systemd-resolved
	say "systemd-resolved has given up port 53"
fi

if ! { service_enable unbound && service_restart unbound; }; then
	unbound-checkconf || :
	die "Unbound does not start; see the lines above, and journalctl -u unbound in the container"
fi
wait_for_port 53
say "Unbound listens on port 53"
