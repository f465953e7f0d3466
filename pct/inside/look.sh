# shellcheck shell=sh
# What a container tells of itself: one run of any POSIX shell, busybox's too, that uses
# the tools that are there and changes nothing. Each part begins with a line of MARK, a
# random word that nothing in the container knows before, and the name of the part.
mark=${MARK:?}
unset MARK
export LC_ALL=C TZ=UTC SYSTEMD_COLORS=0

have() { command -v "$1" >/dev/null 2>&1; }

# part NAME: what follows is another part.
part() { printf '\n%s %s\n' "$mark" "$1"; }

# first BYTES: the first bytes of what comes.
if have head; then
	first() { head -c "$1"; }
else
	first() { while IFS= read -r line; do printf '%s\n' "$line"; done; }
fi

# show FILE: its beginning, if it is one.
show() { if [ -f "$1" ] && [ -r "$1" ]; then first 16384 <"$1"; fi; }

# processes: a line each of ID, parent, control group and name, with tabs between.
processes() {
	for dir in /proc/[0-9]*; do
		stat=
		group=
		{ IFS= read -r stat <"$dir/stat"; } 2>/dev/null || continue
		{
			while IFS= read -r line; do
				case $line in 0::?* | *:name=systemd:*) group=${line##*:} ;; esac
			done <"$dir/cgroup"
		} 2>/dev/null || :
		name=${stat#*\(}
		name=${name%)*}
		rest=${stat##*) }
		rest=${rest#* }
		printf '%s\t%s\t%s\t%s\n' "${dir##*/}" "${rest%% *}" "$group" "$name"
	done
}

# daemons: what OpenRC started, a line each of service, process ID and program.
daemons() {
	for file in /run/openrc/daemons/*/*; do
		[ -f "$file" ] || continue
		program=
		pid=
		while IFS= read -r line; do
			case $line in
			exec=*) program=${line#exec=} ;;
			pidfile=*) if [ -f "${line#pidfile=}" ]; then read -r pid <"${line#pidfile=}" || :; fi ;;
			esac
		done <"$file"
		service=${file%/*}
		printf '%s\t%s\t%s\n' "${service##*/}" "$pid" "$program"
	done
}

# sockets: who holds which, a line each of process ID and inode.
sockets() {
	# shellcheck disable=SC2012 # what is in these folders has numbers for names
	ls -l /proc/[0-9]*/fd 2>/dev/null | while IFS= read -r line; do
		case $line in
		/proc/*)
			pid=${line#/proc/}
			pid=${pid%%/*}
			;;
		*'socket:['*)
			inode=${line##*'socket:['}
			printf '%s\t%s\n' "$pid" "${inode%]*}"
			;;
		esac
	done
}

part os
if [ -r /etc/os-release ]; then show /etc/os-release; else show /usr/lib/os-release; fi
part uptime
show /proc/uptime
part load
show /proc/loadavg
part memory
show /proc/meminfo

if [ -d /run/systemd/system ] && have systemctl; then
	part systemd
	systemctl show '*.service' --all --no-pager --property=Id,Description,LoadState,ActiveState,SubState,UnitFileState,Type,ConditionResult,ConditionTimestampMonotonic,Result,ExecMainCode,ExecMainStatus,NRestarts,StateChangeTimestamp 2>&1 | first 262144
	part activation
	systemctl show '*.socket' --all --no-pager --property=Id,Listen,Triggers 2>/dev/null | first 65536
elif have rc-status; then
	part openrc
	# Like each of OpenRC's tools it renews the list of dependencies in /run where that is old.
	rc-status --nocolor --all 2>&1 | first 65536
	part daemons
	daemons | first 65536
fi

if have ss; then
	part ss
	ss -H -tulpn 2>&1 | first 131072
elif found=$(netstat -tulpn 2>/dev/null); then # not every busybox can name the processes
	part netstat
	printf '%s\n' "$found" | first 131072
else
	for name in tcp tcp6 udp udp6; do
		part "$name"
		if [ -r "/proc/net/$name" ]; then first 65536 <"/proc/net/$name"; fi
	done
	if have ls; then
		part sockets
		sockets | first 131072
	fi
fi
part processes
processes | first 262144

# Last, as a file system whose server is gone lets df wait.
if have df; then
	part disks
	df -P -k 2>/dev/null | first 32768
fi
part end
