#!/usr/bin/env bash
# Builds Berth as it is given to people: scripts/build.sh FILE. It is a third smaller than
# what `go build` alone makes, and as quick where it counts: without what only a debugger
# needs, and without copies of small functions in their callers, of which the code that
# templ makes has very many. Drawing the dashboard takes a tenth longer for it; the standard
# library but for net/http, TLS and the encodings is left as it is, and so is what encrypts.
set -euo pipefail
cd "$(dirname "$0")/.."

flags=()
for packages in berth/... github.com/... mvdan.cc/... go.yaml.in/... go.etcd.io/... filippo.io/... net/http encoding/... crypto/tls crypto/x509 golang.org/x/crypto/ssh; do
  flags+=("-gcflags=$packages=-l")
done
exec go build "${flags[@]}" -ldflags=-s -o "$1" .
