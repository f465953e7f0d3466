# shellcheck shell=sh
SUBNET=${SUBNET:-10.86.0}
ENDPOINT=${ENDPOINT:-}
printf '%s\n' "$SUBNET" | grep -Eqx '([0-9]{1,3}\.){2}[0-9]{1,3}' || die "$SUBNET is not the beginning of a network; write it like 10.86.0"
case $ENDPOINT in
*[!A-Za-z0-9.:-]*) die "$ENDPOINT is neither a name nor an address; write it like home.example.org" ;;
esac

umask 077
dir=/etc/wireguard
mkdir -p "$dir/peers"
[ -s "$dir/private.key" ] || wg genkey >"$dir/private.key"
[ -e "$dir/berth.env" ] || printf 'SUBNET=%s\nENDPOINT=%s\n' "$SUBNET" "$ENDPOINT" >"$dir/berth.env"

if [ -e "$dir/wg0.conf" ]; then
	say "$dir/wg0.conf is there already and stays as it is"
else
	route=$(ip -4 route show default)
	case $route in
	*' dev '*)
		out=${route#*' dev '}
		out=${out%%[[:space:]]*}
		;;
	*) out=eth0 ;;
	esac
	cat >"$dir/wg0.conf" <<CONF
# wg-add-peer NAME adds a device.
[Interface]
PrivateKey = $(cat "$dir/private.key")
Address = $SUBNET.1/24
ListenPort = 51820
PostUp = iptables -t nat -A POSTROUTING -s $SUBNET.0/24 -o $out -j MASQUERADE
PostDown = iptables -t nat -D POSTROUTING -s $SUBNET.0/24 -o $out -j MASQUERADE
CONF
fi

(umask 022 && printf 'net.ipv4.ip_forward = 1\n' >/etc/sysctl.d/90-wireguard.conf)
printf 1 >/proc/sys/net/ipv4/ip_forward || warn "This container may not pass packets on; devices reach the container alone"

say "The public key of this end is $(wg pubkey <"$dir/private.key")"
if [ -d /sys/class/net/wg0 ]; then
	service_enable wg-quick@wg0
	service_restart wg-quick@wg0
	say "wg0 is up"
elif ip link add berthtest type wireguard 2>/dev/null; then
	ip link delete berthtest
	service_enable wg-quick@wg0
	say "wg0 is up"
else
	systemctl enable wg-quick@wg0
	warn "The Proxmox host has not loaded the kernel's module, so wg0 is not up. Run there, once: modprobe wireguard && echo wireguard > /etc/modules-load.d/wireguard.conf, then restart this container"
fi
say "Add a device in the container with: wg-add-peer NAME"
