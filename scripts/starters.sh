#!/usr/bin/env bash
# Checks the templates that come with Berth: their scripts, and what these are put
# behind, by shellcheck; and that Debian has the packages, in each release that they are
# for. The releases are looked up where this machine takes its own packages from.
set -euo pipefail
cd "$(dirname "$0")/.."

starters=templates/starters
releases=(bookworm trixie)
wrong=0

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

left_out() { printf '\n*** LEFT OUT: %s\n\n' "$*" >&2; }

# check_scripts reads each script behind the prelude, with its inputs as variables: the
# line that names the shell is replaced by one that takes them in, so numbers of lines stay.
# SC2119 is left out: it minds that random_password is called without its length.
check_scripts() {
  local script template count=0
  shellcheck -s sh jobs/prelude.sh pct/gate.sh || wrong=1
  # What only Go puts behind it is never called here.
  cat jobs/prelude.sh jobs/steps.sh >"$dir/steps.sh"
  shellcheck -s sh -e SC2317,SC2329,SC2034 "$dir/steps.sh" || wrong=1

  for template in "$starters"/*/; do
    {
      cat jobs/prelude.sh
      printf '%s=x\n' BERTH_VMID BERTH_HOSTNAME BERTH_TEMPLATE BERTH_ADDRESS
      sed -n '/^inputs:/,/^[a-hj-z]/s/^  - name: \([A-Z][A-Z0-9_]*\)$/\1=x/p' "$template/template.yaml"
    } >"$dir/prelude.sh"
    for script in "$template"scripts/*.sh; do
      sed '1s/.*/. .\/prelude.sh/' "$script" >"$dir/script.sh"
      count=$((count + 1))
      if ! (cd "$dir" && shellcheck -s sh -x -e SC2119 -o check-unassigned-uppercase script.sh); then
        printf 'This is %s\n' "$script" >&2
        wrong=1
      fi
    done
  done
  while IFS= read -r script; do
    count=$((count + 1))
    shellcheck -s sh "$script" || wrong=1
  done < <(grep -rlx '#!/bin/sh' "$starters"/*/files)
  printf 'shellcheck: %d scripts of starters\n' "$count"
}

# packages are the names in the lists, and those that scripts install by themselves.
packages() { sed 's/#.*//' "$starters"/*/packages/*.apt | tr -d ' \t' | sort -u | sed '/^$/d'; }
further() { sed -n '1,$s/.*install_packages \([a-z0-9].*\)$/\1/p' "$starters"/*/scripts/*.sh | tr ' ' '\n' | sort -u; }

# candidates RELEASE prints those of the names that it has, from standard input.
candidates() {
  APT_CONFIG=$dir/$1/apt.conf xargs apt-cache policy |
    awk '/^[a-z0-9]/ { name = $1; sub(/:$/, "", name) } /^  Candidate:/ && $2 != "(none)" { print name }' | sort -u
}

# lists RELEASE fetches a release's lists into a folder of their own, from where this
# machine's own come.
lists() {
  local sources=$dir/$1/sources own
  mkdir -p "$sources" "$dir/$1/lists/partial" "$dir/$1/cache/archives/partial"
  own=$(. /etc/os-release && printf %s "${VERSION_CODENAME:-}")
  [ -n "$own" ] || return
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/debian.{sources,list}; do
    [ ! -e "$file" ] || sed "s/\b$own\b/$1/g" "$file" >"$sources/$(basename "$file" | sed 's/^sources\.list$/own.list/')"
  done
  : >"$dir/$1/status"
  cat >"$dir/$1/apt.conf" <<CONF
Dir::Etc::SourceList "/dev/null";
Dir::Etc::SourceParts "$sources";
Dir::State::Lists "$dir/$1/lists";
Dir::State::Status "$dir/$1/status";
Dir::Cache "$dir/$1/cache";
APT::Update::Error-Mode "any";
APT::Sandbox::User "root";
CONF
  APT_CONFIG=$dir/$1/apt.conf timeout 120 apt-get update -q >"$dir/$1/said" 2>&1
}

check_packages() {
  local release missing
  if ! command -v apt-get >/dev/null || ! grep -qx 'ID=debian' /etc/os-release; then
    left_out "whether Debian has the starters' packages: this is no Debian with its lists of packages"
    return
  fi
  : >"$dir/anywhere"
  for release in "${releases[@]}"; do
    if ! lists "$release"; then
      left_out "whether Debian $release has the starters' packages: its lists cannot be fetched"
      tail -n 3 "$dir/$release/said" >&2 || :
      continue
    fi
    packages | candidates "$release" >"$dir/found"
    further | candidates "$release" >>"$dir/anywhere"
    missing=$(packages | comm -23 - "$dir/found" | tr '\n' ' ')
    if [ -n "$missing" ]; then
      printf 'Debian %s does not have: %s\n' "$release" "$missing" >&2
      wrong=1
    else
      printf 'Debian %s has all %d packages of the starters\n' "$release" "$(packages | wc -l)"
    fi
  done
  if [ -s "$dir/anywhere" ]; then
    missing=$(further | comm -23 - <(sort -u "$dir/anywhere") | tr '\n' ' ')
    [ -z "$missing" ] || { printf 'No release of Debian has what scripts install: %s\n' "$missing" >&2; wrong=1; }
  fi
}

check_scripts
check_packages
exit "$wrong"
