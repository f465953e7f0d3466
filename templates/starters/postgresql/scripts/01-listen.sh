# shellcheck shell=sh
# The newest cluster named main, where there is more than one.
version=$(pg_lsclusters -h | while read -r v cluster _; do [ "$cluster" != main ] || echo "$v"; done | tail -n 1)
[ -n "$version" ] || die "There is no PostgreSQL cluster named main; pg_lsclusters shows what there is"
conf=/etc/postgresql/$version/main

mkdir -p "$conf/conf.d"
cat >"$conf/conf.d/berth.conf" <<'CONF'
listen_addresses = '*'
password_encryption = 'scram-sha-256'
CONF

# samenet is every network that this container has an address in.
rule='host all all samenet scram-sha-256'
grep -qxF "$rule" "$conf/pg_hba.conf" || printf '%s\n' "$rule" >>"$conf/pg_hba.conf"

service_enable postgresql
service_restart "postgresql@$version-main"
wait_for_port 5432
say "PostgreSQL $version listens on port 5432"
