# Keeps a PostgreSQL for tests, in a folder and at a port of its own, for as long as somebody holds the
# other end of standard input. Then nothing of it is left, however that somebody ended.
#
#   server.sh PROGRAMS [durable]    the folder with PostgreSQL's programs; prints the server's URL when it takes
#                                   connections; `durable` lets it flush what it commits, as real ones do
set -eu
umask 077
# Ctrl-C is for whoever holds standard input; if that one is gone before the URL is told, cleaning up comes next.
trap '' INT HUP TERM PIPE

programs=$1
# Under /var/tmp, which every user can search, where the socket's path is short enough, and which is a disk:
# hundreds of databases need two gigabytes.
folder=$(mktemp -d /var/tmp/usdt-postgres.XXXXXX)
server=

clean_up() {
  if [ "$server" ]; then
    kill -INT "$server" 2>/dev/null || :
    wait "$server" || :
  fi
  rm -rf "$folder"
}
trap clean_up EXIT

fail() {
  cat "$folder/log" >&2
  exit 1
}

random() {
  od -An -N"$1" -t"$2" /dev/urandom | tr -d ' \n'
}

password=$(random 16 x1)
printf '%s\n' "$password" >"$folder/password"
"$programs/initdb" --pgdata "$folder/data" --username postgres --pwfile "$folder/password" --auth scram-sha-256 \
  --encoding UTF8 --no-locale --no-sync >"$folder/log" 2>&1 || fail

cat >>"$folder/data/postgresql.conf" <<END
listen_addresses = '127.0.0.1'
unix_socket_directories = '$folder'
max_connections = 300
shared_buffers = 64MB
wal_level = minimal
max_wal_senders = 0
max_wal_size = 256MB
END

# Nothing here has to outlive a crash.
[ "${2:-}" = durable ] || cat >>"$folder/data/postgresql.conf" <<END
# It would look at each of hundreds of databases once a minute.
autovacuum = off
fsync = off
synchronous_commit = off
full_page_writes = off
END

# Whether it takes connections now; asked at its socket, since the port may be another server's.
starts() {
  # Below the ports that systems hand out by themselves, so that hardly anybody is in the way.
  port=$((20000 + $(random 2 u2) % 10000))
  "$programs/postgres" -D "$folder/data" -p "$port" >"$folder/log" 2>&1 &
  server=$!
  until "$programs/pg_isready" --quiet --host "$folder" --port "$port"; do
    sleep 0.1
    kill -0 "$server" 2>/dev/null || return 1
  done
}
starts || starts || starts || fail

printf 'postgres://postgres:%s@127.0.0.1:%s/postgres\n' "$password" "$port"
read -r _ || :
