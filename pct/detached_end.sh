# shellcheck shell=sh
# Ends a run with all that it started, and looks that nothing of it is there any more.
for _ in 1 2 3; do # the file is written just after the start
	[ ! -s "${at}exit" ] || exit 0
	[ ! -s "${at}pid" ] || break
	[ -e "${at}run" ] || [ -e "${at}sh" ] || exit 0
	sleep 1
done
known || exit 0

# members: the processes of its session and its group, and what those began that is in
# others, but none that is dead already and only waits to be taken note of. Its first
# process is one of them also before setsid. $some says whether there are any, $apart are
# those that no signal to the group reaches.
ours=" "
apart=
members() {
	grown=yes
	while [ -n "$grown" ]; do
		grown=
		some=
		seen=
		for file in /proc/[0-9]*/stat; do
			{ IFS= read -r stat <"$file"; } 2>/dev/null || continue
			seen=yes
			id=${stat%% *}
			# shellcheck disable=SC2086
			set -- ${stat##*) }
			case $1 in Z | X) continue ;; esac
			if [ "$3" != "$pid" ] && [ "$4" != "$pid" ] && [ "$id" != "$pid" ]; then
				case $ours in *" $id "* | *" $2 "*) ;; *) continue ;; esac
			fi
			some=yes
			case $ours in
			*" $id "*) ;;
			*)
				ours="$ours$id "
				grown=yes
				[ "$3" = "$pid" ] || apart="$apart $id"
				;;
			esac
		done
	done
	if [ -z "$seen" ] && kill -0 "-$pid" 2>/dev/null; then some=yes; fi
}

for signal in TERM KILL; do
	members
	kill -$signal "-$pid" 2>/dev/null
	for id in $apart; do kill -$signal "$id" 2>/dev/null; done
	for pause in 0.02 0.05 0.1 0.2 0.5 1 1 1 1 1; do
		members
		if [ -z "$some" ]; then
			if [ -d "$dir" ] && [ ! -s "${at}exit" ]; then echo 137 >"${at}exit"; fi
			exit 0
		fi
		sleep "$pause" || sleep 1
	done
done
echo "the processes$ours are still there"
exit 1
