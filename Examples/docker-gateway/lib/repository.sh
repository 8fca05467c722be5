# shellcheck shell=bash
# The gateway's code: a developer's clone with both releases, the bare remote, and the production checkout.

# The git of the person at the keyboard must not show in this world.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null GIT_TERMINAL_PROMPT=0
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_PREFIX

GIT() { git -C "$CHECKOUT" "$@"; }

name_author() { # FOLDER
  cat >>"$1/.git/config" <<'EOF'
[user]
	name = Gateway
	email = gateway@example.org
[advice]
	detachedHead = false
[gc]
	auto = 0
EOF
}

commit() { # FOLDER TIME MESSAGE
  git -C "$1" add -A
  GIT_AUTHOR_DATE=$2 GIT_COMMITTER_DATE=$2 git -C "$1" commit -q -m "$3"
}

bindings() { # prints the backout.yaml of this world
  local template=$WORLD_HOME/backout.yaml
  if [[ -n $RUNBOOK ]]; then template=$WORLD_HOME/seed.backout.yaml; fi
  sed -e "s|@GATEWAY_URL@|$GATEWAY_URL|g" -e "s|@DB_PORT@|$DB_PORT|g" \
    -e "s|^  004_184d60c6ad4f67a5\.txt:|  ${RUNBOOK:-ROLLBACK.md}:|" "$template"
}

make_history() {
  local clone=$WORLD_DIR/developer releases=$WORLD_HOME/releases
  git init -q -b main "$clone"
  name_author "$clone"
  cp -R "$releases/0.4.0/." "$clone/"
  make_rootfs "$clone/rootfs"
  make_rootfs "$clone/db/rootfs"
  commit "$clone" 2026-01-05T09:00:00Z "Gateway 0.4.0"
  git -C "$clone" tag v0.4.0
  cp -R "$releases/0.5.0/." "$clone/"
  sed -i 's/0\.4\.0/0.5.0/' "$clone/Dockerfile" "$clone/docker-compose.yml"
  commit "$clone" 2026-01-12T09:00:00Z "Gateway 0.5.0: GitHub Actions"
  cp "$WORLD_HOME/ROLLBACK.md" "$clone/"
  bindings >"$clone/backout.yaml"
  commit "$clone" 2026-01-14T09:00:00Z "How to go back to 0.4.0"
  git -C "$clone" tag v0.5.0
  git init -q --bare -b main "$WORLD_DIR/remote.git"
  git -C "$clone" remote add origin "$WORLD_DIR/remote.git"
  git -C "$clone" push -q origin v0.4.0 v0.4.0^0:refs/heads/main
}

make_checkout() {
  git clone -q --no-hardlinks "$WORLD_DIR/remote.git" "$CHECKOUT"
  name_author "$CHECKOUT"
  printf '%s\n' /world /backout.lock ${RUNBOOK:+"/$RUNBOOK"} >>"$CHECKOUT/.git/info/exclude"
  printf '#!/bin/sh\nexec %q --dir %q "$@"\n' "$WORLD_HOME/world" "$WORLD_DIR" >"$CHECKOUT/world"
  chmod +x "$CHECKOUT/world"
  if [[ -n $RUNBOOK ]]; then cp -p "$WORLD_DIR/run/runbook" "$CHECKOUT/$RUNBOOK"; fi
}

write_settings() {
  cat >"$CHECKOUT/.env" <<EOF
COMPOSE_PROJECT_NAME=$PROJECT
GATEWAY_PORT=$GATEWAY_PORT
DB_PORT=$DB_PORT
PGBIN=$PGBIN
POSTGRES_PASSWORD=$POSTGRES_PASSWORD
INTEGRATIONS_SLACK_ENABLED=true
INTEGRATIONS_PAGERDUTY_ENABLED=true
EOF
}

# The images of both releases. What they are made of is committed, so any world's cache serves the others.
build_images() {
  local clone=$WORLD_DIR/developer release
  docker_build "$PROJECT/db:15" "$clone/db" &
  for release in 0.4.0 0.5.0; do
    git -C "$clone" worktree add -q --detach "$WORLD_DIR/build-$release" "v$release"
    docker_build "$PROJECT/gateway:$release" "$WORLD_DIR/build-$release" &
  done
  wait
  rm -rf "$WORLD_DIR"/build-*
  git -C "$clone" worktree prune
  [[ $(docker images -q --filter "reference=$PROJECT/*" | wc -l) == 3 ]] ||
    die 1 "the images were not built: $(tail -n 10 "$WORLD_DIR/log/build.log")"
  # A second name for each, so that one whose name is taken away is not gone for `reset`.
  for release in db:15 gateway:0.4.0 gateway:0.5.0; do docker tag "$PROJECT/$release" "$PROJECT-kept/$release"; done
}

docker_build() { # TAG FOLDER
  (
    close_other_files
    DOCKER_BUILDKIT=0 exec docker build -q --label "backout.world=$PROJECT" -t "$1" "$2" >>"$WORLD_DIR/log/build.log" 2>&1
  )
}

publish_release() {
  git -C "$WORLD_DIR/developer" push -q origin main v0.5.0
  GIT fetch -q --tags origin
  GIT merge -q --ff-only origin/main
  say INTEGRATIONS_GITHUB_ACTIONS_ENABLED=true >>"$CHECKOUT/.env"
}
