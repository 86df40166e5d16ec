#!/usr/bin/env bash
# A PostgreSQL of one's own for tests and measurements: no system service, no port unless asked for, gone with its parent.
#
#   tools/postgres.sh FOLDER [-c name=value …]
#
# Makes a database cluster in FOLDER (its superuser is "bongsu", by the socket FOLDER/.s.PGSQL.5432 without a password, by
# TCP with the one in FOLDER/password when that file is there), and becomes its server. As root it drops to the user
# "postgres" of Debian's package, since initdb refuses root.
set -euo pipefail

folder=$1; shift
parent() { sed -n 's/^PPid:[[:space:]]*//p' "/proc/$$/status"; }
begun_by=$(parent)
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$bin" ] || { echo "PostgreSQL is missing: apt-get install postgresql" >&2; exit 3; }
mkdir -p "$folder"

user=()
if [ "$(id -u)" -eq 0 ]; then
  user=(--reuid postgres --regid postgres --clear-groups)
  chown postgres:postgres "$folder"
  find "$folder" -maxdepth 1 -type f -not -name log -exec chown postgres:postgres {} +  # A password, a certificate.
fi
as_user() { setpriv "${user[@]+"${user[@]}"}" "$@"; }

if [ ! -e "$folder/data/PG_VERSION" ]; then
  words=(--auth-local=trust --auth-host=scram-sha-256)
  [ ! -e "$folder/password" ] || words+=(--pwfile "$folder/password")
  as_user env LC_ALL=C "$bin/initdb" -D "$folder/data" -U bongsu -E UTF8 --no-sync "${words[@]}" >&2
fi
# Whoever began it may have died while the cluster was made: no signal would come any more.
[ "$(parent)" = "$begun_by" ] || exit 4
# QUIT is the immediate stop; the server's own children see its end.
exec setpriv "${user[@]+"${user[@]}"}" --pdeathsig QUIT "$bin/postgres" -D "$folder/data" -k "$folder" \
  -c listen_addresses= -c max_connections=40 -c shared_buffers=32MB "$@"
