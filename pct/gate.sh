#!/bin/sh
# berth-gate, version 1: all that Berth's SSH key may do on this host.
#   exec VMID SECONDS  runs a program from standard input in a container, for so long at most
#   enter VMID         opens a shell in a container
set -f
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export PATH

refuse() {
  echo "berth-gate: version 1, pct $(command -v pct || echo none)" >&2
  exit 64
}

number() {
  case $1 in '' | 0* | *[!0-9]* | ??????????*) refuse ;; esac
}

request=${SSH_ORIGINAL_COMMAND-${1-}}
if [ "$(id -u)" != 0 ]; then
  exec sudo -n /usr/local/sbin/berth-gate "$request"
fi

# shellcheck disable=SC2086 # it is to be split into words; set -f keeps it from becoming file names
set -- $request
command -v pct >/dev/null || refuse
case ${1-}/$# in
exec/3)
  number "$2"
  number "$3"
  exec timeout -k 5 "$3" pct exec "$2" --keep-env 0 -- /bin/sh -s
  ;;
enter/2)
  number "$2"
  exec pct enter "$2"
  ;;
esac
refuse
