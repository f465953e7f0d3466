# shellcheck shell=sh
# Adds to PATH what the container's own login has in it: by /etc/environment, /etc/profile
# and root's .profile. They may be broken, never end or say something: that does no harm.
# $berth_found is a file for that.
more=
if [ -r /etc/environment ]; then
	while IFS= read -r line || [ -n "$line" ]; do
		case $line in PATH=* | "export PATH="*)
			line=${line#*PATH=}
			line=${line#[\"\']}
			more=${line%[\"\']}
			;;
		esac
	done </etc/environment
fi
if { [ -r /etc/profile ] || [ -r "$HOME/.profile" ]; } && command -v timeout >/dev/null 2>&1; then
	# shellcheck disable=SC2016 # that shell is to expand it
	FOUND=$berth_found timeout -s KILL 3 /bin/sh -c 'berth_found=$FOUND
unset FOUND
trap '\''printf "%s\n" "$PATH" >"$berth_found"'\'' EXIT
for file in /etc/profile "$HOME/.profile"; do
	if [ -r "$file" ]; then . "$file"; fi
done' </dev/null >/dev/null 2>&1
fi
line=
if [ -s "$berth_found" ]; then read -r line <"$berth_found" || :; fi
rm -f "$berth_found"
more=$more:$line:
while [ -n "$more" ]; do
	line=${more%%:*}
	more=${more#*:}
	case $line in /*)
		case :$PATH: in *:"$line":*) ;; *) PATH=$PATH:$line ;; esac
		;;
	esac
done
unset berth_found more line
