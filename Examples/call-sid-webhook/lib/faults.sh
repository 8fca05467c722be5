# shellcheck shell=bash
# One fault each, planted on a broken world. Planting it twice changes nothing more. `world reset` takes it away.

list_faults() {
  cat <<'EOF'
target-commit-gone     the commit of the previous release is unreachable and pruned, here and at the remote
token-refused          the voice API no longer accepts the API key: 401
hook-gone              the webhook is deleted at the voice API: 404
table-gone             dev.calls is dropped
column-gone            dev.calls.call_sid is dropped
dependent-view         a view depends on dev.calls.call_sid
no-right-to-alter      the role in DATABASE_URL no longer owns dev.calls
database-down          PostgreSQL is stopped
service-name-unknown   the unit agy-backend has another name
sed-no-match           .env spells LOG_LEVEL in a way that the sed of the runbook does not match
untracked-in-the-way   an untracked file stands where the older release has one
variable-missing       a variable is gone from DIR/env (say which; without a name ELEVENLABS_API_KEY)
hole-unbound           backout.yaml does not bind webhook_id
remote-gone            the bare remote has moved away
api-down               the voice API does not answer
lock-held              another session locks dev.calls, ACCESS EXCLUSIVE, for 10 minutes at most
disk-full-to-keep      DIR/home is a file system of 1 MB (as root, where mount works)
script-removed         backout.yaml does not carry the migrations
EOF
}

# Leaves some lines out of the committed backout.yaml. A change that is not committed would itself stand in git's way.
without_in_bindings() { # MESSAGE PATTERN
  local file=$WORLD_DIR/agy-backend/backout.yaml
  if grep -q "$2" "$file"; then
    sed "/$2/d" "$file" | replace "$file"
    PRODUCTION add backout.yaml
    GIT_AUTHOR_DATE=2026-01-15T09:00:00Z GIT_COMMITTER_DATE=2026-01-15T09:00:00Z PRODUCTION commit -q -m "$1" -- backout.yaml
    PRODUCTION push -q origin main
  fi
}

forget_release_1() {
  local tree squashed
  if ! PRODUCTION rev-parse -q --verify 'v1.0^{commit}' >/dev/null; then return 0; fi
  tree=$(PRODUCTION rev-parse 'HEAD^{tree}')
  squashed=$(GIT_AUTHOR_DATE=2026-01-15T09:00:00Z GIT_COMMITTER_DATE=2026-01-15T09:00:00Z \
    PRODUCTION commit-tree -m "agy-backend 2.0, history squashed" "$tree")
  say "the commit that is gone: $(PRODUCTION rev-parse 'v1.0^{commit}')"
  PRODUCTION update-ref refs/heads/main "$squashed"
  PRODUCTION push -q --force origin main :release/1 :v1.0 :v2.0
  PRODUCTION tag -d v1.0 v2.0 >/dev/null
  PRODUCTION fetch -q --prune origin
  rm -f "$WORLD_DIR/agy-backend/.git/ORIG_HEAD" "$WORLD_DIR/agy-backend/.git/FETCH_HEAD"
  PRODUCTION reflog expire --expire=now --expire-unreachable=now --all
  PRODUCTION gc -q --prune=now
  REMOTE gc -q --prune=now
}

hold_lock() {
  if find_process lock; then return 0; fi
  spawn lock / env PGPASSWORD="$ADMIN_PASSWORD" "$PGBIN/psql" -X -q -h 127.0.0.1 -p "$PG_PORT" -U postgres -d agy \
    -c "SET application_name = 'nightly report'; BEGIN; LOCK TABLE dev.calls IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(600)"
  admin_sql agy <<'EOF'
DO $$
BEGIN
  FOR turn IN 1 .. 250 LOOP
    EXIT WHEN EXISTS (SELECT FROM pg_locks
      WHERE relation = 'dev.calls'::regclass AND mode = 'AccessExclusiveLock' AND granted);
    PERFORM pg_sleep(0.02);
  END LOOP;
END $$;
EOF
}

small_home() {
  if mountpoint -q "$WORLD_DIR/home"; then return 0; fi
  if ((EUID != 0)) || ! mount -t tmpfs -o size=1m,mode=0700 tmpfs "$WORLD_DIR/home" 2>/dev/null; then
    say "skipped: a file system cannot be mounted here"
  fi
}

large_home() {
  if mountpoint -q "$WORLD_DIR/home"; then umount "$WORLD_DIR/home" 2>/dev/null || umount -l "$WORLD_DIR/home"; fi
}

plant() { # NAME [ARGUMENT]
  local checkout=$WORLD_DIR/agy-backend
  case $1 in
    target-commit-gone) forget_release_1 ;;
    token-refused) sed '/^customer /d' "$WORLD_DIR/voice/keys" | replace "$WORLD_DIR/voice/keys" ;;
    hook-gone) if grep -q '"wh_2f1": {' "$WORLD_DIR/voice/webhooks.json"; then voice DELETE /v1/webhooks/wh_2f1; fi ;;
    table-gone) admin_sql agy 2>/dev/null <<<'DROP TABLE IF EXISTS dev.calls CASCADE;' ;;
    column-gone) admin_sql agy 2>/dev/null <<<'ALTER TABLE IF EXISTS dev.calls DROP COLUMN IF EXISTS call_sid CASCADE;' ;;
    dependent-view)
      admin_sql agy <<<'CREATE OR REPLACE VIEW dev.calls_by_sid AS SELECT call_sid, status, started_at FROM dev.calls;'
      ;;
    no-right-to-alter)
      admin_sql agy <<<'ALTER TABLE dev.calls OWNER TO postgres; GRANT SELECT, INSERT, UPDATE, DELETE ON dev.calls TO agy;'
      ;;
    database-down) stop_postgres fast ;;
    service-name-unknown) say agy-backend-v2 | replace "$WORLD_DIR/services" ;;
    sed-no-match) sed 's/^LOG_LEVEL=/LOG_LEVEL = /' "$checkout/.env" | replace "$checkout/.env" ;;
    untracked-in-the-way)
      [[ -e $checkout/agy_backend/conversations.py ]] ||
        say '# somebody tried something here' >"$checkout/agy_backend/conversations.py"
      ;;
    variable-missing) sed "/^export ${2:-ELEVENLABS_API_KEY}=/d" "$WORLD_DIR/env" | replace "$WORLD_DIR/env" ;;
    hole-unbound) without_in_bindings "Bindings without the webhook" '^      webhook_id:' ;;
    remote-gone) if [[ -d $WORLD_DIR/remote.git ]]; then mv "$WORLD_DIR/remote.git" "$WORLD_DIR/remote.git.gone"; fi ;;
    api-down) end_process voice-api ;;
    lock-held) hold_lock ;;
    disk-full-to-keep) small_home ;;
    script-removed) without_in_bindings "Bindings that carry nothing" '^    carry:' ;;
    *) die 2 "no fault is called '$1'; 'world faults' lists them" ;;
  esac
}
