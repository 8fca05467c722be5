# shellcheck shell=bash
# The service's code: a developer's clone with every release, the remote that deploys, and the checkout of the operator.

CHECKED_OUT() { git -C "$WORLD_DIR/call-insights" "$@"; }
REMOTE() { git --git-dir="$WORLD_DIR/remote.git" "$@"; }

# Times and names are fixed, so that the commits up to the last one with Gong are the same in every world.
make_history() {
  local clone=$WORLD_DIR/developer releases=$WORLD_HOME/releases
  git init -q -b main "$clone"
  name_author "$clone" "$TEAM" team@example.org
  cp -R "$releases/1-calls/." "$clone/"
  commit "$clone" 2025-11-03T09:00:00Z "Keep calls, and show them"
  cp -R "$releases/2-gong/gong" "$releases/2-gong/flows" "$clone/"
  commit "$clone" 2025-11-10T09:00:00Z "Sync calls from the Gong API once a day"
  cp "$releases/2-gong/webhook_server.py" "$clone/"
  commit "$clone" 2025-11-17T09:00:00Z "Receive the webhooks of Gong"

  git init -q --bare -b main "$WORLD_DIR/remote.git"
  git -C "$clone" remote add origin "$WORLD_DIR/remote.git"
  git -C "$clone" push -q origin main # before the hook: there is nothing yet to deploy with
  cat >"$WORLD_DIR/remote.git/hooks/post-receive" <<EOF
#!/bin/sh
# What is pushed to main or to a rollback branch, and the end of a rollback branch, changes what production runs.
deploys=
while read -r _ _ ref; do
  case \$ref in refs/heads/main | refs/heads/rollback/*) deploys=yes ;; esac
done
[ -z "\$deploys" ] || exec $(printf %q "$WORLD_HOME/world") --dir $(printf %q "$WORLD_DIR") deploy
EOF
  chmod +x "$WORLD_DIR/remote.git/hooks/post-receive"
}

add_migration() {
  local clone=$WORLD_DIR/developer releases=$WORLD_HOME/releases
  git -C "$clone" rm -q -r gong flows
  cp -R "$releases/3-bigquery/." "$clone/"
  commit "$clone" 2026-02-02T09:00:00Z "Load calls from BigQuery (DLT) instead of the API"
  cp "$WORLD_HOME/ROLLBACK.md" "$clone/"
  bindings GONG_URL LOCAL_URL SERVICE_URL >"$clone/backout.yaml"
  commit "$clone" 2026-02-02T10:00:00Z "How to go back"
}

push() { git -C "$WORLD_DIR/developer" push -q origin main >>"$WORLD_DIR/log/deploy.log" 2>&1; }
