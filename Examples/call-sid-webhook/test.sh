#!/usr/bin/env bash
# Tries this world: raises it, breaks it, rolls it back by hand as a person with the runbook would, plants every fault,
# and takes it down. Needs what the world needs; says what failed and exits 1.
# shellcheck disable=SC2016 # what `eval` is given is expanded by it
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
world=$here/world
failures=0
DIR=$(mktemp -d "${TMPDIR:-/tmp}/backout-world-test.XXXXXXXX")
other=$DIR-other
notes=$DIR-notes
mkdir "$notes"
trap 'cd / && "$world" --dir "$DIR" down; "$world" --dir "$other" down; rm -rf "$notes"' EXIT

check() { # WHAT COMMAND...
  local what=$1 status
  shift
  # Not as a condition: there bash would let a command fail and go on.
  set +e
  (set -e && "$@") >"$notes/output" 2>&1
  status=$?
  set -e
  if ((status == 0)); then
    printf 'ok      %s\n' "$what"
  else
    printf 'FAILED  %s (exit %s)\n' "$what" "$status"
    sed 's/^/        /' "$notes/output"
    failures=$((failures + 1))
  fi
}

# fails STATUS TEXT COMMAND...: it exits with STATUS and says TEXT
fails() {
  local wanted=$1 text=$2 status=0 output
  shift 2
  output=$("$@" 2>&1) || status=$?
  printf '%s\n' "$output"
  [[ $status == "$wanted" && $output == *"$text"* ]]
}

# Is the expression true of `now` (the state), of `old` (at 1.0) and of `new` (broken, without callers)?
holds() {
  "$world" --dir "$DIR" state >"$notes/now"
  ask "$1"
}

ask() {
  /usr/bin/env python3 - "$1" "$notes" <<'PYTHON'
import json, os, sys
def load(name):
    path = os.path.join(sys.argv[2], name)
    return json.load(open(path, encoding="utf-8")) if os.path.exists(path) else None
facts = {name: load(name) for name in ("now", "old", "new", "stable", "again")}
if not eval(sys.argv[1], facts):
    print(json.dumps(facts["now"], indent=1, ensure_ascii=False))
    sys.exit(1)
PYTHON
}

quick() { # MILLISECONDS COMMAND...
  local most=$1 begin end
  shift
  begin=$(date +%s%N)
  "$@"
  end=$(date +%s%N)
  printf '%s ms\n' $(((end - begin) / 1000000))
  (((end - begin) / 1000000 <= most))
}

request() { curl --noproxy '*' -sS -o "$notes/answer" -w '%{http_code}' -H 'Content-Type: application/json' "$@"; }
webhook() { request -X POST "$SERVICE_URL/webhooks/elevenlabs/transcription" -d "$1"; }
says() { [[ $("${@:2}") == "$1" ]]; }

line='"speaker": "agent", "message": "is anybody there", "timestamp": "2026-01-15T12:00:00Z"'
by_conversation="{\"conversation_id\": \"conv_rollback_check\", $line}"
by_sid="{\"call_sid\": \"CA00000000000000000000000000000000\", $line}"

# --- up and break

check "up" "$world" up --dir "$DIR"
check "up again says so" fails 0 "already" "$world" --dir "$DIR" up
check "up does not take a folder that holds something" fails 2 "not empty" "$world" --dir "$here" up
# shellcheck source=/dev/null
. "$DIR/env"
cd "$DIR/agy-backend"
check "1.0 runs at schema 000" holds 'now["release"] == "1.0" and now["migrations"] == ["000"]'
check "1.0 stores a webhook with a conversation" says 200 webhook '{"conversation_id": "conv_0001", '"$line}"
check "1.0 refuses a webhook with a call SID" says 422 webhook "$by_sid"
check "1.0 knows neither runbook nor migrations" fails 2 "" ls ROLLBACK.md backout.yaml migrations/00[1-4]*
cp "$notes/now" "$notes/old"

check "fault before break is refused" fails 2 "nothing is broken" ./world fault token-refused
check "break" ./world break
check "break again says so" fails 0 "already" ./world break
check "callers call" holds 'now["callers"]["running"]'
sleep 2.5
check "callers are heard, and leave 128 in flight" \
  holds 'now["callers"]["stored"] > 2 and not now["callers"]["refused"] and now["calls"]["null_conversation_id"] == 128'
check "2.0 refuses a webhook with a conversation" says 422 webhook "$by_conversation"
check "closed for new calls" eval 'touch MAINTENANCE; says 503 request -X POST "$SERVICE_URL/calls" -d "{\"call_sid\": \"CA$(printf %032d 1)\", \"started_at\": \"2026-01-15T12:00:00Z\"}"'
check "reset in a second" quick 1000 ./world reset
check "2.0 runs at schema 004" holds 'now["release"] == "2.0" and now["migrations"] == ["000", "001", "002", "003", "004"]'
check "128 of 168 calls have no conversation" \
  holds 'now["calls"] == {"total": 168, "null_conversation_id": 128, "with_call_sid": 168, "rollback_prefixed": 0}'
check "clean checkout of main" holds 'now["branch"] == "main" and now["dirty"] == []'
check "webhook by call SID, with its secret masked" \
  holds '"call_sid" in now["webhook"]["payload"] and now["webhook"]["retries"] == 3 and now["webhook"]["secret"] == "••••"'
cp "$notes/now" "$notes/new"
./world state --stable >"$notes/stable"
WORLD_CALLERS=1 ./world reset
sleep 1.2
./world state --stable >"$notes/again"
check "stable state does not see the callers" ask 'again["callers"]["running"] and again | {"callers": 0} == stable | {"callers": 0}'
check "the same state after every reset" eval './world reset && holds "now[\"rows_digest\"] == new[\"rows_digest\"] and now[\"transcriptions\"] == new[\"transcriptions\"]"'

# --- the voice API

api=$VOICE_API_URL/v1/webhooks/wh_2f1
key="xi-api-key: $ELEVENLABS_API_KEY"
check "API: no key" says 401 request "$api"
check "API: unknown webhook" says 404 request -H "$key" "${api%1}2"
check "API: no JSON" says 400 request -X PUT -H "$key" "$api" -d '{'
check "API: a masked value is not taken back" says 400 request -X PUT -H "$key" "$api" -d '{"secret": "••••"}'

# --- the service manager

check "unknown unit: restart" fails 5 "not found" ./world restart nginx
check "unknown unit: status" fails 4 "not found" ./world status nginx
check "stop" ./world stop-service
check "stopped" fails 3 "not running" ./world status
check "start" ./world start-service
check "started" fails 0 "release 2.0" ./world status
check "a release that does not start" eval 'echo "nonsense(" >>agy_backend/routes.py; fails 1 "SyntaxError" ./world restart'
check "reset" ./world reset

# --- out of order

check "migrations refuse to go out of order" fails 1 "out of order" python migrations/002_backfill_call_sid.py downgrade
check "migrations refuse to go twice" fails 1 "applied already" python migrations/004_make_conversation_id_nullable.py upgrade
check "004 does not go back while calls are in flight" fails 1 "NotNullViolation" python migrations/004_make_conversation_id_nullable.py downgrade

# --- the rollback, by hand

put_webhook() {
  request -X PUT -H "$key" "$api" -d '{
    "url": "https://your-domain.com/webhooks/elevenlabs/transcription",
    "events": ["conversation.dialogue.completed"],
    "payload": {"conversation_id": "{{conversation_id}}", "speaker": "{{speaker}}", "message": "{{message}}", "timestamp": "{{timestamp}}"}
  }'
}

downgrade() {
  local script
  for script in 004_make_conversation_id_nullable 003_add_call_sid_constraints 002_backfill_call_sid 001_add_call_sid_column; do
    python "$notes/migrations/$script.py" downgrade
  done
}

roll_back() { # what to do about the calls in flight; what to check out
  cp -R migrations "$notes/"
  says 200 put_webhook
  git checkout -q "$2"
  sed -i 's/^LOG_LEVEL=.*/LOG_LEVEL=debug/' .env
  ./world status --release | grep -qx 2.0 # nothing has restarted it yet
  ./world restart
  says 200 webhook "$by_conversation"
  says 422 webhook "$by_sid"
  psql -qX -v ON_ERROR_STOP=1 "$DATABASE_URL" -c "$1"
  downgrade
  echo "back at 1.0" | mail -s "Call SIDs rolled back" backend@example.org
}

old_release='all(now[k] == old[k] for k in ("release", "schema", "migrations")) and now["webhook"]["payload"] == old["webhook"]["payload"]
  and now["webhook"]["retries"] == 3 and now["dirty"] == [".M .env"] and now["mail"] == 1 and now["calls"]["with_call_sid"] == 0'
dummy="UPDATE dev.calls SET conversation_id = concat('ROLLBACK_', call_sid) WHERE conversation_id IS NULL"

WORLD_CALLERS=1 ./world reset
check "rollback, calls kept, while people call" roll_back "$dummy" "$(git rev-parse 'v1.0^{commit}')"
check "everything is as 1.0 left it" holds "$(tr '\n' ' ' <<<"$old_release")"
check "128 calls have a made-up conversation" holds 'now["calls"]["rollback_prefixed"] == 128'
sleep 2.5
cp "$notes/now" "$notes/again"
check "people who call are heard by 1.0" holds 'now["callers"]["stored"] > again["callers"]["stored"] + 2 and now["callers"]["running"]'
check "1.0 makes a call of their first webhook" holds 'now["calls"]["total"] > again["calls"]["total"]'

./world reset
check "rollback, calls kept" roll_back "$dummy" v1.0
check "and all of it undone by hand" eval '
  for script in 001_add_call_sid_column 002_backfill_call_sid 003_add_call_sid_constraints 004_make_conversation_id_nullable; do
    python "$notes/migrations/$script.py" upgrade
  done
  psql -qX "$DATABASE_URL" -c "DELETE FROM dev.calls WHERE conversation_id = '\''conv_rollback_check'\''" \
    -c "UPDATE dev.calls SET conversation_id = NULL WHERE conversation_id LIKE '\''ROLLBACK\_%'\''"
  git checkout -q -f main && ./world restart'
check "gives every row back" holds 'all(now[k] == new[k] for k in ("release", "schema", "migrations", "calls", "rows_digest", "transcriptions", "head", "dirty"))'

./world reset
check "rollback, calls deleted, on the branch" roll_back "DELETE FROM dev.calls WHERE conversation_id IS NULL" release/1
check "everything is as 1.0 left it" holds "$(tr '\n' ' ' <<<"$old_release")"
check "41 calls are left, and what was said in the others is gone" holds 'now["calls"]["total"] == 41 and now["transcriptions"]["total"] == 82'

# --- the faults

fault() { # NAME WHAT-IS-SEEN COMMAND...
  ./world reset
  check "fault $1" ./world fault "$1"
  check "fault $1, planted twice" ./world fault "$1"
  check "    $2" "${@:3}"
}

release_1=$(git rev-parse 'v1.0^{commit}')
fault target-commit-gone "the commit cannot be checked out" fails 128 "" git checkout "$release_1"
check "    nor fetched" fails 128 "" git fetch origin "$release_1"
fault token-refused "401" says 401 request -H "$key" "$api"
fault hook-gone "404" says 404 request -H "$key" "$api"
fault table-gone "no dev.calls" holds 'now["schema"]["columns"] == [] and now["calls"] is None'
fault column-gone "no call_sid" holds 'len(now["schema"]["columns"]) == 4 and now["calls"]["with_call_sid"] == 0'
fault dependent-view "the view is there" holds 'now["schema"]["views"] == ["calls_by_sid"]'
psql -qX "$DATABASE_URL" -c "$dummy"
downgrade >"$notes/output" 2>&1 || true
check "    the column stays" holds 'now["migrations"] == ["000", "001"]'
fault no-right-to-alter "the role may not alter" fails 1 "InsufficientPrivilege" python migrations/004_make_conversation_id_nullable.py downgrade
fault database-down "no answer" holds 'now["database"] == "no answer" and now["service"]["health"] == 503'
check "    the migration says so" fails 1 "OperationalError" python migrations/004_make_conversation_id_nullable.py current
fault service-name-unknown "restart exits 5" fails 5 "not found" ./world restart
fault sed-no-match "the sed changes nothing" eval 'before=$(md5sum .env); sed -i "s/^LOG_LEVEL=.*/LOG_LEVEL=debug/" .env; [[ $(md5sum .env) == "$before" ]]'
check "    and the service reads it still" eval 'curl --noproxy "*" -sS "$SERVICE_URL/health" | grep -q info'
fault untracked-in-the-way "checkout refuses" fails 1 "would be overwritten" git checkout v1.0
fault variable-missing "it is not in env" fails 1 "" grep ELEVENLABS "$DIR/env"
check "    nor is another one, once named" eval './world fault variable-missing DATABASE_URL; ! grep DATABASE_URL "$DIR/env"'
fault hole-unbound "no webhook_id, nothing uncommitted" eval '! grep webhook_id backout.yaml && holds "now[\"dirty\"] == []"'
fault remote-gone "pull fails" fails 1 "" git pull origin main
fault api-down "no answer" fails 7 "" curl -sS "$api"
fault lock-held "the rows cannot be read" holds 'now["database"] == "LockNotAvailable" and now["calls"] is None and now["schema"]["columns"]'
check "    the migration gives up" fails 1 "LockNotAvailable" python migrations/004_make_conversation_id_nullable.py downgrade
fault disk-full-to-keep "two megabytes do not fit, or it was skipped" eval '! mountpoint -q "$BACKOUT_HOME" || ! head -c 2000000 /dev/zero >"$BACKOUT_HOME/large"'
fault script-removed "nothing is carried, nothing uncommitted" eval '! grep "^ *carry:" backout.yaml && holds "now[\"dirty\"] == []"'
check "unknown fault" fails 2 "no fault is called" ./world fault weather
check "every fault is listed" eval '(($("$world" faults | wc -l) == 18))'
./world reset
check "after all faults the state is as it was" holds 'now | {"service": 0} == new | {"service": 0}'

# --- another runbook, another number of calls

printf '# Rollback\n' >"$notes/Other.md"
check "up with a runbook" env -u BACKOUT_WORLD_DIR WORLD_FAST=1 WORLD_CALLS=5 "$world" --dir "$other" up --runbook "$notes/Other.md"
check "break" env WORLD_CALLERS=0 "$world" --dir "$other" break
check "the runbook is there, unchanged and not in git's way" \
  eval 'cmp "$notes/Other.md" "$other/agy-backend/Other.md" && [[ -z $(git -C "$other/agy-backend" status --porcelain) ]]'
check "and bound under its name" grep -q '^  Other.md:' "$other/agy-backend/backout.yaml"
check "5 calls in flight" eval '"$world" --dir "$other" state >"$notes/now"; ask "now[\"calls\"][\"null_conversation_id\"] == 5"'

# --- down

pids=$(cat "$DIR"/run/*.pid "$other"/run/*.pid | cut -d' ' -f1)
pids+=" $(head -n 1 "$DIR/pg/data/postmaster.pid") $(head -n 1 "$other/pg/data/postmaster.pid")"
cd /
check "down" "$world" --dir "$DIR" down
check "down again" "$world" --dir "$DIR" down
check "down, the other" "$world" --dir "$other" down
check "nothing is left" eval '[[ ! -e $DIR && ! -e $other ]]; ! ps -o pid=,stat=,args= -p "$(xargs <<<"$pids" | tr " " ,)" | grep -v " Z"'

if ((failures > 0)); then
  printf '%s checks failed\n' "$failures"
  exit 1
fi
echo "all checks passed"
