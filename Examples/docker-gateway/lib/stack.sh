# shellcheck shell=bash
# The database, the releases and what was kept of a moment: its files, its database, its images.

# --- the database, over its published port

sql() { # DATABASE, statements on stdin
  PGPASSWORD=$POSTGRES_PASSWORD PGOPTIONS='-c lock_timeout=5s' PGCONNECT_TIMEOUT=5 "$PGBIN/psql" -X -q -v ON_ERROR_STOP=1 \
    -h 127.0.0.1 -p "$DB_PORT" -U postgres -d "$1" -f - >/dev/null
}

wait_for_database() {
  local end=$((SECONDS + 30))
  until "$PGBIN/pg_isready" -q -h 127.0.0.1 -p "$DB_PORT" -U postgres; do
    ((SECONDS < end)) || die 1 "the database does not answer: $(logs db)"
    sleep 0.1
  done
}

logs() { # SERVICE
  docker ps -aq --filter "label=com.docker.compose.project=$PROJECT" --filter "label=com.docker.compose.service=$1" |
    xargs -r docker logs --tail 10 2>&1
}

# --- the gateway

# Waits until it says what it is: STATUS is 200, or 503 where the schema does not let it work.
wait_for_gateway() { # STATUS
  local end=$((SECONDS + 30)) answer=''
  while ((SECONDS < end)); do
    answer=$(curl --noproxy '*' -s --max-time 3 -w ' %{http_code}' "$GATEWAY_URL/health" || true)
    if [[ $answer == *" $1" && $answer != *starting* && $answer != *"no database"* ]]; then return 0; fi
    sleep 0.1
  done
  die 1 "the gateway says '$answer': $(logs gateway)"
}

# Without compose, which takes its time.
alembic() { # WORD...
  local container
  container=$(running_container gateway)
  docker exec "${container%% *}" alembic "$@" >>"$WORLD_DIR/log/alembic.log" 2>&1 ||
    die 1 "alembic $*: $(tail -n 5 "$WORLD_DIR/log/alembic.log")"
}

restart_gateway() {
  local container
  container=$(running_container gateway)
  docker restart -t 1 "${container%% *}" >/dev/null
}

deploy() { # RELEASE: what is checked out runs
  compose up -d || die 1 "release $1 did not start: $(tail -n 5 "$WORLD_DIR/log/compose.log")"
}

# --- moments

# Everything that a rollback may change. `restore` brings it back; the gateway's state at its start is the STATUS of /health.
keep() { # NAME STATUS
  local kept=$WORLD_DIR/kept/$1
  mkdir -p "$kept"
  cp -a "$CHECKOUT" "$kept/checkout"
  printf '%s\n' "$2" >"$kept/status"
  docker images --no-trunc --filter "reference=$PROJECT/*" --format '{{.Repository}}:{{.Tag}} {{.ID}}' | sort >"$kept/images"
  keep_database "$1"
  note_containers "$kept"
}

# A template must be left alone while it is copied; the gateway looks into the database again and again.
keep_database() { # NAME
  local turn
  for ((turn = 0; turn < 50; turn++)); do
    if sql postgres 2>/dev/null <<<"CREATE DATABASE kept_$1 TEMPLATE gateway;"; then return 0; fi
    sleep 0.05
  done
  die 1 "the database was never left alone for long enough to be copied"
}

# The containers with their starts, and the .env file that they have mounted: while these are the same, they need no restart.
note_containers() { # FOLDER
  {
    project_containers | xargs -r docker inspect --format '{{.Id}} {{.State.Running}} {{.State.StartedAt}} {{.Image}}' | sort
    stat -c %i "$CHECKOUT/.env"
  } >"$1/containers"
}

restore_files() { # NAME
  local kept=$WORLD_DIR/kept/$1/checkout
  mkdir -p "$CHECKOUT"
  # Over what is there, not instead of it: a container that has mounted .env keeps seeing it.
  find "$CHECKOUT" -mindepth 1 -maxdepth 1 ! -name .env -exec rm -rf {} +
  cp -a "$kept/." "$CHECKOUT/"
  rm -f "$WORLD_DIR/mail"/*.eml
  GIT update-index -q --refresh || true
}

restore_images() { # NAME
  local tag id
  docker images --no-trunc --filter "reference=$PROJECT/*" --format '{{.Repository}}:{{.Tag}} {{.ID}}' | sort |
    cmp -s - "$WORLD_DIR/kept/$1/images" && return 0
  while read -r tag id; do docker tag "$id" "$tag"; done <"$WORLD_DIR/kept/$1/images"
}

restore_database() { # NAME
  sql postgres <<EOF
DROP DATABASE IF EXISTS gateway WITH (FORCE);
CREATE DATABASE gateway TEMPLATE kept_$1;
EOF
}

restore() { # NAME
  local kept=$WORLD_DIR/kept/$1 same=no
  restore_images "$1"
  restore_files "$1"
  note_containers "$WORLD_DIR/run"
  if cmp -s "$WORLD_DIR/run/containers" "$kept/containers"; then same=yes; fi
  if [[ $same == no ]]; then
    (cd "$CHECKOUT" && compose up -d db) || die 1 "the database did not start: $(tail -n 5 "$WORLD_DIR/log/compose.log")"
  fi
  wait_for_database
  restore_database "$1"
  if [[ $same == no ]]; then
    (cd "$CHECKOUT" && compose up -d --force-recreate -t 1 --no-deps gateway) ||
      die 1 "the gateway did not start: $(tail -n 5 "$WORLD_DIR/log/compose.log")"
    note_containers "$kept"
  fi
  wait_for_gateway "$(cat "$kept/status")"
}
