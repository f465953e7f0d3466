# shellcheck shell=sh
DB_NAME=${DB_NAME:-app}
DB_USER=${DB_USER:-app}
for name in "$DB_NAME" "$DB_USER"; do
	case $name in
	'' | [!a-z_]* | *[!a-z0-9_]*) die "$name cannot be the name of a database or its owner here; use lower-case letters, digits and _" ;;
	postgres | template0 | template1 | pg_*) die "$name belongs to PostgreSQL itself; choose another name" ;;
	esac
done
if [ -z "${DB_PASSWORD:-}" ]; then
	DB_PASSWORD=$(random_password)
	say "No password was typed, so one was made up"
fi
export DB_NAME DB_USER DB_PASSWORD

# psql takes the values from its environment: on a command line everybody could read them.
cd /
runuser -u postgres -- psql -X -q -v ON_ERROR_STOP=1 <<'SQL'
\getenv name DB_NAME
\getenv owner DB_USER
\getenv password DB_PASSWORD
SELECT format('CREATE ROLE %I LOGIN', :'owner')
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') \gexec
ALTER ROLE :"owner" PASSWORD :'password';
SELECT format('CREATE DATABASE %I OWNER %I ENCODING ''UTF8'' LOCALE ''C.UTF-8'' TEMPLATE template0', :'name', :'owner')
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name') \gexec
SQL

save_credential postgresql DATABASE "$DB_NAME"
save_credential postgresql USER "$DB_USER"
save_credential postgresql PASSWORD "$DB_PASSWORD"
say "The database $DB_NAME belongs to $DB_USER; the password is in /etc/berth/credentials/postgresql"
if [ -n "${BERTH_ADDRESS:-}" ]; then say "Reach it with: psql -h $BERTH_ADDRESS -U $DB_USER $DB_NAME"; fi
