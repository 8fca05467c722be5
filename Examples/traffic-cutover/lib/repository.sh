# shellcheck shell=bash
# The collector's code: a developer's clone with both releases, the remote, and the checkout that cron runs.

CHECKED_OUT() { git -C "$WORLD_DIR/harbor" "$@"; }

make_history() {
  local clone=$WORLD_DIR/developer
  git init -q -b main "$clone"
  name_author "$clone" "$TEAM" team@example.org
  cp -R "$WORLD_HOME/releases/1.0/." "$clone/"
  commit "$clone" 2025-10-27T09:00:00Z "Two collectors, and who does how much"
  git -C "$clone" tag v1.0
  git init -q --bare -b main "$WORLD_DIR/remote.git"
  git -C "$clone" remote add origin "$WORLD_DIR/remote.git"
  git -C "$clone" push -q origin main v1.0
}

# The pipeline writes down every batch, in a table that nobody has made.
publish_release() {
  local clone=$WORLD_DIR/developer
  cp -R "$WORLD_HOME/releases/1.1/." "$clone/"
  commit "$clone" 2025-11-06T09:00:00Z "The pipeline writes down its batches"
  cp "$WORLD_HOME/ROLLBACK.md" "$clone/"
  bindings PG_PORT >"$clone/backout.yaml"
  commit "$clone" 2025-11-07T09:00:00Z "How to go back to the manual collection"
  git -C "$clone" tag v1.1
  git -C "$clone" push -q origin main v1.1
  CHECKED_OUT pull -q --ff-only --tags origin main
}
