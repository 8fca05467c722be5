# shellcheck shell=bash
# The service's code: a developer's clone with both releases, the bare remote, and the production checkout.

PRODUCTION() { git -C "$WORLD_DIR/agy-backend" "$@"; }
REMOTE() { git -C "$WORLD_DIR/remote.git" "$@"; }

bindings() { # prints the backout.yaml of this world
  local template=$WORLD_HOME/backout.yaml
  if [[ -n $RUNBOOK ]]; then template=$WORLD_HOME/seed.backout.yaml; fi
  sed -e "s|@VOICE_API_URL@|$VOICE_API_URL|g" -e "s|@SERVICE_URL@|$SERVICE_URL|g" \
    -e "s|^  001_b0b95e34b1c9f07a\.txt:|  ${RUNBOOK:-ROLLBACK.md}:|" "$template"
}

# Times and names are fixed, so that the commits of 1.0 are the same in every world. (Those of 2.0 hold this world's ports.)
make_history() {
  local clone=$WORLD_DIR/developer releases=$WORLD_HOME/releases
  git init -q -b main "$clone"
  name_author "$clone" "Agy Backend" backend@example.org

  cp -R "$releases/1.0/.env" "$releases/1.0/.gitignore" "$releases/1.0/README.md" "$releases/1.0/migrations" "$clone/"
  commit "$clone" 2026-01-05T09:00:00Z "Schema for calls and transcriptions"
  cp -R "$releases/1.0/agy_backend" "$clone/"
  commit "$clone" 2026-01-06T09:00:00Z "Create a call on its first webhook"
  git -C "$clone" tag v1.0
  git -C "$clone" branch release/1

  cp -R "$releases/2.0/migrations" "$clone/"
  commit "$clone" 2026-01-12T09:00:00Z "Migrations for the call SID"
  cp -R "$releases/2.0/agy_backend" "$clone/"
  rm "$clone/agy_backend/conversations.py"
  commit "$clone" 2026-01-13T09:00:00Z "Find a call in two steps, by its SID"
  cp "$WORLD_HOME/ROLLBACK.md" "$clone/"
  bindings >"$clone/backout.yaml"
  commit "$clone" 2026-01-14T09:00:00Z "How to go back to 1.0"
  git -C "$clone" tag v2.0

  git init -q --bare -b main "$WORLD_DIR/remote.git"
  git -C "$clone" remote add origin "$WORLD_DIR/remote.git"
  git -C "$clone" push -q origin v1.0 release/1 v1.0^0:refs/heads/main
}

make_checkout() {
  local checkout=$WORLD_DIR/agy-backend
  git clone -q --no-hardlinks "$WORLD_DIR/remote.git" "$checkout"
  name_author "$checkout" "Agy Backend" backend@example.org
  printf '%s\n' /world /backout.lock ${RUNBOOK:+"/$RUNBOOK"} >>"$checkout/.git/info/exclude"
  printf '#!/bin/sh\nexec %q --dir %q "$@"\n' "$WORLD_HOME/world" "$WORLD_DIR" >"$checkout/world"
  chmod +x "$checkout/world"
  if [[ -n $RUNBOOK ]]; then cp -p "$WORLD_DIR/run/runbook" "$checkout/$RUNBOOK"; fi
}

publish_release_2() { git -C "$WORLD_DIR/developer" push -q origin main v2.0; }

deploy_main() {
  PRODUCTION fetch -q --tags origin
  PRODUCTION merge -q --ff-only origin/main
}

# Everything that a rollback may change in files. The folders themselves stay: somebody may be standing in them.
keep_files() {
  rm -rf "$WORLD_DIR/kept"
  mkdir "$WORLD_DIR/kept"
  cp -a "$WORLD_DIR/agy-backend" "$WORLD_DIR/remote.git" "$WORLD_DIR/voice" "$WORLD_DIR/env" "$WORLD_DIR/services" \
    "$WORLD_DIR/kept/"
}

restore_files() {
  local name
  for name in agy-backend remote.git voice; do
    mkdir -p "$WORLD_DIR/$name"
    find "$WORLD_DIR/$name" -mindepth 1 -maxdepth 1 -exec rm -rf {} +
    cp -a "$WORLD_DIR/kept/$name/." "$WORLD_DIR/$name/"
  done
  cp -p "$WORLD_DIR/kept/env" "$WORLD_DIR/kept/services" "$WORLD_DIR/"
  rm -rf "$WORLD_DIR/remote.git.gone"
  rm -f "$WORLD_DIR/mail"/*.eml "$WORLD_DIR/callers.json"
  PRODUCTION update-index -q --refresh || true
}
