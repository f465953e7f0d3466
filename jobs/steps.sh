# shellcheck shell=sh
# What the steps that Berth brings itself are made of; it follows prelude.sh.

# berth_wait_init: until the container's init has brought the system up.
berth_wait_init() {
	berth_init=
	read -r berth_init </proc/1/comm || :
	berth_left=120
	while :; do
		case $berth_init in
		systemd)
			berth_state=$(systemctl is-system-running 2>/dev/null) || :
			case $berth_state in running | degraded | maintenance) break ;; esac
			;;
		*)
			have openrc || break
			# OpenRC notes a runlevel before it starts what belongs to it.
			berth_level=
			[ ! -r /run/openrc/softlevel ] || read -r berth_level </run/openrc/softlevel || :
			case $berth_level in
			'' | sysinit | boot) ;;
			*) [ -e /run/openrc/rc.starting ] || break ;;
			esac
			berth_state=starting
			;;
		esac
		if [ "$berth_left" -le 0 ]; then
			[ "$berth_state" = starting ] || die "The container's init is not ready after two minutes"
			warn "The container is still starting some of its services after two minutes; going on"
			break
		fi
		berth_left=$((berth_left - 1))
		sleep 1
	done
	berth_name=$BERTH_OS
	if [ -r /etc/os-release ]; then
		# shellcheck source=/dev/null
		berth_name=$(. /etc/os-release && printf %s "${PRETTY_NAME:-$BERTH_OS}")
	fi
	say "$berth_name is up"
}

# berth_own PATH OWNER
berth_own() { chown -- "$2" "$1" 2>/dev/null; }

# berth_put PATH OWNER MODE POLICY WHEN: a file with the base64 text that comes by
# standard input. WHEN is "later" when its owner may come with a package.
berth_put() {
	[ ! -d "$1" ] || die "$1 is a folder, so no file can be put there"
	berth_there=
	if [ -e "$1" ] || [ -L "$1" ]; then berth_there=yes; fi
	if [ "$4" = default ] && [ -n "$berth_there" ]; then
		say "$1 is there already and stays as it is"
		return
	fi
	mkdir -p -- "$(dirname -- "$1")"
	berth_new=$(mktemp "$1.XXXXXX")
	base64 -d >"$berth_new"
	if [ "$4" = backup ] && [ -e "$1" ] && [ "$(sha256sum <"$1")" != "$(sha256sum <"$berth_new")" ]; then
		berth_old=$1.$(date -u +%Y-%m-%dT%H%M%SZ)
		cp -p -- "$1" "$berth_old"
		say "$1 is kept as $berth_old"
	fi
	if ! berth_own "$berth_new" "$2"; then
		if [ "$5" != later ]; then
			rm -f -- "$berth_new"
			die "$1 cannot be given to $2: there is no such user or group in the container"
		fi
		say "$1 is root's until the packages are installed: $2 is not there yet"
	fi
	chmod -- "$3" "$berth_new"
	mv -f -- "$berth_new" "$1"
	say "$1"
}

# berth_give PATH OWNER MODE: what was left for later.
berth_give() {
	[ -e "$1" ] || return 0
	berth_own "$1" "$2" || die "$1 cannot be given to $2: there is no such user or group in the container"
	chmod -- "$3" "$1"
}

berth_fits=
berth_unfit=

# berth_add MANAGER COMMAND NAME…: packages of the system's own manager. Those of
# another's are left out.
berth_add() {
	berth_manager=$1
	if ! have "$2"; then
		shift 2
		berth_unfit="$berth_unfit $berth_manager"
		say "Left out, because $BERTH_OS has no $berth_manager: $*"
		return
	fi
	berth_fits=yes
	shift 2
	install_packages "$@"
}

# berth_added: there was something for this system among the packages.
berth_added() {
	if [ -z "$berth_fits" ] && [ -n "$berth_unfit" ]; then
		die "None of the packages is for this system ($BERTH_OS): they are for$berth_unfit"
	fi
}

# berth_npm NAME…
berth_npm() {
	if ! have npm; then
		if have apk; then install_packages nodejs npm; else install_packages npm; fi
	fi
	berth_try npm install --global --no-fund --no-audit --no-update-notifier --no-progress -- "$@"
}

# berth_pip NAME…: into /usr/local, beside what the distribution installs.
berth_pip() {
	if ! have pip3; then
		if have apk; then install_packages py3-pip; else install_packages python3-pip; fi
	fi
	berth_try pip3 install --progress-bar off -- "$@"
}

# berth_runs NAME: does the service run?
berth_runs() {
	if [ -d /run/systemd/system ]; then
		systemctl is-active --quiet -- "$1"
	elif have rc-service; then
		rc-service "$1" status >/dev/null 2>&1
	else
		return 1
	fi
}

berth_seen=

# berth_look NAME PORT: how a service is; PORT is 0 for one without.
berth_look() {
	berth_how="$1 does not run"
	if berth_runs "$1"; then berth_how="$1 runs"; fi
	if [ "$2" -gt 0 ]; then
		if berth_ports | grep -qx "$2"; then
			berth_how="$berth_how, port $2 is open"
		else
			berth_how="$berth_how, nothing listens on port $2"
		fi
	fi
	berth_seen=${berth_seen:+$berth_seen; }$berth_how
}

# berth_looked: say what was seen, or what listens when no service was named.
berth_looked() {
	if [ -z "$berth_seen" ]; then
		berth_seen=$(berth_ports | tr '\n' ' ')
		if [ -n "$berth_seen" ]; then
			berth_seen="Something listens on TCP port ${berth_seen% }"
		else
			berth_seen="Nothing listens on a TCP port"
		fi
	fi
	say "$berth_seen"
}
