# shellcheck shell=sh
# The log of the service NAME: its last LINES lines, and with FOLLOW=yes what comes after
# them too. A first line of MARK tells where it is from: "journal", "file PATH", "part PATH"
# for the lines of a common file that name the service, or "none".
mark=${MARK:?}
name=${NAME:?}
unset MARK
export LC_ALL=C SYSTEMD_COLORS=0

have() { command -v "$1" >/dev/null 2>&1; }
from() { printf '%s %s\n' "$mark" "$1"; }
# last: the end of what comes, as much as is read of it.
last() { if have tail; then tail -c 786432; else cat; fi; }

if [ -d /run/systemd/system ] && have journalctl; then
	from journal
	set -- --unit="$name" --lines="$LINES" --quiet --no-pager --output=short-iso
	if [ "$FOLLOW" = yes ]; then exec journalctl "$@" --follow; fi
	journalctl "$@" | last
	exit
fi
if ! have tail; then
	from none
	exit
fi

name=${name%.service}
# naming: the lines that name the service.
naming() {
	while IFS= read -r line; do
		case $line in *"$name"*) printf '%s\n' "$line" ;; esac
	done
}
for file in "/var/log/$name.log" "/var/log/$name/$name.log" "/var/log/$name/error.log" "/var/log/$name"/*.log "/var/log/$name"*.log; do
	if [ -f "$file" ] && [ -r "$file" ]; then
		from "file $file"
		if [ "$FOLLOW" = yes ]; then exec tail -n "$LINES" -F "$file"; fi
		tail -n "$LINES" "$file" | last
		exit
	fi
done
for file in /var/log/messages /var/log/syslog; do
	if [ -f "$file" ] && [ -r "$file" ]; then
		from "part $file"
		if [ "$FOLLOW" = yes ]; then
			tail -n 5000 -F "$file" | naming
		else
			tail -n 5000 "$file" | naming | tail -n "$LINES" | last
		fi
		exit
	fi
done
from none
