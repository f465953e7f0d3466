#!/usr/bin/env bash
# Prints how large the binary is, how soon it is ready and what memory it holds when
# nobody uses it. Fails when one of them is above its bound.
set -euo pipefail
cd "$(dirname "$0")/.."

max_binary_mb=30
max_ready_ms=100
max_memory_mb=30
starts=5       # the median counts
idle_seconds=3 # after the last request

dir=$(mktemp -d)
pid=
trap 'if [ -n "$pid" ]; then kill "$pid"; fi; rm -rf "$dir"' EXIT

# get PORT PATH prints the status line of the answer.
get() {
  local line
  exec 3<>"/dev/tcp/127.0.0.1/$1"
  printf 'GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n' "$2" >&3
  IFS= read -r line <&3
  cat <&3 >/dev/null
  exec 3>&-
  printf '%s\n' "${line%$'\r'}"
}

# start sets pid and port and prints the milliseconds until /healthz answered.
start() {
  local begin end line
  rm -f "$dir/out"
  mkfifo "$dir/out"
  begin=$(date +%s%N)
  "$dir/berth" serve --listen 127.0.0.1:0 --data "$dir/data" >"$dir/out" 2>"$dir/log" &
  pid=$!
  exec 4<"$dir/out"
  IFS= read -r line <&4
  port=${line##*:}
  case $(get "$port" /healthz) in
    *' 200 '*) ;;
    *) echo 'Berth is not healthy' >&2; cat "$dir/log" >&2; exit 1 ;;
  esac
  end=$(date +%s%N)
  ready_ms=$(((end - begin) / 1000000))
}

stop() {
  kill "$pid"
  wait "$pid"
  pid=
  exec 4<&-
}

scripts/build.sh "$dir/berth"
binary=$(stat -c %s "$dir/berth")

times=()
for ((i = 0; i < starts; i++)); do
  [ -z "$pid" ] || stop
  start
  times+=("$ready_ms")
done
ready=$(printf '%s\n' "${times[@]}" | sort -n | sed -n "$((starts / 2 + 1))p")

for ((i = 0; i < 20; i++)); do
  get "$port" /login >/dev/null
done
sleep "$idle_seconds"
memory_kb=$(awk '/^VmRSS:/ {print $2}' "/proc/$pid/status")
stop

over=0
# report NAME FIGURE BOUND UNIT
report() {
  local verdict=good
  if awk "BEGIN {exit !($2 >= $3)}"; then
    verdict='TOO MUCH'
    over=1
  fi
  printf '%-12s %6s %s (bound: below %s) %s\n' "$1" "$2" "$4" "$3" "$verdict"
}
report binary "$(awk "BEGIN {printf \"%.1f\", $binary / 1e6}")" "$max_binary_mb" MB
report ready "$ready" "$max_ready_ms" ms
report 'idle memory' "$(awk "BEGIN {printf \"%.1f\", $memory_kb * 1024 / 1e6}")" "$max_memory_mb" MB
exit "$over"
