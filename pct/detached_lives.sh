# shellcheck shell=sh
# What the programs that look after a run have in common. $dir is its folder, or of one
# that an earlier version of Berth began the beginning of its files' names.
if [ -d "$dir" ]; then at=$dir/; else at=$dir.; fi

# began PID: when the process began, by the kernel's clock; nothing where that is not to be
# seen. A number that was given anew, as after a restart, is told apart by it.
began() {
	began=
	{ IFS= read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 0
	# shellcheck disable=SC2086
	set -- ${stat##*) }
	if [ $# -ge 20 ]; then began=${20}; fi
}

# known: is it known which session is that of the run? It is $pid then.
known() {
	pid=
	start=
	if [ -s "${at}pid" ]; then read -r pid start <"${at}pid" || :; fi
	case $pid in '' | *[!0-9]*) return 1 ;; esac
	began "$pid"
	[ -z "$start" ] || [ -z "$began" ] || [ "$start" = "$began" ]
}
