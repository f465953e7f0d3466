# shellcheck shell=sh
# Runs a command to its end, whoever listens: DIR COMMAND…. It is in a session of its own,
# with DIR/pid naming it. What the command says goes to DIR/out and DIR/err, each bounded;
# its exit status goes to DIR/exit, when it has said all.
dir=$1
shift
# Signals that are meant for all end the command, and this comes to its own end after that.
trap : HUP INT TERM

# keep NAME: what comes through DIR/NAME.pipe, up to a bound. Of what is beyond it only the
# end is kept, so that neither a disk is filled nor memory, nor the command held up.
keep() {
	(
		trap '' HUP INT TERM
		if ! (
			trap '' XFSZ
			ulimit -f "$KEEP_BLOCKS"
			exec cat >>"$dir/$1"
		) 2>/dev/null; then
			printf '\n%s\n' "[Berth: it says more than is kept. What follows is left out, but for its end]" >>"$dir/$1"
			tail -c 16384 >"$dir/$1.end"
			cat "$dir/$1.end" >>"$dir/$1"
		fi
		: >"$dir/$1.done"
	) <"$dir/$1.pipe" >/dev/null 2>&1 &
}

if mkfifo "$dir/out.pipe" "$dir/err.pipe" 2>/dev/null; then
	keep out
	keep err
	through=.pipe
else # without a bound, then
	through=
	: >"$dir/out.done"
	: >"$dir/err.done"
fi
unset KEEP_BLOCKS
"$@" </dev/null >"$dir/out$through" 2>"$dir/err$through" &
command=$!
while :; do
	status=0
	wait "$command" || status=$?
	kill -0 "$command" 2>/dev/null || break # else it was a signal to this that ended the waiting
done
# What the command left in the background may hold its output open for ever.
for pause in 0.02 0.05 0.1 0.2 0.3 0.5 1; do
	if [ -e "$dir/out.done" ] && [ -e "$dir/err.done" ]; then break; fi
	sleep "$pause" || sleep 1
done
rm -f "$dir/out.pipe" "$dir/err.pipe"
echo "$status" >"$dir/ended"
mv "$dir/ended" "$dir/exit"
