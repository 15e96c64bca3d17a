#!/usr/bin/env bash
# What `private-postgres start` prints makes its server the database of a shell.
#
# usage: private_postgres.sh SOURCE_DIR
set -euo pipefail
script=$1/scripts/private-postgres
folder=$(mktemp -d "${TMPDIR:-/tmp}/sp start.XXXXXX")
data=
trap '"$script" stop "$folder" || true; rm -rf -- "$folder" "$data"' EXIT
chmod 755 -- "$folder"
unset PGHOST PGPORT PGUSER PGDATABASE
line=$("$script" start --fast "$folder")
data=$(readlink -f -- "$folder/data")
eval "$line"
programs=(/usr/lib/postgresql/*/bin/psql)
[[ $("${programs[-1]}" -XAtqc 'SELECT current_database()') == "$PGDATABASE" ]]
