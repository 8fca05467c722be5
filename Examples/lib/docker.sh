# shellcheck shell=bash
# A Docker engine for worlds. Nothing is pulled: images are made FROM scratch, and what runs in them is the machine's own
# /usr, mounted read-only. Needs call-sid-webhook/lib/common.sh, and PROJECT, the compose project of the world.

need_engine() {
  command -v docker >/dev/null || die 69 "there is no docker (Debian: apt-get install docker.io)"
  docker version --format '{{.Server.Version}}' >/dev/null 2>&1 ||
    die 69 "no Docker engine answers. Start one (as root: dockerd &), or let an administrator add you to the group docker"
}

# Sets COMPOSE_CONFIG to what DOCKER_CONFIG must be, and COMPOSE to the command that both kinds of compose understand.
find_compose() { # FOLDER for the plugin
  COMPOSE_CONFIG='' COMPOSE='docker compose'
  if docker compose version >/dev/null 2>&1; then return 0; fi
  command -v docker-compose >/dev/null || die 69 "there is no docker compose (Debian: apt-get install docker-compose)"
  mkdir -p "$1/cli-plugins"
  cp "$WORLD_HOME/../lib/docker-compose-plugin" "$1/cli-plugins/docker-compose"
  COMPOSE_CONFIG=$1 COMPOSE=docker-compose
}

# What an image needs so that programs below a mounted /usr run in it. Git keeps links, but no empty folders.
make_rootfs() { # FOLDER
  local name
  mkdir -p "$1/etc"
  for name in bin sbin lib lib64; do
    if [[ -L /$name ]]; then ln -sfn "usr/$name" "$1/$name"; fi
  done
  printf '%s\n' root:x:0:0::/:/bin/sh postgres:x:70:70::/:/bin/sh >"$1/etc/passwd"
}

# compose WORD...: in the current folder, whatever the caller's shell has exported for it.
compose() {
  local words
  read -ra words <<<"$COMPOSE"
  (
    unset VERSION COMPOSE_FILE COMPOSE_PROJECT_NAME
    if [[ -n $COMPOSE_CONFIG ]]; then export DOCKER_CONFIG=$COMPOSE_CONFIG; fi
    close_other_files
    exec "${words[@]}" "$@" </dev/null >>"$WORLD_DIR/log/compose.log" 2>&1
  )
}

project_containers() { docker ps -aq --no-trunc --filter "label=com.docker.compose.project=$PROJECT"; }

# The container of SERVICE with its start, which a restart changes; nothing where it does not run.
running_container() { # SERVICE
  docker ps -q --no-trunc --filter "label=com.docker.compose.project=$PROJECT" \
    --filter "label=com.docker.compose.service=$1" --filter status=running |
    xargs -r docker inspect --format '{{.Id}} {{.State.StartedAt}} {{.Image}}'
}

# Ends and removes what belongs to PROJECT: containers, networks, volumes and images that carry its name or label.
remove_project() {
  command -v docker >/dev/null || return 0
  local filter=label=com.docker.compose.project=$PROJECT
  project_containers | xargs -r docker rm -f -v >/dev/null 2>&1 || true
  docker network ls -q --filter "$filter" | xargs -r docker network rm >/dev/null 2>&1 || true
  docker volume ls -q --filter "$filter" | xargs -r docker volume rm -f >/dev/null 2>&1 || true
  {
    docker images -q --no-trunc --filter "label=backout.world=$PROJECT"
    docker images -q --no-trunc --filter "reference=$PROJECT/*" --filter "reference=$PROJECT-kept/*"
  } | sort -u | xargs -r docker rmi -f >/dev/null 2>&1 || true
}
