# shellcheck shell=sh
# Sends what a run says, from the byte $out of its output and $err of its errors on, until
# it has ended, and notes how. Only the reader that came last goes on; $first is not empty
# for the one that came with the run itself.

# pass NAME OFFSET: what is there from that byte on. $n is where it ends.
pass() {
	n=$2
	[ -s "$at$1" ] || return 0
	size=$(wc -c <"$at$1")
	size=$((size))
	[ "$size" -gt "$n" ] || return 0
	tail -c "+$((n + 1))" "$at$1" 2>/dev/null | head -c "$((size - n))" || exit 1
	n=$size
	pause=0.02
}

lost=0
pause=0.02
status=
if [ -d "$dir" ] && { [ -z "$first" ] || [ ! -e "${at}reader" ]; }; then echo "$reader" >"${at}reader"; fi
while :; do
	if [ -s "${at}exit" ]; then
		read -r status <"${at}exit"
	elif ! known; then
		# Its number is written just after its start, but not where nothing of it is.
		[ -d "$dir" ] || lost=3
		lost=$((lost + 1))
		pause=0.3
	elif ! kill -0 "-$pid" 2>/dev/null && ! kill -0 "$pid" 2>/dev/null; then
		# Its status is written before its end. A process without a group is one just begun, before setsid.
		lost=$((lost + 2))
		pause=0.02
	fi
	if [ -d "$dir" ]; then
		pass out "$out"
		out=$n
		pass err "$err" >&2
		err=$n
		read -r last <"${at}reader" || :
		[ "$last" = "$reader" ] || exit 1
	fi
	if [ -n "$status" ]; then
		if [ -d "$dir" ]; then note "ended $status"; else note "mute $status"; fi
		exit 0
	fi
	if [ "$lost" -ge 3 ]; then
		note unknown
		exit 0
	fi
	sleep "$pause" || sleep 1
	case $pause in
	0.02) pause=0.05 ;;
	0.05) pause=0.1 ;;
	0.1) pause=0.2 ;;
	0.2 | 0.3) pause=0.5 ;;
	*) pause=1 ;;
	esac
done
