# shellcheck shell=sh
# What every script of a template begins with: docs/templates.md tells how to use it. It
# must work in any POSIX shell, busybox's too. Names that begin with berth_ are its own.
set -eu

export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=a
export PIP_NO_INPUT=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_BREAK_SYSTEM_PACKAGES=1

BERTH_OS=linux
BERTH_OS_VERSION=
if [ -r /etc/os-release ]; then
	# shellcheck source=/dev/null
	BERTH_OS=$(. /etc/os-release && printf %s "${ID:-linux}")
	# shellcheck source=/dev/null
	BERTH_OS_VERSION=$(. /etc/os-release && printf %s "${VERSION_ID:-}")
fi
export BERTH_OS BERTH_OS_VERSION

# say TEXT: a line of the log.
say() { printf '%s\n' "$*"; }

# warn TEXT: a line of the log, marked as an error; the script goes on.
warn() { printf 'Warning: %s\n' "$*" >&2; }

# die TEXT: say why, and fail.
die() {
	printf '%s\n' "$*" >&2
	exit 1
}

# have COMMAND: is there such a command?
have() { command -v "$1" >/dev/null 2>&1; }

berth_locked='could not get lock|unable to acquire the dpkg|unable to lock|lock was locked|is locked by another|obtain rpm transaction lock|create transaction lock'
berth_network='temporary (failure|error)|could(n.t| not) (resolve|connect)|connection (timed out|failed|refused|reset|aborted)|network (is unreachable|error)|(failed|unable) to fetch|unable to resolve host|time(d |-)?out|curl error|(failed to|cannot) download|name resolution|newconnectionerror|econnre(set|fused)|etimedout|eai_again|enotfound|bad address|dns: |dns lookup|(http(/1.[01])?|error:?) 50[0-4]|error getting response|remote server returned error|no route to host|host is unreachable'

# berth_try COMMAND…: run it, wait while another program holds the package manager's
# lock, for five minutes at most, and try once more after a network error.
berth_try() {
	berth_said=$(mktemp -d)
	berth_waited=0
	berth_again=yes
	while :; do
		{
			{
				berth_code=0
				"$@" 2>&1 >&3 3>&- || berth_code=$?
				echo "$berth_code" >"$berth_said/code"
			} | tee "$berth_said/errors" >&2
		} 3>&1
		read -r berth_code <"$berth_said/code"
		[ "$berth_code" -ne 0 ] || break
		if [ "$berth_waited" -lt 300 ] && grep -Eiq "$berth_locked" "$berth_said/errors"; then
			[ "$berth_waited" -gt 0 ] || say "Another program is installing packages; waiting for it"
			berth_waited=$((berth_waited + 5))
			sleep 5
		elif [ -n "$berth_again" ] && grep -Eiq "$berth_network" "$berth_said/errors"; then
			berth_again=
			warn "That looks like a network error; trying once more in 10 seconds"
			sleep 10
		else
			break
		fi
	done
	rm -rf -- "$berth_said"
	return "$berth_code"
}

berth_apt() {
	berth_try dpkg --configure -a || return # what an earlier run was broken off in
	berth_try apt-get -q -o APT::Update::Error-Mode=any update || return
	berth_try apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 \
		-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold install -- "$@"
}

berth_apk() {
	berth_try apk --no-progress --wait 300 update || return
	berth_try apk --no-progress --wait 300 add -- "$@"
}

# install_packages NAME…: by the system's package manager, without a question.
install_packages() {
	[ $# -gt 0 ] || return 0
	if have apt-get; then
		berth_apt "$@"
	elif have apk; then
		berth_apk "$@"
	elif have dnf; then
		berth_try dnf -y install -- "$@"
	else
		die "This system has none of apt-get, apk and dnf to install $* with"
	fi
}

# service_enable NAME: start it now, and whenever the container starts.
service_enable() {
	if [ -d /run/systemd/system ]; then
		systemctl daemon-reload || return
		systemctl enable --now -- "$1"
	elif have rc-update; then
		rc-update -q add "$1" default || return
		berth_code=0
		rc-service "$1" status >/dev/null 2>&1 || berth_code=$?
		case $berth_code in
		0) ;;
		32 | 64) rc-service "$1" restart ;; # crashed, or nothing watches it: for start it "has already been started"
		*) rc-service "$1" start ;;
		esac
	else
		die "This system has neither systemd nor OpenRC to start $1 with"
	fi
}

# service_restart NAME: so that it reads its configuration again.
service_restart() {
	if [ -d /run/systemd/system ]; then
		systemctl daemon-reload || return
		systemctl restart -- "$1"
	elif have rc-service; then
		rc-service "$1" restart
	else
		die "This system has neither systemd nor OpenRC to restart $1 with"
	fi
}

# save_credential FILE KEY VALUE: keep it as a line KEY=VALUE in
# /etc/berth/credentials/FILE, which only root may read, in place of an earlier one.
save_credential() {
	[ $# -eq 3 ] || die "save_credential needs a file, a key and a value"
	case $1 in '' | .* | */*) die "save_credential: $1 is no name of a file" ;; esac
	case $2 in '' | *[!A-Za-z0-9_]*) die "save_credential: $2 is no key: letters, digits and _ make one" ;; esac
	case $3 in *'
'*) die "save_credential: the value of $2 has more than one line" ;; esac
	(
		umask 077
		mkdir -p /etc/berth/credentials
		berth_file=/etc/berth/credentials/$1
		{
			if [ -e "$berth_file" ]; then grep -v "^$2=" "$berth_file" || :; fi
			printf '%s=%s\n' "$2" "$3"
		} >"$berth_file.new"
		mv -f -- "$berth_file.new" "$berth_file"
	)
}

# random_password [LENGTH]: one of letters and digits, 24 of them if nothing else is said.
random_password() {
	# Under pct exec no SIGPIPE ends tr, which says then that nobody takes the rest.
	LC_ALL=C tr -dc 'A-Za-z0-9' </dev/urandom 2>/dev/null | head -c "${1:-24}"
	echo
}

# berth_ports: the TCP ports that something listens on, a line each.
berth_ports() {
	cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | while read -r _ berth_local _ berth_state _; do
		[ "$berth_state" = 0A ] || continue
		printf '%d\n' "0x${berth_local##*:}"
	done | sort -nu
}

# wait_for_port PORT [SECONDS]: until something listens there, for a minute if nothing
# else is said.
wait_for_port() {
	berth_left=${2:-60}
	until berth_ports | grep -qx "$1"; do
		if [ "$berth_left" -le 0 ]; then
			warn "Nothing listens on port $1 after ${2:-60} seconds"
			return 1
		fi
		berth_left=$((berth_left - 1))
		sleep 1
	done
}

# fetch URL FILE SHA256: download a file and keep it only if it is the one that is meant.
fetch() {
	[ $# -eq 3 ] || die "fetch needs an address, a file and its SHA-256 sum"
	have curl || have wget || install_packages curl ca-certificates || return
	if have curl; then
		berth_try curl -fsSL --proto '=https,http' --connect-timeout 20 -o "$2.part" -- "$1" || return
	elif wget --version >/dev/null 2>&1; then # GNU's, which with -q does not say why it failed
		berth_try wget -nv -t 2 -T 60 -O "$2.part" "$1" || return
	else
		berth_try wget -q -T 60 -O "$2.part" "$1" || return
	fi
	berth_sum=$(sha256sum <"$2.part")
	if [ "${berth_sum%% *}" != "$3" ]; then
		rm -f -- "$2.part"
		die "$1 is not the file that is meant: its SHA-256 sum is ${berth_sum%% *}, not $3"
	fi
	mv -f -- "$2.part" "$2"
}
