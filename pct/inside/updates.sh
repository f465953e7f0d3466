# shellcheck shell=sh
# Which packages have newer versions, by the package lists that the container has: they
# are not fetched anew. The part index is when they were, in seconds.
mark=${MARK:?}
unset MARK
export LC_ALL=C

have() { command -v "$1" >/dev/null 2>&1; }
part() { printf '\n%s %s\n' "$mark" "$1"; }
first() { head -c 262144; }

# newest FILE…: when the newest of some files was changed.
newest() {
	newest=0
	for file in "$@"; do
		if [ -e "$file" ]; then
			changed=$(date -r "$file" +%s 2>/dev/null) || changed=0
			if [ "$changed" -gt "$newest" ]; then newest=$changed; fi
		fi
	done
	part index
	echo "$newest"
}

if have apt-get; then
	newest /var/lib/apt/periodic/update-success-stamp /var/lib/apt/lists/*Release /var/lib/apt/lists/*Packages* /var/lib/apt/lists/partial
	part apt
	apt-get -q -s -o Debug::NoLocking=true dist-upgrade 2>&1 | first
elif have apk; then
	newest /var/cache/apk/APKINDEX.*.tar.gz /etc/apk/cache/APKINDEX.*.tar.gz
	part apk
	apk --no-network version -v -l '<' 2>&1 | first
elif have dnf; then
	newest /var/cache/libdnf5/*/repodata/repomd.xml /var/cache/dnf/*/repodata/repomd.xml /var/cache/dnf/*.solv
	part dnf
	set -- -q -C
	# From 5.4 on it waits for one that installs, though it only reads.
	if dnf --help 2>/dev/null | grep -q skip-file-locks; then set -- "$@" --skip-file-locks; fi
	dnf "$@" check-update 2>&1 | first
	part security
	dnf "$@" check-update --security 2>/dev/null | first
	part rpm
	rpm -qa --qf '%{NAME}.%{ARCH}\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\n' 2>/dev/null | first
fi
part end
