# shellcheck shell=bash
# What runs: Gong and the warehouse, production, and the server that somebody tries out in the checkout.

start_gong() {
  if find_process gong; then return 0; fi
  spawn gong "$WORLD_DIR/gong" env -i PATH=/usr/bin:/bin LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPATH="$WORLD_HOME/../lib:$WORLD_HOME" "$PYTHON" -s "$WORLD_HOME/lib/gong_api.py" "$WORLD_DIR/gong" "$GONG_PORT"
  wait_for_answer gong "$GONG_URL/" || die 1 "Gong did not come up: $(tail -n 5 "$WORLD_DIR/log/gong.log")"
}

# A call takes place, and Gong records it.
hold_call() { # TITLE
  curl --noproxy '*' -sS -f --max-time 10 -K - "$GONG_URL/v2/calls" -H 'Content-Type: application/json' \
    --data-binary "{\"title\": \"$1\", \"started\": \"2026-02-03T10:00:00Z\", \"duration\": 1800}" \
    <<<"user = \"$GONG_ACCESS_KEY:$GONG_JWT_SECRET\""
}

# --- production

# Whatever .env says, GONG_API_BASE_URL of what runs here is on loopback: nothing of this world may leave the machine.

start_production() {
  local release
  if find_process production; then return 0; fi
  read -r _ release <"$WORLD_DIR/deployed"
  spawn production "$WORLD_DIR/production" env -i PATH=/usr/bin:/bin LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 \
    PORT="$SERVICE_PORT" RELEASE="$release" GONG_API_BASE_URL="$GONG_URL/v2" "$WORLD_DIR/venv/bin/python" -s webhook_server.py
  if ! wait_for_answer production "$SERVICE_URL/health"; then
    end_process production
    say "production did not come up; the end of its log:"
    tail -n 3 "$WORLD_DIR/log/production.log"
    return 1
  fi
}

# What cron does in production once a day.
daily_flow() {
  local flow
  for flow in "$WORLD_DIR"/production/flows/daily_*.py; do
    (cd "$WORLD_DIR/production" && plain GONG_API_BASE_URL="$GONG_URL/v2" "$WORLD_DIR/venv/bin/python" -s "$flow") || return 1
  done
}

# The remote's hook: production runs the rollback branch while there is one, else main.
deploy() {
  local branch
  exec {DEPLOYING}>"$WORLD_DIR/run/deploy.lock"
  flock -w 60 "$DEPLOYING" || die 1 "another deploy is at work"
  branch=$(REMOTE for-each-ref --count=1 --sort=-committerdate --format='%(refname:short)' refs/heads/rollback/)
  branch=${branch:-main}
  say "deploying $branch"
  GIT_INDEX_FILE=$WORLD_DIR/production.index REMOTE --work-tree="$WORLD_DIR/production" read-tree --reset -u "refs/heads/$branch"
  say "$branch $(REMOTE rev-parse "refs/heads/$branch")" | replace "$WORLD_DIR/deployed"
  end_process production
  start_production
  daily_flow 2>&1
}

# --- the server in the checkout, which writes PIDFILE itself

# Sets PID, or clears it and fails: a number that another process has by now is not ours.
find_local() {
  PID=''
  { read -r PID <"$WORLD_DIR/run/local"; } 2>/dev/null || return 1
  if started_at "$PID" && tr '\0' '\n' <"/proc/$PID/environ" 2>/dev/null | grep -qxF "PIDFILE=$WORLD_DIR/run/local"; then return 0; fi
  PID=''
  return 1
}

start_local() {
  if find_local; then return 0; fi
  spawn trial "$WORLD_DIR/call-insights" env -i PATH="$WORLD_DIR/bin:/usr/bin:/bin" LANG=C.UTF-8 PYTHONDONTWRITEBYTECODE=1 \
    PORT="$LOCAL_PORT" PIDFILE="$WORLD_DIR/run/local" GONG_API_BASE_URL="$GONG_URL/v2" uv run python webhook_server.py
  wait_for_answer trial "$LOCAL_URL/health" || die 1 "the server did not come up: $(tail -n 3 "$WORLD_DIR/log/trial.log")"
}

# Prints where its calls come from, once it answers.
wait_local() {
  local turn
  for ((turn = 0; turn < 500; turn++)); do
    if find_local && curl --noproxy '*' -s --max-time 5 "$LOCAL_URL/health" | jq -er .integration; then return 0; fi
    sleep 0.02
  done
  die 1 "the server in the checkout does not answer"
}

stop_local() {
  local turn
  for ((turn = 0; turn < 300; turn++)); do
    find_local || break
    ((turn == 0)) && kill -TERM "$PID" 2>/dev/null
    ((turn == 200)) && kill -KILL "$PID" 2>/dev/null
    sleep 0.01
  done
  rm -f "$WORLD_DIR/run/local" "$WORLD_DIR/run/trial.pid"
}
