# shellcheck shell=bash
# The world's own PostgreSQL: loopback only, passwords, never run by root.

find_postgres() {
  local folder
  PGBIN=$(dirname "$(command -v initdb || true)")
  for folder in /usr/lib/postgresql/*/bin; do
    [[ -x $folder/initdb ]] && PGBIN=$folder
  done
  [[ -x $PGBIN/initdb ]] || die 1 "PostgreSQL's server programs are missing (Debian: apt-get install postgresql)"
}

as_postgres() {
  if ((EUID == 0)); then
    (cd / && close_other_files && exec runuser -u postgres -- "$@")
  else
    (close_other_files && exec "$@")
  fi
}

make_cluster() {
  mkdir -p "$WORLD_DIR/pg"
  printf '%s\n' "$ADMIN_PASSWORD" >"$WORLD_DIR/pg/password"
  if ((EUID == 0)); then
    chown -R postgres: "$WORLD_DIR/pg"
    as_postgres test -x "$WORLD_DIR" ||
      die 1 "the user postgres cannot reach $WORLD_DIR: choose a folder below one that everybody may enter"
  fi
  as_postgres "$PGBIN/initdb" -D "$WORLD_DIR/pg/data" -U postgres -A scram-sha-256 --pwfile="$WORLD_DIR/pg/password" \
    -E UTF8 --locale=C --no-sync --no-instructions >"$WORLD_DIR/log/initdb.log" 2>&1 ||
    die 1 "initdb failed: $(tail -n 5 "$WORLD_DIR/log/initdb.log")"
  rm -f "$WORLD_DIR/pg/password"
  cat >>"$WORLD_DIR/pg/data/postgresql.conf" <<EOF
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 50
shared_buffers = '16MB'
timezone = 'UTC'
log_timezone = 'UTC'
fsync = $([[ ${WORLD_FAST:-} == 1 ]] && echo off || echo on)
EOF
}

postgres_runs() { as_postgres "$PGBIN/pg_ctl" -D "$WORLD_DIR/pg/data" status >/dev/null 2>&1; }

start_postgres() {
  as_postgres "$PGBIN/pg_ctl" -D "$WORLD_DIR/pg/data" -l "$WORLD_DIR/pg/postgres.log" -o "-p $PG_PORT" \
    -w -t 30 start >/dev/null 2>&1
}

# fast: as an operator would stop it. immediate: its data are to be thrown away.
stop_postgres() { # fast | immediate
  if [[ -d $WORLD_DIR/pg/data ]] && postgres_runs; then
    as_postgres "$PGBIN/pg_ctl" -D "$WORLD_DIR/pg/data" -m "$1" -w -t 30 stop >/dev/null 2>&1
  fi
}

admin_sql() { # DATABASE, statements on stdin
  PGPASSWORD=$ADMIN_PASSWORD PGOPTIONS='-c lock_timeout=5s' PGCONNECT_TIMEOUT=5 "$PGBIN/psql" -X -q -v ON_ERROR_STOP=1 \
    -h 127.0.0.1 -p "$PG_PORT" -U postgres -d "$1" -f - >/dev/null
}

service_sql() { # statements on stdin
  "$PGBIN/psql" -X -q -v ON_ERROR_STOP=1 -d "$DATABASE_URL" -f - >/dev/null
}

make_database() {
  admin_sql postgres <<EOF
CREATE ROLE agy LOGIN PASSWORD '$DB_PASSWORD';
CREATE DATABASE agy OWNER agy;
EOF
}

# The database as 'world break' left it is kept as a template.
keep_database() { admin_sql postgres <<<'CREATE DATABASE agy_kept TEMPLATE agy OWNER agy;'; }

restore_database() {
  admin_sql postgres <<'EOF'
DROP DATABASE IF EXISTS agy WITH (FORCE);
CREATE DATABASE agy TEMPLATE agy_kept OWNER agy;
EOF
}
