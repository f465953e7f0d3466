#!/usr/bin/env bash
# Builds Berth as it is given to people: scripts/build.sh FILE. Without paths of the machine and what only a debugger needs.
set -euo pipefail
cd "$(dirname "$0")/.."
exec go build -trimpath -ldflags='-s -w' -o "$1" .
